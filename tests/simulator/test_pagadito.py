"""The stand-in Pagadito by itself: its rules, the payer's page, signed webhooks, and what outlives a restart."""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from simulator import process
from simulator.process import Simulator
from tests.simulator.receiver import Received, Receiver

KEYS = {
    "connect": "f3f191ce3326905ff4403bb05b0de150",
    "exec_trans": "41216f8caf94aaa598db137e36d4673e",
    "get_status": "0b50820c65b0de71ce78f6221a5cf876",
    "get_status_multiple_tokens": "ed441b007bc2913ff1d983563096b7dc",
    "get_exchange_rate": "da6b597cfcd0daf129287758b3c73b76",
}


class Merchant:
    """One merchant of the simulator, by APIPG."""

    def __init__(self, simulator: Simulator, session: requests.Session) -> None:
        self.simulator = simulator
        self.session = session

    def call(self, operation: str, **fields: str) -> dict[str, Any]:
        wanted = {"operation": KEYS[operation], "format_return": "json", **fields}
        url = f"{self.simulator.url}/pagadito/comercios/apipg/charges.php"
        return self.session.post(url, data=wanted, timeout=5).json()

    def open(self, wsk: str = "wsk-odd") -> str:
        return self.call("connect", uid="uid-odd", wsk=wsk)["value"]

    def order(self, ern: str = "ern-1", *, price: str = "13.37", **changes: str) -> dict[str, Any]:
        line = {"quantity": 1, "description": "Ticket", "price": price, "url_product": ""}
        wanted = {"ern": ern, "amount": "13.37", "currency": "USD", "details": json.dumps([line])}
        return self.call("exec_trans", token=self.open(), **wanted | changes)

    def register(self, ern: str = "ern-1") -> str:
        """The token of a fresh transaction."""
        return unquote(self.order(ern)["value"]).rpartition("/")[2]

    def status(self, token: str) -> dict[str, Any]:
        return self.call("get_status", token=self.open(), token_trans=token)

    def control(self, path: str, **body: Any) -> requests.Response:
        return self.session.post(f"{self.simulator.url}/_control{path}", json=body, timeout=15)


@pytest.fixture
def merchant(simulator: Simulator, receiver: Receiver) -> Iterator[Merchant]:
    with requests.Session() as session:
        known = Merchant(simulator, session)
        back = "https://shop.example/back?token={value}&ern={ern_value}"
        fields = {"uid": "uid-odd", "wsk": "wsk-odd", "webhook_url": receiver.url, "return_url": back}
        assert known.control("/pagadito/accounts", **fields, name="Odd Shop").status_code == 200
        yield known


# --- Rules ----------------------------------------------------------------------------------------------------------


def test_a_session_is_spent_by_one_call(merchant: Merchant) -> None:
    session = merchant.open()

    first = merchant.call("get_exchange_rate", token=session, currency="GTQ")
    second = merchant.call("get_exchange_rate", token=session, currency="GTQ")

    assert (first["code"], first["value"]) == ("PG1004", "7.68")
    assert second["code"] == "PG3007"


def test_credentials_are_the_merchants(merchant: Merchant) -> None:
    assert merchant.call("connect", uid="uid-odd", wsk="other")["code"] == "PG3001"
    assert merchant.call("connect", uid="uid-odd")["code"] == "PG2001"
    merchant.control("/pagadito/accounts", uid="uid-odd", revoked=True)
    assert merchant.call("connect", uid="uid-odd", wsk="wsk-odd")["code"] == "PG3005"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": "13.38"}, "PG3004"),
        ({"amount": "13.375"}, "PG2002"),
        ({"amount": "0.99", "price": "0.99"}, "PG3009"),
        ({"amount": "10000.01", "price": "10000.01"}, "PG3006"),
        ({"currency": "EUR"}, "PG3008"),
        ({"details": "nonsense"}, "PG2002"),
        ({"details": "[]"}, "PG2001"),
        ({"details": '[{"price":"13.37"}]'}, "PG2001"),
        ({"ern": "<script>"}, "PG3025"),
        ({"ern": ""}, "PG2001"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused(merchant: Merchant, changes: dict[str, str], code: str) -> None:
    assert merchant.order(**changes)["code"] == code


def test_a_reference_is_taken_once(merchant: Merchant) -> None:
    assert merchant.order("ern-1")["code"] == "PG1002"
    assert merchant.order("ern-1")["code"] == "PG3018"


def test_several_tokens_are_told_in_one_answer(merchant: Merchant) -> None:
    tokens = [merchant.register("ern-1"), merchant.register("ern-2")]
    merchant.control(f"/pagadito/transactions/{tokens[0]}/end", status="COMPLETED")

    told = merchant.call("get_status_multiple_tokens", token=merchant.open(), token_trans=json.dumps(tokens))

    assert told["code"] == "PG1003"
    assert [(each["token"], each["status"]) for each in told["value"]] == [
        (tokens[0], "COMPLETED"),
        (tokens[1], "REGISTERED"),
    ]
    assert merchant.status("f" * 32)["code"] == "PG3003"


def test_what_has_ended_stays_ended(merchant: Merchant) -> None:
    token = merchant.register()
    merchant.control(f"/pagadito/transactions/{token}/end", status="EXPIRED")

    late = merchant.control(f"/pagadito/transactions/{token}/end", status="COMPLETED")

    assert late.status_code == 400
    assert merchant.status(token)["value"]["status"] == "EXPIRED"


# --- The payer's page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("pay", "COMPLETED"),
        ("review", "VERIFYING"),
        ("refuse", "FAILED"),
        ("cancel", "CANCELED"),
        ("expire", "EXPIRED"),
    ],
)
def test_each_button_of_the_page_does_what_it_says(merchant: Merchant, action: str, status: str) -> None:
    token = merchant.register("ern 1/2")
    page = f"{merchant.simulator.url}/pay/pagadito/{token}"
    shown = merchant.session.get(page, headers={"Accept-Language": "fr"}, timeout=5).text

    answer = merchant.session.post(page, data={"action": action}, allow_redirects=False, timeout=5)

    assert f'value="{action}"' in shown
    assert "13.37 USD" in shown
    assert answer.headers["Location"] == f"https://shop.example/back?token={token}&ern=ern%201%2F2"
    assert merchant.status(token)["value"]["status"] == status
    assert "<button" not in merchant.session.get(page, timeout=5).text


def test_who_leaves_the_page_leaves_it_open(merchant: Merchant) -> None:
    token = merchant.register()

    merchant.session.get(f"{merchant.simulator.url}/pay/pagadito/{token}", timeout=5)

    assert merchant.status(token)["value"]["status"] == "REGISTERED"
    assert merchant.session.get(f"{merchant.simulator.url}/pay/pagadito/{'f' * 32}", timeout=5).status_code == 404


# --- Webhooks -------------------------------------------------------------------------------------------------------


def _is_genuine(received: Received, *, wsk: str = "wsk-odd") -> bool:
    """As a merchant would check it, written once more."""
    head = {name.lower(): value for name, value in received.headers.items()}
    answer = requests.get(head["pagadito-cert-url"], timeout=5)
    certificate = x509.load_pem_x509_certificate(answer.content)
    parts = [head["pagadito-notification-id"], head["pagadito-notification-timestamp"], received.event["id"]]
    text = "|".join([*parts, str(zlib.crc32(received.body)), wsk])
    key: Any = certificate.public_key()
    key.verify(base64.b64decode(head["pagadito-signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return True


def test_each_change_is_told_signed_and_again_until_it_is_taken(merchant: Merchant, receiver: Receiver) -> None:
    receiver.statuses = [500, 427]
    token = merchant.register()

    merchant.control(f"/pagadito/transactions/{token}/end", status="VERIFYING")
    receiver.wait_for(lambda: len(receiver.received) == 3)

    assert len({received.body for received in receiver.received}) == 1
    assert all(_is_genuine(received) for received in receiver.received)
    resource = receiver.received[0].event["resource"]
    assert (resource["token"], resource["ern"], resource["status"]) == (token, "ern-1", "VERIFYING")
    assert resource["amount"] == {"total": "13.37", "currency": "USD"}


def test_a_forged_first_try_is_not_genuine(merchant: Merchant, receiver: Receiver) -> None:
    merchant.control("/faults", gateway="pagadito", operation="webhook", fault="forge")
    receiver.statuses = [400]
    token = merchant.register()

    merchant.control(f"/pagadito/transactions/{token}/end", status="COMPLETED")
    receiver.wait_for(lambda: len(receiver.received) == 2)

    with pytest.raises(InvalidSignature):
        _is_genuine(receiver.received[0])
    assert _is_genuine(receiver.received[1])


# --- Restart --------------------------------------------------------------------------------------------------------


def test_a_restart_keeps_the_transactions_and_the_certificate(tmp_path: Path) -> None:
    with requests.Session() as session:
        first = process.start(directory=tmp_path, seed=7)
        before = Merchant(first, session)
        known = before.control("/pagadito/accounts", uid="uid-odd", wsk="wsk-odd").json()
        token = before.register()
        first.stop()
        second = process.start(directory=tmp_path, seed=7)
        after = Merchant(second, session)

        told, again = after.status(token), after.order("ern-1")
        certificate = after.control("/pagadito/accounts", uid="uid-odd").json()["certificate"]
        second.stop()

    assert (told["value"]["status"], again["code"]) == ("REGISTERED", "PG3018")
    assert certificate == known["certificate"]


def test_a_payment_may_wait_only_where_that_was_allowed(merchant: Merchant) -> None:
    plain = merchant.register("ern-1")
    waiting = unquote(merchant.order("ern-2", allow_pending_payments="true")["value"]).rpartition("/")[2]

    refused = merchant.control(f"/pagadito/transactions/{plain}/end", status="PENDING")
    for status in ("PENDING", "UNCOLLECTABLE"):
        assert merchant.control(f"/pagadito/transactions/{waiting}/end", status=status).status_code == 200

    assert refused.status_code == 400
    assert merchant.status(waiting)["value"]["status"] == "UNCOLLECTABLE"

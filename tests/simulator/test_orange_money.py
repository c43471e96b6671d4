"""The stand-in Orange Money, seen from a shop: what it enforces, what payers do on its pages, what it notifies."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from simulator import process
from simulator.process import Simulator
from tests.simulator.receiver import Receiver


@dataclass
class Merchant:
    """One application of Orange's portal, with the calls of all three APIs."""

    simulator: Simulator
    receiver: Receiver
    session: requests.Session

    @property
    def root(self) -> str:
        return f"{self.simulator.url}/orange_money"

    def token(self, path: str = "/oauth/v3/token") -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "client_id": "odd", "client_secret": "secret"}
        answer = self.session.post(f"{self.root}{path}", data=form, auth=("odd", "secret"), timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        signed = {"Authorization": f"Bearer {self.token()['access_token']}", **headers}
        return self.session.post(f"{self.root}{path}", json=body, headers=signed, timeout=5)

    def get(self, path: str, **headers: str) -> requests.Response:
        signed = {"Authorization": f"Bearer {self.token()['access_token']}", **headers}
        return self.session.get(f"{self.root}{path}", headers=signed, timeout=5)

    def order(self, **changes: Any) -> dict[str, Any]:
        return {
            "merchant_key": "key-1",
            "currency": "OUV",
            "order_id": "order-1",
            "amount": 1337,
            "return_url": "https://shop.example/back",
            "cancel_url": "https://shop.example/cancel",
            "notif_url": f"{self.receiver.url}?reference=ref-1",
            "lang": "fr",
            "reference": "Odd Shop",
        } | changes

    def create(self, **changes: Any) -> requests.Response:
        return self.post("/orange-money-webpay/dev/v1/webpayment", self.order(**changes))

    def status(self, pay_token: str, **changes: Any) -> requests.Response:
        body = {"order_id": "order-1", "amount": 1337, "pay_token": pay_token} | changes
        return self.post("/orange-money-webpay/dev/v1/transactionstatus", body)

    def page(self, address: str, **form: str) -> requests.Response:
        return self.session.post(address, data={"action": "pay", **form}, allow_redirects=False, timeout=5)

    def books(self) -> dict[str, Any]:
        return self.session.get(f"{self.simulator.url}/_control/books?gateway=orange_money", timeout=5).json()[
            "accounts"
        ][0]

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.session.post(f"{self.simulator.url}/_control/orange_money{path}", json=body, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def merchant(simulator: Simulator, receiver: Receiver) -> Iterator[Merchant]:
    with requests.Session() as session:
        yield Merchant(simulator, receiver, session)


# --- Tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "life"),
    [
        ("/oauth/v3/token", "7776000"),
        ("/oauth/v2/token", "7776000"),
        ("/token", 3600),
        ("/oauth/v1/token", 299),
        ("/oauth/token", 299),
    ],
)
def test_each_api_has_its_token_call_and_webpay_tells_the_life_as_text(
    merchant: Merchant, path: str, life: Any
) -> None:
    assert merchant.token(path)["expires_in"] == life


def test_another_secret_or_no_token_is_refused(merchant: Merchant) -> None:
    merchant.token()

    wrong = merchant.session.post(
        f"{merchant.root}/oauth/v3/token",
        data={"grant_type": "client_credentials"},
        auth=("odd", "another"),
        timeout=5,
    )
    without = merchant.session.post(f"{merchant.root}/orange-money-webpay/dev/v1/webpayment", json={}, timeout=5)

    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert (without.status_code, without.json()["code"]) == (401, 42)


# --- WebPay ---------------------------------------------------------------------------------------------------------


def test_a_payer_pays_on_the_page_and_the_shop_hears_and_asks(merchant: Merchant) -> None:
    made = merchant.create()
    told = made.json()
    assert (made.status_code, told["status"], told["message"]) == (201, 201, "OK")
    assert merchant.status(told["pay_token"]).json() == {"status": "INITIATED", "order_id": "order-1", "txnid": None}
    assert "1337 OUV" in merchant.session.get(told["payment_url"], timeout=5).text

    back = merchant.page(told["payment_url"], number="690000001", code="1234")

    assert (back.status_code, back.headers["Location"]) == (303, "https://shop.example/back")
    merchant.receiver.wait_for(lambda: merchant.receiver.received)
    [heard] = merchant.receiver.received
    asked = merchant.status(told["pay_token"])
    assert asked.status_code == 201
    assert heard.query == "reference=ref-1"
    assert heard.event == {
        "status": "SUCCESS",
        "notif_token": told["notif_token"],
        "txnid": asked.json()["txnid"],
    }
    assert merchant.books()["totals"]["ouv"]["captured"] == 1337
    assert merchant.books()["creates"] == {"ref-1": 1}


@pytest.mark.parametrize(("number", "code"), [("690000019", "1234"), ("690000051", "1234"), ("690000001", "0000")])
def test_some_numbers_and_a_wrong_code_fail(merchant: Merchant, number: str, code: str) -> None:
    told = merchant.create().json()

    merchant.page(told["payment_url"], number=number, code=code)

    assert merchant.status(told["pay_token"]).json()["status"] == "FAILED"
    merchant.receiver.wait_for(lambda: merchant.receiver.received)
    assert merchant.receiver.received[0].event["status"] == "FAILED"


def test_leaving_the_page_changes_nothing_and_nobody_hears_of_it(merchant: Merchant) -> None:
    told = merchant.create().json()

    left = merchant.page(told["payment_url"], action="cancel")

    assert left.headers["Location"] == "https://shop.example/cancel"
    assert merchant.status(told["pay_token"]).json()["status"] == "INITIATED"
    assert merchant.receiver.received == []


def test_a_page_past_its_life_only_expires(merchant: Merchant) -> None:
    told = merchant.create().json()
    merchant.control("/orders/order-1/age", seconds=601)

    merchant.page(told["payment_url"], number="690000001", code="1234")

    assert merchant.status(told["pay_token"]).json()["status"] == "EXPIRED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"merchant_key": ""}, 23),
        ({"notif_url": ""}, 23),
        ({"amount": "1337"}, 22),
        ({"amount": 13.37}, 22),
        ({"amount": 0}, 22),
        ({"currency": "XOF"}, 22),
        ({"order_id": "o" * 31}, 22),
        ({"return_url": "https://shop.example/" + "x" * 120}, 22),
        ({"reference": "r" * 31}, 22),
    ],
)
def test_an_order_that_is_not_well_formed_is_refused(merchant: Merchant, changes: dict[str, Any], code: int) -> None:
    refused = merchant.create(**changes)

    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_an_order_number_is_used_once_and_for_all_time(merchant: Merchant) -> None:
    merchant.create()

    again = merchant.create(amount=421)

    assert (again.status_code, again.json()["code"]) == (400, 1204)
    assert merchant.books()["creates"] == {"ref-1": 1}


def test_a_status_needs_order_amount_and_token_that_fit_each_other(merchant: Merchant) -> None:
    token = merchant.create().json()["pay_token"]

    assert merchant.status(token, amount=421).json()["code"] == 60
    assert merchant.status(token, order_id="order-2").json()["code"] == 60
    assert merchant.status("nothing").json()["code"] == 60
    assert merchant.status(token, amount="1337").json()["code"] == 22


def test_a_notification_that_is_not_taken_comes_again(merchant: Merchant) -> None:
    merchant.receiver.statuses = [500]
    told = merchant.create().json()

    merchant.page(told["payment_url"], number="690000001", code="1234")

    merchant.receiver.wait_for(lambda: len(merchant.receiver.received) == 2)
    first, second = merchant.receiver.received
    assert first.body == second.body


def test_what_was_under_way_goes_on_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    first = process.start(directory=tmp_path, seed=7)
    with requests.Session() as session:
        merchant = Merchant(first, receiver, session)
        token = merchant.token()["access_token"]
        told = merchant.create().json()
    first.stop()
    second = process.start(directory=tmp_path, seed=7)
    try:
        with requests.Session() as session:
            merchant = Merchant(second, receiver, session)
            signed = {"Authorization": f"Bearer {token}"}
            body = {"order_id": "order-1", "amount": 1337, "pay_token": told["pay_token"]}
            path = "/orange-money-webpay/dev/v1/transactionstatus"
            asked = session.post(f"{merchant.root}{path}", json=body, headers=signed, timeout=5)
            assert asked.json()["status"] == "INITIATED"
    finally:
        second.stop()


# --- Cameroon -------------------------------------------------------------------------------------------------------

USER = {"X-AUTH-TOKEN": base64.b64encode(b"user:word").decode()}


def begin(merchant: Merchant, product: str = "mp") -> str:
    answer = merchant.post(f"/omcoreapis/1.0.2/{product}/init", {}, **USER)
    return answer.json()["data"]["payToken"]


def pay(merchant: Merchant, pay_token: str, *, product: str = "mp", **changes: str) -> requests.Response:
    body = {
        "notifUrl": f"{merchant.receiver.url}?reference=ref-1",
        "channelUserMsisdn": "659999999",
        "amount": "1337",
        "subscriberMsisdn": "690000001",
        "pin": "1111",
        "orderId": "order-1",
        "description": "Ticket",
        "payToken": pay_token,
    }
    return merchant.post(f"/omcoreapis/1.0.2/{product}/pay", body | changes, **USER)


def test_a_prompt_is_answered_on_the_phone(merchant: Merchant) -> None:
    pay_token = begin(merchant)
    prompted = pay(merchant, pay_token).json()["data"]
    assert (prompted["status"], prompted["inittxnstatus"], prompted["amount"]) == ("PENDING", "200", 1337)

    merchant.page(f"{merchant.simulator.url}/pay/orange_money/phone/{pay_token}", code="1234")

    asked = merchant.get(f"/omcoreapis/1.0.2/mp/paymentstatus/{pay_token}", **USER).json()["data"]
    assert (asked["status"], asked["payToken"], asked["amount"]) == ("SUCCESSFULL", pay_token, 1337)
    merchant.receiver.wait_for(lambda: merchant.receiver.received)
    assert merchant.receiver.received[0].event["payToken"] == pay_token


def test_a_pay_token_is_used_once(merchant: Merchant) -> None:
    pay_token = begin(merchant)
    pay(merchant, pay_token)

    assert pay(merchant, pay_token).status_code == 422


def test_a_refusal_comes_with_http_200_or_417(merchant: Merchant) -> None:
    refused = pay(merchant, begin(merchant), subscriberMsisdn="690000019")
    harder = pay(merchant, begin(merchant), subscriberMsisdn="690000417")

    assert (refused.status_code, refused.json()["data"]["inittxnstatus"]) == (200, "60019")
    assert harder.status_code == 417


def test_a_wallet_is_filled_after_a_moment(merchant: Merchant) -> None:
    pay_token = begin(merchant, "cashin")
    assert pay(merchant, pay_token, product="cashin").json()["data"]["status"] == "PENDING"

    merchant.receiver.wait_for(lambda: merchant.receiver.received)

    assert merchant.receiver.received[0].event["status"] == "SUCCESSFULL"
    assert merchant.books()["payouts"] == {"ref-1": 1}
    assert merchant.books()["float"] == 1_000_000_000 - 1337


def test_without_the_second_header_nothing_goes(merchant: Merchant) -> None:
    assert merchant.post("/omcoreapis/1.0.2/mp/init", {}).status_code == 401


# --- Sonatel --------------------------------------------------------------------------------------------------------

QR = {
    "code": "123456",
    "name": "Odd Shop",
    "amount": {"unit": "XOF", "value": 1337},
    "reference": "ref-1",
    "validity": 60,
}


def sealed(merchant: Merchant, pin: str, *, padded: padding.AsymmetricPadding | None = None) -> str:
    key = load_der_public_key(base64.b64decode(merchant.get("/api/account/v1/publicKeys").json()["key"]))
    assert isinstance(key, rsa.RSAPublicKey)
    return base64.b64encode(key.encrypt(pin.encode(), padded or padding.PKCS1v15())).decode()


def cash_in(merchant: Merchant, encrypted: str, **changes: Any) -> requests.Response:
    body = {
        "partner": {"idType": "MSISDN", "id": "770000000", "encryptedPinCode": encrypted, "walletType": "PRINCIPAL"},
        "customer": {"idType": "MSISDN", "id": "770000001"},
        "amount": {"unit": "XOF", "value": 1337},
        "reference": "ref-1",
    }
    return merchant.post("/api/eWallet/v1/cashins", body | changes)


def test_a_code_is_scanned_and_the_callback_brings_the_api_key(merchant: Merchant) -> None:
    registered = {"apiKey": "key-1", "code": "123456", "name": "Odd", "callbackUrl": merchant.receiver.url}
    merchant.post("/api/notification/v1/merchantcallback", registered)
    shown = merchant.post("/api/eWallet/v4/qrcode", QR).json()
    assert base64.b64decode(shown["qrCode"]).startswith(b"\x89PNG")
    assert merchant.get("/api/eWallet/v1/transactions?reference=ref-1").json() == []

    merchant.page(shown["deepLink"], number="770000001")

    merchant.receiver.wait_for(lambda: merchant.receiver.received)
    [heard] = merchant.receiver.received
    assert heard.headers["authorization"] == f"Basic {base64.b64encode(b'key-1').decode()}"
    [listed] = merchant.get("/api/eWallet/v1/transactions?reference=ref-1&type=CASHIN").json()
    assert listed == heard.event
    assert (listed["status"], listed["amount"]) == ("SUCCESS", {"value": 1337, "unit": "XOF"})


def test_a_code_that_failed_can_be_paid_by_another_number(merchant: Merchant) -> None:
    link = merchant.post("/api/eWallet/v4/qrcode", QR).json()["deepLink"]

    merchant.page(link, number="770000019")
    merchant.page(link, number="770000001")
    merchant.page(link, number="770000001")

    listed = merchant.get("/api/eWallet/v1/transactions?reference=ref-1").json()
    assert [row["status"] for row in listed] == ["SUCCESS", "FAILED"]
    assert merchant.books()["totals"]["xof"]["captured"] == 1337


def test_each_wrong_pin_costs_a_try_and_the_third_blocks(merchant: Merchant) -> None:
    assert cash_in(merchant, sealed(merchant, "1111")).json()["status"] == "SUCCESS"

    wrong = [cash_in(merchant, sealed(merchant, "2222")).json()["code"] for _ in range(3)]

    assert wrong == ["2011", "2012", "2013"]
    assert cash_in(merchant, sealed(merchant, "1111")).json()["code"] == "2013"
    assert merchant.books()["payouts"] == {"ref-1": 1}


def test_another_padding_reads_as_a_wrong_pin(merchant: Merchant) -> None:
    cash_in(merchant, sealed(merchant, "1111"))
    other = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)

    assert cash_in(merchant, sealed(merchant, "1111", padded=other)).json()["code"] == "2011"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer": {}}, "2000"),
        ({"customer": {"id": "12"}}, "2001"),
        ({"amount": {"unit": "XOF", "value": 10**12}}, "2020"),
        ({"amount": {"unit": "EUR", "value": 5}}, "4099"),
        ({"reference": ""}, "4099"),
    ],
)
def test_a_cash_in_that_cannot_be_done_tells_why(merchant: Merchant, changes: dict[str, Any], code: str) -> None:
    assert cash_in(merchant, sealed(merchant, "1111"), **changes).json()["code"] == code
    assert merchant.books()["payouts"] == {}

"""The stand-in Paystack as a payer, a merchant and the passing of time see it."""

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from simulator import process
from simulator.paystack.cards import CARDS
from simulator.process import Simulator
from tests.simulator.receiver import Receiver

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
ADA = "ada@payer.example"


class Merchant:
    """One account at the stand-in, over plain HTTP."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self._session = session

    def call(self, method: str, path: str, *, key: str = KEY, **fields: Any) -> requests.Response:
        return self._session.request(
            method,
            f"{self.url}/paystack{path}",
            headers={"Authorization": f"Bearer {key}"},
            json=fields or None,
            timeout=5,
        )

    def control(self, path: str, **fields: Any) -> Any:
        answer = self._session.post(f"{self.url}/_control{path}", json={"secret_key": KEY, **fields}, timeout=15)
        return answer.json()

    def open(self, reference: str = "order-1", **fields: Any) -> dict[str, Any]:
        wanted = {"email": ADA, "amount": 133_71, "currency": "NGN", "reference": reference} | fields
        answer = self.call("POST", "/transaction/initialize", **wanted)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def paid(self, reference: str = "order-1", *, card: str = "success", **fields: Any) -> dict[str, Any]:
        self.open(reference, **fields)
        self.control(f"/paystack/transactions/{reference}/pay", card=card)
        return self.verify(reference)

    def verify(self, reference: str = "order-1") -> dict[str, Any]:
        data: dict[str, Any] = self.call("GET", f"/transaction/verify/{reference}").json()["data"]
        return data

    def balance(self, currency: str = "NGN") -> int:
        rows = self.call("GET", "/balance").json()["data"]
        return next(row["balance"] for row in rows if row["currency"] == currency)

    def press(self, address: str, **form: str) -> requests.Response:
        return self._session.post(address, data=form, allow_redirects=False, timeout=5)

    def look(self, address: str, *, language: str = "en") -> str:
        return self._session.get(address, headers={"Accept-Language": language}, timeout=5).text


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    running = process.start(seed=7)
    yield running
    running.stop()


@pytest.fixture
def merchant(simulator: Simulator) -> Iterator[Merchant]:
    with requests.Session() as session:
        merchant = Merchant(simulator.url, session)
        merchant.control("/paystack/accounts", name="Odd Shop", refund_seconds=None)
        yield merchant


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


# --- The payer ------------------------------------------------------------------------------------------------------


def test_payer_sees_amount_payee_and_ways_to_pay(merchant: Merchant) -> None:
    fields = [{"display_name": "Description", "variable_name": "description", "value": "Two <seats>"}]
    page = merchant.look(merchant.open(metadata={"custom_fields": fields})["authorization_url"])

    assert "133.71 NGN" in page
    assert "Odd Shop" in page
    assert "Two &lt;seats&gt;" in page
    assert all(f'value="{card}"' in page for card in CARDS)


def test_the_page_speaks_french_to_whom_it_should(merchant: Merchant) -> None:
    page = merchant.look(merchant.open()["authorization_url"], language="fr")

    assert ">Payer</button>" in page


def test_paying_returns_to_the_shop_with_the_reference_twice(merchant: Merchant) -> None:
    opened = merchant.open(callback_url="https://shop.example/done?order=7")

    answer = merchant.press(opened["authorization_url"], action="pay", card="success")

    assert answer.headers["Location"] == "https://shop.example/done?order=7&trxref=order-1&reference=order-1"
    assert merchant.verify()["status"] == "success"


def test_a_declined_card_keeps_the_payer_on_the_page_and_may_be_followed_by_another(merchant: Merchant) -> None:
    page = merchant.open(callback_url="https://shop.example/done")["authorization_url"]

    answer = merchant.press(page, action="pay", card="insufficient_funds")
    failed = merchant.verify()
    merchant.press(page, action="pay", card="success")

    assert page.endswith(answer.headers["Location"])
    assert (failed["status"], failed["gateway_response"]) == ("failed", "Insufficient Funds")
    assert merchant.verify()["status"] == "success"


def test_a_password_is_asked_for_and_may_be_wrong(merchant: Merchant) -> None:
    page = merchant.open(callback_url="https://shop.example/done")["authorization_url"]
    merchant.press(page, action="pay", card="success_otp")
    waiting = merchant.verify()["status"]
    shown = merchant.look(page)

    merchant.press(page, action="wrong")

    assert (waiting, merchant.verify()["status"]) == ("ongoing", "failed")
    assert 'value="right"' in shown


def test_giving_up_tells_nobody_anything(merchant: Merchant) -> None:
    page = merchant.open(metadata={"cancel_action": "https://shop.example/cart"})["authorization_url"]

    answer = merchant.press(page, action="close")

    assert answer.headers["Location"] == "https://shop.example/cart"
    assert merchant.verify()["status"] == "abandoned"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x"])
def test_no_script_is_ever_an_address(merchant: Merchant, address: str) -> None:
    page = merchant.open(callback_url=address, metadata={"cancel_action": address})["authorization_url"]

    closed = merchant.press(page, action="close").headers["Location"]
    paid = merchant.press(page, action="pay", card="success").headers["Location"]

    assert closed.startswith("/pay/paystack/")
    assert paid.startswith("/pay/paystack/")
    assert address not in merchant.look(page)


def test_a_page_that_does_not_exist_says_so(merchant: Merchant) -> None:
    assert merchant.press(f"{merchant.url}/pay/paystack/nowhere", action="pay").status_code == 404


# --- What is enforced -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": ""}, "email is required"),
        ({"email": "nobody"}, "Invalid Email"),
        ({"amount": 0}, "Invalid Amount"),
        ({"amount": "13.37"}, "Invalid Amount"),
        ({"amount": 49_99}, "below the minimum"),
        ({"currency": "EUR"}, "Currency not supported"),
        ({"reference": "att_1"}, "Reference"),
        ({"channels": ["pigeon"]}, "Channel"),
    ],
)
def test_a_wrong_field_is_refused(merchant: Merchant, fields: dict[str, Any], message: str) -> None:
    wanted = {"email": ADA, "amount": 133_71, "currency": "NGN", "reference": "order-1"} | fields

    answer = merchant.call("POST", "/transaction/initialize", **wanted)

    assert (answer.status_code, answer.json()["status"]) == (400, False)
    assert message in answer.json()["message"]


@pytest.mark.parametrize("state", ["open", "failed", "paid"])
def test_a_reference_is_taken_for_ever(merchant: Merchant, state: str) -> None:
    if state == "open":
        merchant.open()
    else:
        merchant.paid(card="declined" if state == "failed" else "success")

    answer = merchant.call("POST", "/transaction/initialize", email=ADA, amount=200_00, reference="order-1")

    assert (answer.status_code, answer.json()["code"]) == (400, "duplicate_reference")
    assert answer.json()["message"] == "Duplicate Transaction Reference"


@pytest.mark.parametrize("key", ["", "pk_test_odd", "sk_live_odd"])
def test_another_key_is_refused(merchant: Merchant, key: str) -> None:
    answer = merchant.call("GET", "/balance", key=key)

    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid key")


def test_a_fraction_of_a_franc_is_dropped_without_a_word(merchant: Merchant) -> None:
    assert merchant.paid(currency="XOF", amount=500_050)["amount"] == 500_000


def test_the_same_destination_is_the_same_recipient(merchant: Merchant) -> None:
    wanted = {"type": "nuban", "name": "Ada Payee", "account_number": "0000000000", "bank_code": "057"}

    answers = [merchant.call("POST", "/transferrecipient", **wanted) for _ in range(2)]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["recipient_code"] for answer in answers}) == 1


# --- Refunds, transfers, disputes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "status", "left"),
    [
        ("success", "processed", 0),
        ("refund_failed", "failed", 100_00),
        ("refund_needs_attention", "needs-attention", 100_00),
    ],
)
def test_a_refund_ends_as_its_card_says(merchant: Merchant, card: str, status: str, left: int) -> None:
    merchant.paid(card=card, amount=100_00)
    fees = 1_50
    refund = merchant.call("POST", "/refund", transaction="order-1").json()["data"]

    merchant.control(f"/paystack/refunds/{refund['id']}/finish")

    assert refund["status"] == "pending"
    assert merchant.call("GET", f"/refund/{refund['id']}").json()["data"]["status"] == status
    assert merchant.balance() == left - fees
    assert merchant.verify()["status"] == ("reversed" if status == "processed" else "success")


def test_no_more_is_refunded_than_was_paid(merchant: Merchant) -> None:
    merchant.paid(amount=100_00)
    merchant.call("POST", "/refund", transaction="order-1", amount=60_00)

    answer = merchant.call("POST", "/refund", transaction="order-1", amount=60_00)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_params")


def test_a_transfer_in_test_mode_succeeds_at_once_and_may_still_come_back(merchant: Merchant) -> None:
    merchant.control("/paystack/fund", currency="NGN", amount=100_00)
    transfer = _transfer(merchant).json()["data"]
    before = merchant.balance()

    merchant.control(f"/paystack/transfers/{transfer['reference']}/move", status="reversed")

    assert (transfer["status"], before, merchant.balance()) == ("success", 57_87, 100_00)


def test_a_transfer_waits_for_its_password_unless_that_is_off(merchant: Merchant) -> None:
    merchant.control("/paystack/accounts", needs_otp=True)
    merchant.control("/paystack/fund", currency="NGN", amount=100_00)
    waiting = _transfer(merchant).json()["data"]
    wrong = merchant.call("POST", "/transfer/finalize_transfer", transfer_code=waiting["transfer_code"], otp="1")
    merchant.call("POST", "/transfer/disable_otp_finalize", otp="123456")

    right = _transfer(merchant, reference="transfer-00000002").json()["data"]

    assert (waiting["status"], wrong.status_code, right["status"]) == ("otp", 400, "success")


@pytest.mark.parametrize(
    ("resolution", "status", "balance"), [("declined", "success", 98_50), ("merchant-accepted", "reversed", -1_50)]
)
def test_a_dispute_is_answered(merchant: Merchant, resolution: str, status: str, balance: int) -> None:
    merchant.paid(amount=100_00)
    dispute = merchant.control("/paystack/transactions/order-1/dispute")["dispute"]

    answer = merchant.call(
        "PUT",
        f"/dispute/{dispute}/resolve",
        resolution=resolution,
        message="See the file",
        refund_amount=100_00,
        uploaded_filename="proof.pdf",
    )

    assert answer.json()["data"]["resolution"] == resolution
    assert (merchant.verify()["status"], merchant.balance()) == (status, balance)


# --- Webhooks and restarts ------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_with_the_key_and_sent_until_it_is_taken(merchant: Merchant, receiver: Receiver) -> None:
    receiver.statuses += [500, 302]
    merchant.control("/paystack/accounts", webhook_url=receiver.url)

    merchant.paid()
    receiver.wait_for(lambda: len(receiver.received) == 3)

    assert len({received.body for received in receiver.received}) == 1
    for received in receiver.received:
        assert received.headers["x-paystack-signature"] == hmac.digest(KEY.encode(), received.body, "sha512").hex()
    assert orjson.loads(receiver.received[0].body)["event"] == "charge.success"


def test_nothing_is_sent_about_what_failed(merchant: Merchant, receiver: Receiver) -> None:
    merchant.control("/paystack/accounts", webhook_url=receiver.url)
    merchant.paid("order-1", card="declined")
    merchant.paid("order-2")

    receiver.wait_for(lambda: receiver.received)
    merchant.control("/webhooks/drain")

    assert [orjson.loads(each.body)["data"]["reference"] for each in receiver.received] == ["order-2"]


def test_a_restart_goes_on_where_it_stopped(tmp_path: Path, receiver: Receiver) -> None:
    with requests.Session() as session:
        first = process.start(seed=7, directory=tmp_path)
        merchant = Merchant(first.url, session)
        merchant.control("/paystack/accounts", webhook_url="http://127.0.0.1:1/", refund_seconds=0)
        before = merchant.paid(amount=100_00)
        merchant.call("POST", "/refund", transaction="order-1", amount=10_00)
        merchant.control("/paystack/accounts", webhook_url=receiver.url)
        first.stop()

        second = process.start(seed=7, directory=tmp_path)
        again = Merchant(second.url, session)
        receiver.wait_for(lambda: any(b"refund.processed" in each.body for each in receiver.received))

        assert again.verify()["id"] == before["id"]
        assert again.balance() == 100_00 - 1_50 - 10_00
        second.stop()


def _transfer(merchant: Merchant, *, reference: str = "transfer-00000001") -> requests.Response:
    wanted = {"type": "nuban", "name": "Ada Payee", "account_number": "0000000000", "bank_code": "057"}
    code = merchant.call("POST", "/transferrecipient", **wanted).json()["data"]["recipient_code"]
    return merchant.call(
        "POST",
        "/transfer",
        source="balance",
        amount=42_13,
        recipient=code,
        reference=reference,
        reason="Share",
        currency="NGN",
    )

"""The stand-in MTN's money: test numbers, the payer's phone, callbacks, purses and honest books."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator import process
from simulator.process import Simulator
from tests.simulator.momo_merchant import NUMBERS, Merchant, until_quiet
from tests.simulator.receiver import Receiver


@pytest.fixture
def merchant(simulator: Simulator) -> Iterator[Merchant]:
    merchant = Merchant(simulator, settle_seconds=None, callback_host="127.0.0.1")
    yield merchant
    merchant.session.close()


# --- Test numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "reason"),
    [(450, "INTERNAL_PROCESSING_ERROR"), (451, "APPROVAL_REJECTED"), (452, "EXPIRED"), (455, "PAYER_NOT_FOUND"),
     (456, "PAYEE_NOT_ALLOWED_TO_RECEIVE"), (463, "COULD_NOT_PERFORM_TRANSACTION"), (464, "TRANSFER_TYPE_UNKNOWN")],
)  # fmt: skip
def test_a_test_number_makes_a_request_fail(merchant: Merchant, number: int, reason: str) -> None:
    reference = str(uuid.uuid4())
    merchant.charge(reference=reference, number=f"{NUMBERS}3{number}")

    told = merchant.status(reference).json()

    assert (told["status"], told["reason"]["code"]) == ("FAILED", reason)


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(457, 500, "NOT_ALLOWED"), (458, 500, "NOT_ALLOWED_TARGET_ENVIRONMENT"), (459, 500, "INVALID_CALLBACK_URL_HOST"),
     (460, 500, "INVALID_CURRENCY"), (461, 500, "INTERNAL_PROCESSING_ERROR"), (462, 503, "SERVICE_UNAVAILABLE")],
)  # fmt: skip
def test_a_test_number_makes_a_request_be_refused(merchant: Merchant, number: int, status: int, code: str) -> None:
    answer = merchant.charge(number=f"{NUMBERS}3{number}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(450, "INTERNAL_PROCESSING_ERROR"), (451, "APPROVAL_REJECTED"), (455, "NOT_ENOUGH_FUNDS"),
     (456, "PAYER_LIMIT_REACHED"), (457, "PAYEE_NOT_FOUND"), (464, "TRANSFER_TYPE_UNKNOWN")],
)  # fmt: skip
def test_a_test_number_makes_a_transfer_fail(merchant: Merchant, number: int, reason: str) -> None:
    reference = str(uuid.uuid4())
    merchant.transfer(reference=reference, number=f"{NUMBERS}3{number}")

    assert merchant.status(reference, "transfer").json()["reason"] == reason


@pytest.mark.parametrize("number", [453, 454])
def test_a_slow_number_stays_pending_or_succeeds_as_the_account_says(merchant: Merchant, number: int) -> None:
    stays, succeeds = str(uuid.uuid4()), str(uuid.uuid4())
    merchant.charge(reference=stays, number=f"{NUMBERS}3{number}")
    merchant.control("/accounts", id=merchant.id, slow_numbers="succeed")
    merchant.charge(reference=succeeds, number=f"{NUMBERS}3{number}")

    until_quiet(lambda: merchant.status(succeeds).json()["status"] == "SUCCESSFUL")

    assert merchant.status(stays).json()["status"] == "PENDING"


def test_other_numbers_succeed_at_once_where_the_account_wants_it_so(merchant: Merchant) -> None:
    merchant.control("/accounts", id=merchant.id, unlisted_numbers="succeed")
    reference = str(uuid.uuid4())

    merchant.charge(reference=reference)

    assert merchant.status(reference).json()["status"] == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("what", "status"),
    [("1", 404), ("2", 202), ("5", 202), ("7", 500), ("12", 503), (str(uuid.UUID(int=0)), 404)],
)
def test_what_a_refund_names_decides_in_the_sandbox(merchant: Merchant, what: str, status: int) -> None:
    assert merchant.refund(what).status_code == status


@pytest.mark.parametrize(
    ("number", "told"),
    [("46733123450", 404), ("46733123451", {"result": False}), ("46733120001", {"result": True}), ("46733123455", 503)],
)
def test_a_number_can_be_asked_for(merchant: Merchant, number: str, told: Any) -> None:
    answer = merchant.call("GET", f"/collection/v1_0/accountholder/msisdn/{number}/active")

    assert (answer.json() if answer.status_code == 200 else answer.status_code) == told


# --- The phone ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "status", "reason"),
    [
        ("accept", "SUCCESSFUL", None),
        ("reject", "FAILED", "APPROVAL_REJECTED"),
        ("expire", "FAILED", "EXPIRED"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_payer_answers_on_the_phone(
    merchant: Merchant, button: str, status: str, reason: str | None, language: str
) -> None:
    reference = str(uuid.uuid4())
    merchant.charge(reference=reference)
    page, headers = f"{merchant.running.url}/pay/mtn_momo/{reference}", {"Accept-Language": language}
    shown = merchant.session.get(page, headers=headers, timeout=5).text

    after = merchant.session.post(page, data={"action": button}, headers=headers, timeout=5).text
    merchant.session.post(page, data={"action": "accept"}, timeout=5)

    told = merchant.status(reference).json()
    assert "13.37 EUR" in shown
    assert re.findall(r'value="(\w+)"', shown) == ["accept", "reject", "expire"]
    assert "<button" not in after
    assert (told["status"], told.get("reason", {}).get("code")) == (status, reason)


def test_a_prompt_that_nobody_answers_expires(merchant: Merchant) -> None:
    merchant.control("/accounts", id=merchant.id, prompt_seconds=0)
    reference = str(uuid.uuid4())

    merchant.charge(reference=reference)

    until_quiet(lambda: merchant.status(reference).json()["status"] == "FAILED")
    assert merchant.status(reference).json()["reason"]["code"] == "EXPIRED"


def test_a_page_shows_what_a_merchant_wrote_as_text(merchant: Merchant) -> None:
    merchant.control("/accounts", id=merchant.id, name="<script>1</script>")
    reference = str(uuid.uuid4())
    merchant.charge(reference=reference)

    shown = merchant.session.get(f"{merchant.running.url}/pay/mtn_momo/{reference}", timeout=5).text

    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


# --- Callbacks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_callback_is_sent_once_taken_or_not(merchant: Merchant, receiver: Receiver, method: str) -> None:
    merchant.control("/accounts", id=merchant.id, callback_method=method)
    receiver.statuses.append(500)
    reference = str(uuid.uuid4())
    merchant.charge(reference=reference, headers={"X-Callback-Url": receiver.url})

    merchant.control(f"/transactions/{reference}/end", status="SUCCESSFUL")
    receiver.wait_for(lambda: receiver.received)
    drained = merchant.session.post(f"{merchant.running.url}/_control/webhooks/drain", json={"seconds": 5}, timeout=9)

    assert drained.json()["waiting"] == 0
    [received] = receiver.received
    assert received.method == method
    assert received.event["externalId"] == "order-7"
    assert reference not in received.body.decode()


def test_no_callback_is_sent_where_none_was_asked_for(merchant: Merchant, receiver: Receiver) -> None:
    merchant.paid()

    assert merchant.get_control("/webhooks")["tries"] == []
    assert receiver.received == []


# --- Money ----------------------------------------------------------------------------------------------------------


def balance(merchant: Merchant, product: str) -> str:
    return merchant.call("GET", f"/{product}/v1_0/account/balance").json()["availableBalance"]


def test_purses_and_books_tell_what_happened(merchant: Merchant) -> None:
    charge = merchant.paid()
    refund, transfer = str(uuid.uuid4()), str(uuid.uuid4())
    merchant.refund(charge, reference=refund, amount="4.21", externalId="refund-7")
    merchant.transfer(reference=transfer, amount="2.10", externalId="payout-7")
    for reference in (refund, transfer):
        merchant.control(f"/transactions/{reference}/end", status="SUCCESSFUL")

    books = merchant.books()

    assert balance(merchant, "collection") == "13.37"
    assert balance(merchant, "disbursement") == "999993.69"
    assert [(each["captured"], each["refunded"]) for each in books["payments"]] == [(13_37, 4_21)]
    assert (books["refunds"], books["payouts"], books["paid_out"]) == ({"refund-7": 1}, {"payout-7": 1}, {"eur": 2_10})
    assert books["totals"]["eur"]["captured"] == 13_37


@pytest.mark.parametrize("version", ["v1_0", "v2_0"])
def test_a_refund_goes_by_either_version_and_is_read_by_the_first(merchant: Merchant, version: str) -> None:
    charge, reference = merchant.paid(), str(uuid.uuid4())

    assert merchant.refund(charge, reference=reference, version=version).status_code == 202
    assert merchant.status(reference, "refund").json()["payee"]["partyId"] == f"{NUMBERS}0001"


def test_no_more_is_refunded_than_was_paid_and_nothing_where_refunds_are_off(merchant: Merchant) -> None:
    charge = merchant.paid()

    assert merchant.refund(charge, amount="10.00").status_code == 202
    assert merchant.refund(charge, amount="3.38").json()["code"] == "NOT_ALLOWED"
    merchant.control("/accounts", id=merchant.id, refunds=False)
    assert merchant.refund(charge, amount="0.01").json()["code"] == "NOT_ALLOWED"


def test_a_transfer_ends_by_itself(simulator: Simulator) -> None:
    merchant = Merchant(simulator, settle_seconds=0)
    reference = str(uuid.uuid4())

    merchant.transfer(reference=reference)

    until_quiet(lambda: merchant.status(reference, "transfer").json()["status"] == "SUCCESSFUL")


def test_what_ended_does_not_end_again(merchant: Merchant) -> None:
    charge = merchant.paid()

    assert "already" in merchant.control(f"/transactions/{charge}/end", status="FAILED")["error"]
    assert merchant.status(charge).json()["status"] == "SUCCESSFUL"


def test_a_restart_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = process.start(directory=tmp_path, seed=7)
    merchant = Merchant(first, settle_seconds=1)
    charge, transfer = merchant.paid(), str(uuid.uuid4())
    merchant.transfer(reference=transfer)
    first.stop()

    second = process.start(directory=tmp_path, seed=7)
    try:
        merchant.running = second
        assert merchant.status(charge).status_code == 401
        merchant.tokens.clear()
        assert merchant.status(charge).json()["status"] == "SUCCESSFUL"
        assert balance(merchant, "collection") == "13.37"
        until_quiet(lambda: merchant.status(transfer, "transfer").json()["status"] == "SUCCESSFUL")
    finally:
        second.stop()

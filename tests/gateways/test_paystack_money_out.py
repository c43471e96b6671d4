"""What Paystack's words become where money leaves: refunds, disputes, transfers, and the lists of both."""

from datetime import UTC, datetime
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.paystack.gateway import PaystackGateway
from gateways.contract import (
    Credentials,
    Destination,
    DestinationKind,
    LookUpRequest,
    Outcome,
    PayoutRequest,
    RefundRequest,
    Subject,
)
from gateways.errors import OutcomeUnknown
from gateways.http import GatewayHttp
from tests.gateways.paystack_samples import answer, dispute, refund, refusal, sent, transfer
from tests.gateways.scripted import ScriptedServer

NGN = "NGN"
ASKED = Money(133_71, NGN)


@pytest.fixture
def paystack(scripted: ScriptedServer, http: GatewayHttp) -> PaystackGateway:
    return made(scripted, http)


def made(scripted: ScriptedServer, http: GatewayHttp, **settings: str) -> PaystackGateway:
    return PaystackGateway(Credentials({"secret_key": "sk_test_odd", **settings}), simulator=scripted.url, http=http)


def payout(**changes: Any) -> PayoutRequest:
    wanted: dict[str, Any] = {
        "reference": "payout_0000000000000001",
        "amount": Money(42_13, NGN),
        "destination": Destination(DestinationKind.GATEWAY_RECIPIENT, "RCP_odd"),
    }
    return PayoutRequest(**wanted | changes)


# --- Refunds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("pending", Outcome.PENDING, ""),
        ("processing", Outcome.PENDING, ""),
        ("processed", Outcome.SUCCEEDED, ""),
        ("failed", Outcome.DECLINED, "refund_failed"),
        ("needs-attention", Outcome.REQUIRES_ACTION, "refund_needs_attention"),
        ("retried", Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_each_status_of_a_refund(
    paystack: PaystackGateway, scripted: ScriptedServer, status: str, outcome: Outcome, code: str
) -> None:
    scripted.answers(answer(refund(status=status)))

    report = paystack.look_up_refund(LookUpRequest("ref_odd", "15387205"))

    assert (report.outcome, report.error_code, report.subject) == (outcome, code, Subject.REFUND)
    assert (report.amount, report.about, report.reference) == (Money(4_21, NGN), "att.odd-1", "ref_odd")


def test_a_refund_that_is_there_already_is_not_made_again(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    scripted.answers(answer([refund(merchant_note="ref_other", id=1), refund(status="processed")]))

    report = paystack.refund(
        RefundRequest(
            "ref_odd", "att_odd-1", "att.odd-1", Money(4_21, NGN), ASKED, keep={"transaction_id": "4099260516"}
        )
    )

    assert (report.outcome, report.gateway_payment_id) == (Outcome.SUCCEEDED, "15387205")
    assert [sent(scripted, number)[0].split("?")[0] for number in range(len(scripted.requests))] == ["GET /refund"]


def test_a_refund_is_not_asked_for_while_nobody_can_say_what_is_there(
    paystack: PaystackGateway, scripted: ScriptedServer
) -> None:
    scripted.answers(b"<html>", status="503 S")

    report = paystack.refund(
        RefundRequest("ref_odd", "att_odd-1", "att.odd-1", Money(4_21, NGN), ASKED, keep={"transaction_id": "1"})
    )

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "refunds_unreadable")
    assert len(scripted.requests) == 1


# --- Reversals and disputes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "resolution", "outcome"),
    [
        ("awaiting-merchant-feedback", None, Outcome.PENDING),
        ("awaiting-bank-feedback", None, Outcome.PENDING),
        ("pending", None, Outcome.PENDING),
        ("archived", "auto-accepted", Outcome.PENDING),
        ("resolved", "merchant-accepted", Outcome.REVERSED),
        ("resolved", "auto-accepted", Outcome.REVERSED),
        ("resolved", "declined", Outcome.SUCCEEDED),
        ("resolved", "settled-at-sea", Outcome.UNKNOWN),
        ("resolved", None, Outcome.UNKNOWN),
    ],
)
def test_each_end_of_a_dispute(
    paystack: PaystackGateway, scripted: ScriptedServer, status: str, resolution: str | None, outcome: Outcome
) -> None:
    scripted.answers(answer(dispute(status=status, resolution=resolution)))

    report = paystack.look_up_dispute(LookUpRequest("", "358950"))

    assert (report.outcome, report.subject, report.about) == (outcome, Subject.DISPUTE, "att.odd-1")
    assert report.amount == ASKED
    assert report.raw["dueAt"] == "2026-08-23T09:15:02.000Z"


# --- Transfers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("pending", Outcome.PENDING, ""),
        ("received", Outcome.PENDING, ""),
        ("success", Outcome.SUCCEEDED, ""),
        ("otp", Outcome.REQUIRES_ACTION, "transfer_needs_otp"),
        ("failed", Outcome.DECLINED, "transfer_failed"),
        ("blocked", Outcome.DECLINED, "transfer_blocked"),
        ("rejected", Outcome.DECLINED, "transfer_blocked"),
        ("abandoned", Outcome.CANCELLED, ""),
        ("reversed", Outcome.REVERSED, ""),
        ("beamed", Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_each_status_of_a_transfer(
    paystack: PaystackGateway, scripted: ScriptedServer, status: str, outcome: Outcome, code: str
) -> None:
    scripted.answers(answer(transfer(status=status)))

    report = paystack.look_up_payout(LookUpRequest("payout_0000000000000001"))

    assert (report.outcome, report.error_code, report.subject) == (outcome, code, Subject.PAYOUT)
    assert (report.reference, report.amount) == ("payout_0000000000000001", Money(42_13, NGN))


def test_a_transfer_always_names_its_currency(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    scripted.answers(answer(transfer(currency="GHS")))

    report = paystack.pay_out(payout(amount=Money(42_13, "GHS")))

    line, body = sent(scripted)
    assert line == "POST /transfer"
    assert (body["currency"], body["recipient"], body["source"]) == ("GHS", "RCP_odd", "balance")
    assert report.outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("reference", ["short", "Capital_0000000000001", "point.0000000000000001", "x" * 51])
def test_a_reference_that_a_transfer_cannot_have_is_not_sent(
    paystack: PaystackGateway, scripted: ScriptedServer, reference: str
) -> None:
    report = paystack.pay_out(payout(reference=reference))

    assert (report.outcome, report.error_code, report.subject) == (
        Outcome.NOT_SENT,
        "invalid_request",
        Subject.PAYOUT,
    )
    assert scripted.requests == []


@pytest.mark.parametrize(
    ("body", "outcome", "code"),
    [
        (refusal("Your balance is not enough to fulfil this request"), Outcome.DECLINED, "insufficient_balance"),
        (
            refusal("You cannot initiate third party payouts as a starter business"),
            Outcome.DECLINED,
            "payouts_not_allowed",
        ),
        (
            refusal("Recipient is wrong", code="invalid_transfer_recipient"),
            Outcome.DECLINED,
            "invalid_transfer_recipient",
        ),
        (refusal("Transfers are resting"), Outcome.UNKNOWN, "unexpected_answer"),
    ],
)
def test_why_a_transfer_is_refused(
    paystack: PaystackGateway, scripted: ScriptedServer, body: bytes, outcome: Outcome, code: str
) -> None:
    scripted.answers(body, status="400 B")

    report = paystack.pay_out(payout())

    assert (report.outcome, report.error_code) == (outcome, code)
    assert code in paystack.errors


@pytest.mark.parametrize(
    ("currency", "number", "form", "wire"),
    [
        ("GHS", "+233551234987", "", "0551234987"),
        ("GHS", "+233551234987", "international", "+233551234987"),
        ("KES", "+254710000000", "", "+254710000000"),
        ("KES", "+254710000000", "national", "0710000000"),
        ("XOF", "+2250700000000", "", "0700000000"),
    ],
)
def test_phone_numbers_are_written_as_the_account_says(
    scripted: ScriptedServer, http: GatewayHttp, currency: str, number: str, form: str, wire: str
) -> None:
    paystack = made(scripted, http, mobile_money_numbers=form, payouts_in_xof="yes")
    scripted.answers(refusal("Nobody is home"), status="500 I")
    destination = Destination(DestinationKind.MOBILE_MONEY, number, "Ada Payee", network="mtn")

    report = paystack.pay_out(payout(amount=Money(42_00, currency), destination=destination))

    line, body = sent(scripted)
    assert line == "POST /transferrecipient"
    assert (body["type"], body["account_number"], body["bank_code"]) == ("mobile_money", wire, "MTN")
    # Without a recipient no transfer is sent, whatever became of the recipient.
    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "recipient_unavailable")


@pytest.mark.parametrize(
    "destination",
    [
        Destination(DestinationKind.EMAIL, "ada@payee.example"),
        Destination(DestinationKind.BANK_ACCOUNT, "0000000000"),
        Destination(DestinationKind.MOBILE_MONEY, "+2348000000000", network="MTN"),
        Destination(DestinationKind.GATEWAY_RECIPIENT, "RCP_/../odd"),
    ],
)
def test_a_destination_that_paystack_does_not_have_is_not_sent(
    paystack: PaystackGateway, scripted: ScriptedServer, destination: Destination
) -> None:
    report = paystack.pay_out(payout(destination=destination))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "destination_not_supported")
    assert scripted.requests == []


def test_payouts_in_xof_wait_until_the_account_says_so(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    report = paystack.pay_out(payout(amount=Money(5_003, "XOF")))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "destination_not_supported")
    assert scripted.requests == []


# --- Lists ----------------------------------------------------------------------------------------------------------


def test_a_settlement_without_readable_amounts_is_not_an_empty_one(
    paystack: PaystackGateway, scripted: ScriptedServer
) -> None:
    row = {"id": 1, "status": "success", "currency": "EGP", "settlement_date": "2026-08-22T00:00:00.000Z"}
    scripted.answers(answer([row | {"reference": "x", "amount": 1, "deductions": 1}]))

    with pytest.raises(OutcomeUnknown):
        paystack.settlements(since=datetime(2026, 8, 1, tzinfo=UTC), until=datetime(2026, 9, 1, tzinfo=UTC))


def test_balances_in_currencies_nobody_knows_are_left_out(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    scripted.answers(answer([{"currency": "NGN", "balance": 42_13}, {"currency": "EGP", "balance": 1}]))

    assert [balance.available for balance in paystack.balances()] == [Money(42_13, NGN)]

"""What becomes of money after a Stripe payment: every status of refunds, payouts and transfers."""

import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.stripe.error_table import ERRORS, PAYOUT_REFUSALS, REFUND_REFUSALS
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Destination,
    DestinationKind,
    GatewayReport,
    LookUpRequest,
    Outcome,
    PayoutRequest,
    RefundRequest,
    Subject,
)
from gateways.errors import OutcomeUnknown
from tests.gateways.scripted import ScriptedServer
from tests.gateways.stripe_samples import NOW, stripe_event, stripe_intent

BANK = Destination(DestinationKind.BANK_ACCOUNT, "ba_1Odd")
CONNECTED = Destination(DestinationKind.GATEWAY_ACCOUNT, "acct_1Odd")


def a_refund(**changes: Any) -> dict[str, Any]:
    refund = {
        "id": "re_3Odd",
        "object": "refund",
        "amount": 4_21,
        "charge": "ch_3Odd",
        "created": NOW - 60,
        "currency": "eur",
        "metadata": {"reference": "ref-back"},
        "payment_intent": "pi_3Odd",
        "reason": None,
        "status": "succeeded",
    }
    return refund | changes


def a_payout(**changes: Any) -> dict[str, Any]:
    payout = {
        "id": "po_1Odd",
        "object": "payout",
        "amount": 4_21,
        "automatic": False,
        "created": NOW - 60,
        "currency": "eur",
        "failure_code": None,
        "livemode": False,
        "metadata": {"reference": "ref-out"},
        "status": "pending",
    }
    return payout | changes


def a_transfer(**changes: Any) -> dict[str, Any]:
    transfer = {
        "id": "tr_1Odd",
        "object": "transfer",
        "amount": 4_21,
        "amount_reversed": 0,
        "created": NOW - 60,
        "currency": "eur",
        "livemode": False,
        "metadata": {"reference": "ref-out"},
        "reversed": False,
    }
    return transfer | changes


def hear(stripe: StripeGateway, event_type: str, told: dict[str, Any]) -> GatewayReport | None:
    return stripe.parse_webhook(json.dumps(stripe_event(event_type, told)).encode())


def refund(stripe: StripeGateway) -> GatewayReport:
    return stripe.refund(RefundRequest("ref-back", "ref-odd", "pi_3Odd", Money(4_21, "EUR"), Money(13_37, "EUR")))


def pay_out(stripe: StripeGateway, destination: Destination = BANK, amount: Money | None = None) -> GatewayReport:
    return stripe.pay_out(PayoutRequest("ref-out", amount or Money(4_21, "EUR"), destination))


def an_error(**error: Any) -> bytes:
    return json.dumps({"error": {"type": "invalid_request_error"} | error}).encode()


# --- Refunds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "outcome", "code"),
    [
        ({"status": "pending"}, Outcome.PENDING, ""),
        ({"status": "requires_action"}, Outcome.REQUIRES_ACTION, ""),
        ({"status": "succeeded"}, Outcome.SUCCEEDED, ""),
        ({"status": "failed", "failure_reason": "declined"}, Outcome.DECLINED, "refund_declined"),
        ({"status": "failed", "failure_reason": "reason_of_tomorrow"}, Outcome.DECLINED, "refund_failed"),
        ({"status": "canceled"}, Outcome.CANCELLED, ""),
        ({"status": "teleported"}, Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_each_status_of_a_refund(
    stripe: StripeGateway, scripted: ScriptedServer, told: dict[str, Any], outcome: Outcome, code: str
) -> None:
    scripted.answers(json.dumps(a_refund(**told)).encode())

    answered, heard = refund(stripe), hear(stripe, "refund.updated", a_refund(**told))

    for report in (answered, heard):
        assert (report.outcome, report.subject, report.error_code) == (outcome, Subject.REFUND, code)
        assert (report.about, report.reference, report.amount) == ("pi_3Odd", "ref-back", Money(4_21, "EUR"))
    assert (answered.livemode, heard.livemode) == (None, False)


def test_a_hold_that_was_given_back_is_no_refund(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    lapsed = a_refund(reason="expired_uncaptured_charge")
    scripted.answers(json.dumps(a_refund(charge={"id": "ch_3Odd", "captured": False})).encode())

    read = stripe.look_up_refund(LookUpRequest("ref-back", "re_3Odd"))

    assert hear(stripe, "refund.created", lapsed) is None
    assert (read.outcome, read.gateway_status) == (Outcome.CANCELLED, "released_hold")


@pytest.mark.parametrize("code", sorted(REFUND_REFUSALS))
def test_each_listed_refusal_of_a_refund_is_declined(
    stripe: StripeGateway, scripted: ScriptedServer, code: str
) -> None:
    scripted.answers(an_error(code=code), status="400 No")

    report = refund(stripe)

    assert (report.outcome, report.error_code, report.reference) == (Outcome.DECLINED, code, "ref-back")


def test_a_refund_beyond_what_is_left_is_told_by_its_field(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(an_error(param="amount"), status="400 No")
    beyond = refund(stripe)
    scripted.answers(an_error(param="charge"), status="400 No")
    other = refund(stripe)

    assert (beyond.outcome, beyond.error_code) == (Outcome.DECLINED, "refund_amount_refused")
    assert other.outcome is Outcome.UNKNOWN


def test_a_card_error_does_not_decline_a_refund(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    body = an_error(type="card_error", code="card_declined", decline_code="insufficient_funds")
    scripted.answers(body, status="402 No")

    assert refund(stripe).outcome is Outcome.UNKNOWN


# --- Money out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "outcome", "code"),
    [
        ({"status": "pending"}, Outcome.PENDING, ""),
        ({"status": "in_transit"}, Outcome.PENDING, ""),
        ({"status": "paid"}, Outcome.SUCCEEDED, ""),
        ({"status": "failed", "failure_code": "no_account"}, Outcome.DECLINED, "payout_no_account"),
        ({"status": "failed", "failure_code": "code_of_tomorrow"}, Outcome.DECLINED, "payout_failed"),
        ({"status": "canceled"}, Outcome.CANCELLED, ""),
        ({"status": "teleported"}, Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_each_status_of_a_payout(
    stripe: StripeGateway, scripted: ScriptedServer, told: dict[str, Any], outcome: Outcome, code: str
) -> None:
    scripted.answers(json.dumps(a_payout(**told)).encode())

    reports = [
        pay_out(stripe),
        stripe.look_up_payout(LookUpRequest("ref-out", "po_1Odd")),
        hear(stripe, "payout.updated", a_payout(**told)),
    ]

    for report in reports:
        assert (report.outcome, report.subject, report.error_code) == (outcome, Subject.PAYOUT, code)
        assert (report.reference, report.amount, report.livemode) == ("ref-out", Money(4_21, "EUR"), False)


@pytest.mark.parametrize(
    ("told", "outcome", "status"),
    [
        ({}, Outcome.SUCCEEDED, "created"),
        ({"amount_reversed": 1_00}, Outcome.SUCCEEDED, "partly_reversed"),
        ({"amount_reversed": 4_21, "reversed": True}, Outcome.REVERSED, "reversed"),
    ],
)
def test_a_transfer_has_succeeded_unless_all_of_it_was_reversed(
    stripe: StripeGateway, scripted: ScriptedServer, told: dict[str, Any], outcome: Outcome, status: str
) -> None:
    scripted.answers(json.dumps(a_transfer(**told)).encode())

    for report in (pay_out(stripe, CONNECTED), hear(stripe, "transfer.reversed", a_transfer(**told))):
        assert (report.outcome, report.gateway_status) == (outcome, status)


def test_where_money_goes_decides_the_call(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(json.dumps(a_transfer()).encode())

    pay_out(stripe, CONNECTED)
    pay_out(stripe, BANK)

    assert scripted.requests[0].startswith(b"POST /v1/transfers ")
    assert b"destination=acct_1Odd" in scripted.requests[0]
    assert scripted.requests[1].startswith(b"POST /v1/payouts ")
    assert b"destination=ba_1Odd" in scripted.requests[1]


@pytest.mark.parametrize(
    "destination",
    [
        Destination(DestinationKind.BANK_ACCOUNT, "FR7600000000000000000000000"),
        Destination(DestinationKind.BANK_ACCOUNT, ""),
        Destination(DestinationKind.GATEWAY_ACCOUNT, "ba_1Odd"),
        Destination(DestinationKind.MOBILE_MONEY, "2250700000000"),
    ],
)
def test_nobody_else_is_paid_by_stripe(
    stripe: StripeGateway, scripted: ScriptedServer, destination: Destination
) -> None:
    report = pay_out(stripe, destination)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "destination_unsupported")
    assert report.error_code in ERRORS
    assert scripted.requests == []


def test_some_currencies_are_paid_out_in_whole_units_only(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    report = pay_out(stripe, amount=Money(7_01, "HUF"))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "amount_not_representable")
    assert scripted.requests == []


@pytest.mark.parametrize("code", sorted(PAYOUT_REFUSALS))
def test_each_listed_refusal_of_a_payout_is_declined(
    stripe: StripeGateway, scripted: ScriptedServer, code: str
) -> None:
    scripted.answers(an_error(code=code), status="400 No")

    report = pay_out(stripe)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, code)


def test_stripes_own_transfers_to_our_bank_are_no_payouts_of_ours(stripe: StripeGateway) -> None:
    assert hear(stripe, "payout.paid", a_payout(automatic=True, metadata={}, status="paid")) is None
    assert hear(stripe, "transfer.created", a_transfer(metadata={})) is None


def test_a_lost_payout_is_found_only_when_both_lists_were_read(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(json.dumps({"object": "list", "data": [], "has_more": False, "url": "/v1/x"}).encode())

    report = stripe.look_up_payout(LookUpRequest("ref-out"))

    assert (report.outcome, report.error_code, report.subject) == (Outcome.UNKNOWN, "not_found", Subject.PAYOUT)
    assert [request.split()[1].split(b"?")[0] for request in scripted.requests] == [b"/v1/transfers", b"/v1/payouts"]


# --- Captures, fees, customers --------------------------------------------------------------------------------------


def test_a_capture_that_comes_too_late_reports_what_is_so(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(an_error(code="charge_expired_for_capture"), status="400 No")

    report = stripe.capture(CaptureRequest("ref-odd", "pi_3Odd", Money(13_37, "EUR")))

    assert report.outcome is Outcome.UNKNOWN
    assert [request.split()[0] for request in scripted.requests] == [b"POST", b"GET"]


@pytest.mark.parametrize(
    ("line", "fee"),
    [({"fee": 45, "currency": "eur"}, Money(45, "EUR")), ("txn_1", None), (None, None)],
)
def test_a_fee_is_told_once_it_is_known_and_never_guessed(
    stripe: StripeGateway, scripted: ScriptedServer, line: object, fee: Money | None
) -> None:
    paid = {"status": "succeeded", "amount_received": 13_37}
    scripted.answers(
        json.dumps(stripe_intent(**paid, latest_charge={"id": "ch_3Odd", "balance_transaction": line})).encode()
    )

    report = stripe.look_up(LookUpRequest("ref-odd", gateway_payment_id="pi_3Odd"))

    assert (report.outcome, report.fee) == (Outcome.SUCCEEDED, fee)


def test_a_saved_method_is_charged_without_its_owner_only_when_there_is_no_way_back(
    stripe: StripeGateway, scripted: ScriptedServer
) -> None:
    scripted.answers(json.dumps(stripe_intent(status="succeeded")).encode())
    plain: dict[str, Any] = {"reference": "ref-odd", "amount": Money(13_37, "EUR"), "customer": "cus_1"}

    stripe.charge(ChargeRequest(**plain, payment_method="pm_1"))
    stripe.charge(ChargeRequest(**plain, payment_method="pm_1", return_url="https://shop.example/back"))
    stripe.charge(ChargeRequest(**plain))

    alone, present, first = scripted.requests
    assert b"off_session=true" in alone
    assert b"off_session" not in present
    assert b"setup_future_usage=off_session" in first
    assert all(b"customer=cus_1" in request for request in scripted.requests)


def test_forgetting_what_is_gone_is_done_and_a_doubt_is_said(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(an_error(code="resource_missing"), status="404 No")
    stripe.forget_method("pm_1")
    scripted.answers(an_error(type="api_error"), status="500 No")

    with pytest.raises(OutcomeUnknown):
        stripe.forget_method("pm_1")


def test_a_key_of_the_other_mode_is_found_out(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    balance = {"object": "balance", "livemode": True, "available": [], "pending": []}
    scripted.answers(json.dumps(balance).encode())

    assert stripe.check_credentials().works is False

"""Stripe at the simulator, where it is unlike other gateways: its page, its keys, its secrets, its bank payouts."""

import dataclasses

import pytest

from common.money import Money
from gateways.contract import (
    Credentials,
    Destination,
    DestinationKind,
    LookUpRequest,
    NextActionKind,
    Outcome,
    WebhookRefused,
)
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.simulated import Simulator
from tests.gateways.stripe_samples import NOW, sign_stripe

BODY = b'{"id": "evt_3Odd", "object": "event", "type": "charge.updated", "livemode": false}'


@pytest.fixture
def case(simulator: Simulator, patient_http: GatewayHttp) -> Case:
    return cases.make("stripe", simulator=simulator, http=patient_http)


def test_a_confirmed_charge_ends_with_the_answer(case: Case) -> None:
    request, report = case.charged(payment_method="pm_card_visa")

    assert (report.outcome, report.amount, report.reference) == (Outcome.SUCCEEDED, request.amount, request.reference)
    assert report.fee == Money(45, "EUR")
    assert report.request_id


def test_a_decline_is_told_by_the_answer(case: Case) -> None:
    _request, report = case.charged(payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")

    assert (report.outcome, report.error_code, report.next_action) == (Outcome.DECLINED, "insufficient_funds", None)


def test_a_payer_with_a_page_to_open_is_sent_there(case: Case) -> None:
    _request, report = case.charged(payment_method="pm_card_authenticationRequired")

    assert report.next_action is not None
    assert report.next_action.kind is NextActionKind.REDIRECT
    assert report.next_action.value.startswith("http")


def test_a_kept_card_that_wants_its_owner_is_declined_without_one(case: Case) -> None:
    customer = case.gateway.create_customer(reference=case.reference(), email="", name="")
    wanted = {"payment_method": "pm_card_authenticationRequired", "customer": customer}

    _request, present = case.charged(**wanted)
    _request, alone = case.charged(**wanted, return_url="")

    assert present.outcome is Outcome.REQUIRES_ACTION
    assert (alone.outcome, alone.error_code) == (Outcome.DECLINED, "authentication_required")


def test_amounts_without_decimals_keep_their_size(case: Case) -> None:
    _request, report = case.charged(payment_method="pm_card_visa", amount=Money(5_003, "XOF"))

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, Money(5_003, "XOF"))


def test_a_reference_used_for_another_amount_is_unknown(case: Case) -> None:
    request, _report = case.charged()

    _other, report = case.charged(reference=request.reference, amount=Money(4_21, "EUR"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "idempotency_error")


def test_a_rate_limit_was_not_executed(case: Case) -> None:
    request = case.request()
    case.go_wrong("rate_limit_429", operation="charge")

    report = case.gateway.charge(request)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "rate_limit")
    assert case.look_up(request).error_code == "not_found"


@pytest.mark.parametrize("fault", ["status_500_not_executed", "status_500_executed"])
def test_a_cancel_that_met_an_error_goes_through_the_next_time(case: Case, fault: str) -> None:
    """Stripe keeps a 500 under its key for a day; meanwhile the payer could still pay."""
    request, report = case.charged()
    asked = LookUpRequest(request.reference, report.gateway_payment_id, amount=request.amount)
    case.go_wrong(fault, operation="cancel")

    outcomes = [case.gateway.cancel(asked).outcome for _ in range(2)]

    assert outcomes == [Outcome.UNKNOWN, Outcome.CANCELLED]


def test_an_unlisted_status_is_named(case: Case) -> None:
    case.go_wrong("unknown_status", operation="charge")

    _request, report = case.charged()

    assert (report.error_code, report.gateway_status) == ("unlisted_status", "requires_teleportation")


def test_part_of_a_hold_can_be_captured(case: Case) -> None:
    request, held = case.authorized()

    report = case.gateway.capture(case.capture_request(request, held, Money(4_21, "EUR")))

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, Money(4_21, "EUR"))


def test_more_than_was_held_is_not_captured(case: Case) -> None:
    request, held = case.authorized()

    report = case.gateway.capture(case.capture_request(request, held, Money(99_99, "EUR")))

    assert report.outcome is Outcome.AUTHORIZED


def test_a_pending_refund_ends_by_itself(case: Case) -> None:
    wanted = case.refund_request(*case.charged(payment_method="pm_card_pendingRefund"))

    report = case.gateway.refund(wanted)
    case.simulator.control("POST", "/webhooks/drain")

    assert report.outcome is Outcome.PENDING
    assert case.gateway.look_up_refund(case.asking(wanted, report)).outcome is Outcome.SUCCEEDED


def test_a_disputed_charge_is_not_refunded(case: Case) -> None:
    request, paid = case.charged(payment_method="pm_card_createDispute")

    report = case.gateway.refund(case.refund_request(request, paid))

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "charge_disputed")


def test_a_payout_to_our_own_bank_goes_its_way(case: Case) -> None:
    case.fund()
    bank = case.simulator.control("POST", "/stripe/bank_accounts", secret_key=case.account)["id"]
    wanted = case.payout_request(destination=Destination(DestinationKind.BANK_ACCOUNT, bank))

    sent = case.gateway.pay_out(wanted)
    outcomes = [sent.outcome]
    for status in ("in_transit", "paid", "failed"):
        case.simulator.control("POST", f"/stripe/payouts/{sent.gateway_payment_id}", status=status)
        report = case.gateway.look_up_payout(case.asking(wanted, sent))
        outcomes.append(report.outcome)

    assert outcomes == [Outcome.PENDING, Outcome.PENDING, Outcome.SUCCEEDED, Outcome.DECLINED]
    assert report.error_code == "payout_account_closed"


def test_money_that_is_not_there_is_not_paid_out(case: Case) -> None:
    report = case.gateway.pay_out(case.payout_request())

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "balance_insufficient")


def test_an_unknown_id_is_not_found_and_stays_unknown(case: Case) -> None:
    for ask, key in (
        (case.gateway.look_up, "pi_3Nowhere"),
        (case.gateway.look_up_refund, "re_3Nowhere"),
        (case.gateway.look_up_payout, "tr_3Nowhere"),
        (case.gateway.look_up_payout, "po_3Nowhere"),
        (case.gateway.look_up_dispute, "du_3Nowhere"),
    ):
        report = ask(LookUpRequest("any", gateway_payment_id=key))
        assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found")


# --- Webhook secrets ------------------------------------------------------------------------------------------------


def test_both_secrets_count_while_one_replaces_the_other(case: Case) -> None:
    for name in ("webhook_secret", "webhook_secret_previous"):
        webhook = sign_stripe(BODY, secret=case.credentials.get(name))
        assert case.gateway.verify_webhook(webhook).event_id == "evt_3Odd"


def test_the_old_secret_is_refused_once_the_change_is_over(case: Case) -> None:
    values = dict(case.credentials.values)
    old = values.pop("webhook_secret_previous")

    with pytest.raises(WebhookRefused):
        case.remake(Credentials(values)).verify_webhook(sign_stripe(BODY, secret=old))


def test_an_empty_secret_closes_the_endpoint(case: Case) -> None:
    closed = case.remake(Credentials(dict(case.credentials.values) | {"webhook_secret": ""}))

    with pytest.raises(WebhookRefused):
        closed.verify_webhook(sign_stripe(BODY, secret=""))


@pytest.mark.parametrize(("seconds", "is_fresh"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_webhook_is_fresh_within_five_minutes_on_both_sides(case: Case, seconds: int, *, is_fresh: bool) -> None:
    webhook = sign_stripe(BODY, secret=case.credentials.get("webhook_secret"), signed_at=NOW + seconds)

    if is_fresh:
        assert case.gateway.verify_webhook(webhook).event_id == "evt_3Odd"
    else:
        with pytest.raises(WebhookRefused):
            case.gateway.verify_webhook(webhook)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"a=1", b"[" * 100_000, b'{"id":"evt_1"}'])
def test_a_signed_body_that_is_no_event_is_refused(case: Case, body: bytes) -> None:
    webhook = sign_stripe(body, secret=case.credentials.get("webhook_secret"))

    with pytest.raises(WebhookRefused):
        case.gateway.verify_webhook(dataclasses.replace(webhook, body=body))

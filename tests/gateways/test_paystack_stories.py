"""What happens at Paystack over time, as the adapter tells it: reversals, fees, passwords, settlements."""

from datetime import UTC, datetime, timedelta

import pytest

from common.money import Money
from gateways.contract import LookUpRequest, Outcome, RefundRequest
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.simulated import Simulator


@pytest.fixture
def paystack(simulator: Simulator, http: GatewayHttp) -> Case:
    simulator.clear_faults()
    return cases.make("paystack", simulator=simulator, http=http)


def change(case: Case, path: str = "/accounts", **wanted: object) -> dict[str, object]:
    key = case.credentials.get("secret_key")
    told: dict[str, object] = case.simulator.control("POST", f"/paystack{path}", secret_key=key, **wanted)
    return told


def test_a_reversal_that_our_refund_explains_is_no_news(paystack: Case) -> None:
    request, paid = paystack.paid()
    wanted = paystack.refund_request(request, paid)
    paystack.act_refund(wanted, paystack.gateway.refund(wanted), Outcome.SUCCEEDED)

    report = paystack.look_up(request, paid)

    assert (report.outcome, report.gateway_status, report.amount) == (Outcome.SUCCEEDED, "reversed", request.amount)


def test_a_reversal_that_a_dispute_explains_is_told_by_the_dispute(paystack: Case) -> None:
    request, paid = paystack.paid()
    paystack.reverse(request, paid)

    charge = paystack.look_up(request, paid)
    dispute = paystack.gateway.look_up_dispute(LookUpRequest("", keep=paid.keep))

    assert (charge.outcome, charge.gateway_status) == (Outcome.SUCCEEDED, "reversed")
    assert (dispute.outcome, dispute.about, dispute.amount) == (Outcome.REVERSED, request.reference, request.amount)


def test_a_dispute_that_was_won_leaves_the_payment_paid(paystack: Case) -> None:
    request, paid = paystack.paid()
    number = change(paystack, f"/transactions/{request.reference}/dispute")["dispute"]
    opened = paystack.gateway.look_up_dispute(LookUpRequest("", str(number)))
    change(paystack, f"/disputes/{number}/resolve", resolution="declined")

    won = paystack.gateway.look_up_dispute(LookUpRequest("", str(number)))

    assert (opened.outcome, won.outcome) == (Outcome.PENDING, Outcome.SUCCEEDED)
    assert paystack.look_up(request, paid).gateway_status == "success"


@pytest.mark.parametrize("operation", ["list_refunds", "transaction_disputes"])
def test_a_reversal_that_nobody_can_explain_now_is_unknown(paystack: Case, operation: str) -> None:
    request, paid = paystack.paid()
    change(paystack, f"/transactions/{request.reference}/reverse")
    paystack.simulator.go_wrong("status_503", gateway="paystack", operation=operation)

    assert paystack.look_up(request, paid).outcome is Outcome.UNKNOWN
    assert paystack.look_up(request, paid).outcome is Outcome.REVERSED


def test_fees_that_the_payer_bears_are_not_taken_from_us(paystack: Case) -> None:
    change(paystack, payer_bears_fees=True)

    request, paid = paystack.paid()

    assert (paid.amount, paid.fee) == (request.amount, Money(0, "NGN"))
    assert paid.raw["amount"] > paid.raw["requested_amount"] == request.amount.minor


def test_fees_that_we_bear_are_told(paystack: Case) -> None:
    _request, paid = paystack.paid(amount=Money(200_00, "NGN"))

    assert paid.fee == Money(3_00, "NGN")


def test_whole_francs_arrive_as_whole_francs(paystack: Case) -> None:
    request, paid = paystack.paid(amount=Money(5_003, "XOF"))

    [payment] = [payment for payment in paystack.books()["payments"] if payment["reference"] == request.reference]
    assert (payment["amount"], payment["captured"]) == (500_300, 500_300)
    assert paid.amount == Money(5_003, "XOF")


def test_an_underscore_of_ours_comes_back_as_one(paystack: Case) -> None:
    request = paystack.request(reference=f"att_{paystack.reference()}")

    charged = paystack.gateway.charge(request)

    assert charged.gateway_payment_id == request.reference.replace("_", ".")
    assert paystack.look_up(request).reference == request.reference


def test_a_saved_card_may_still_be_declined(paystack: Case) -> None:
    customer = paystack.gateway.create_customer(reference="c", email="ada@payer.example", name="Ada")
    token = str(change(paystack, "/authorizations", customer=customer, card="declined")["authorization_code"])

    report = paystack.gateway.charge(paystack.request(payment_method=token))

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "declined")


def test_a_saved_card_of_somebody_else_is_refused(paystack: Case) -> None:
    customer = paystack.gateway.create_customer(reference="c", email="eve@payer.example", name="Eve")
    assert paystack.save_method is not None

    report = paystack.gateway.charge(paystack.request(payment_method=paystack.save_method(customer)))

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "invalid_params")


def test_a_saved_card_whose_answer_was_lost_is_charged_once(paystack: Case) -> None:
    customer = paystack.gateway.create_customer(reference="c", email="ada@payer.example", name="Ada")
    assert paystack.save_method is not None
    request = paystack.request(payment_method=paystack.save_method(customer))
    paystack.simulator.go_wrong("execute_then_reset", gateway="paystack", operation="charge_authorization")

    lost, again = paystack.gateway.charge(request), paystack.gateway.charge(request)

    assert (lost.outcome, again.outcome, again.amount) == (Outcome.UNKNOWN, Outcome.SUCCEEDED, request.amount)
    assert paystack.books()["creates"][request.reference] == 1


def test_a_transfer_that_waits_for_a_password_is_a_fault_of_the_set_up(paystack: Case) -> None:
    paystack.fund()
    change(paystack, needs_otp=True)

    report = paystack.gateway.pay_out(paystack.payout_request())

    assert (report.outcome, report.error_code) == (Outcome.REQUIRES_ACTION, "transfer_needs_otp")


def test_a_transfer_without_money_is_declined_and_takes_none(paystack: Case) -> None:
    wanted = paystack.payout_request()

    report = paystack.gateway.pay_out(wanted)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "insufficient_balance")
    assert wanted.reference not in paystack.books()["payouts"]


def test_a_transfer_reference_with_another_amount_is_unknown(paystack: Case) -> None:
    paystack.fund()
    wanted = paystack.payout_request()
    paystack.gateway.pay_out(wanted)

    report = paystack.gateway.pay_out(paystack.payout_request(reference=wanted.reference, amount=Money(51_07, "NGN")))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "reference_reused")
    assert paystack.books()["payouts"][wanted.reference] == 1


def test_an_open_settlement_tells_only_what_will_not_change(paystack: Case) -> None:
    request, paid = paystack.paid(amount=Money(100_00, "NGN"))
    wanted = paystack.refund_request(request, paid, Money(40_00, "NGN"))
    paystack.act_refund(wanted, paystack.gateway.refund(wanted), Outcome.SUCCEEDED)
    now = datetime.now(UTC)

    page = paystack.gateway.settlements(since=now - timedelta(days=1), until=now + timedelta(days=1))

    assert [(line.kind, line.gross_minor, line.settlement_id) for line in page.lines] == [("payment", 100_00, "")]


def test_a_refund_finds_its_payment_by_our_reference_alone(paystack: Case) -> None:
    request, _paid = paystack.paid()
    wanted = RefundRequest(paystack.reference(), request.reference, "", request.amount, request.amount)

    report = paystack.gateway.refund(wanted)

    assert (report.outcome, report.amount, report.about) == (Outcome.PENDING, request.amount, request.reference)
    assert paystack.gateway.look_up_refund(paystack.asking(wanted, report)).outcome is Outcome.PENDING


def test_a_settlement_adds_up(paystack: Case) -> None:
    first, _ = paystack.paid(amount=Money(200_00, "NGN"))
    second, paid = paystack.paid(amount=Money(100_00, "NGN"))
    wanted = paystack.refund_request(second, paid, Money(40_00, "NGN"))
    paystack.act_refund(wanted, paystack.gateway.refund(wanted), Outcome.SUCCEEDED)
    paystack.settle()
    now = datetime.now(UTC)

    page = paystack.gateway.settlements(since=now - timedelta(days=1), until=now + timedelta(days=1))

    assert [(line.kind, line.gross_minor, line.fee_minor) for line in page.lines] == [
        ("payment", 100_00, 1_50),
        ("payment", 200_00, 3_00),
        ("deduction", -40_00, 0),
        ("payout", -255_50, 0),
    ]
    assert sum(line.net_minor for line in page.lines) == 0
    assert len({line.settlement_id for line in page.lines}) == 1
    assert page.lines[1].reference == first.reference
    rest = paystack.gateway.settlements(
        since=now - timedelta(days=1), until=now + timedelta(days=1), cursor=page.next_cursor
    )
    assert (rest.lines, rest.next_cursor) == ((), "")

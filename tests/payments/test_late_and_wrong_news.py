"""News that lies, comes too late or never, and doors that must be closed: what is booked, flagged, asked again."""

from datetime import timedelta

import pytest

from events.models import OutboxEvent
from gateways.contract import Outcome
from payments.models.payment import Flag
from payments.states import AttemptState, Status
from tests.payments.doubt import assert_charged_once, the_attempt, the_payment
from tests.support.api import Api, attempt_of, let_leases_run_out, settle, sweep
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_payment, tell
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "pm_card_visa"
DAY = timedelta(days=1)


@pytest.mark.row("B14", "C12")
@pytest.mark.parametrize("lie", ["wrong_amount", "wrong_currency", "wrong_reference"])
def test_an_answer_about_something_else_books_nothing(api: Api, levers: Levers, merchant: Merchant, lie: str) -> None:
    """B14: success, but of another amount, currency or reference: for a person to see."""
    levers.fault(lie)

    api.create(paymentToken=CARD)

    payment = the_payment()
    assert (payment.status, payment.flag) == (Status.PROCESSING, Flag.MISMATCH)
    assert OutboxEvent.objects.filter(type="payment.flagged").count() == 1
    assert counts() == (0, 0)


@pytest.mark.row("B14")
def test_the_truth_is_booked_once_it_is_told(api: Api, levers: Levers, merchant: Merchant) -> None:
    """B14: the flag stays for a person, the money is where it belongs."""
    levers.fault("wrong_amount")
    api.create(paymentToken=CARD)

    let_leases_run_out()
    sweep()

    assert the_payment().flag == Flag.MISMATCH
    assert_charged_once(levers, merchant)


@pytest.mark.row("B26")
def test_an_answer_of_the_other_mode_books_nothing(api: Api, levers: Levers) -> None:
    """B26: live money cannot come of test credentials, nor the other way round."""
    levers.fault("live_mode_answer")

    api.create(paymentToken=CARD)

    assert (the_payment().status, the_payment().flag) == (Status.PROCESSING, Flag.MISMATCH)
    assert "mode" in the_payment().history.latest("id").reason
    assert counts() == (0, 0)


@pytest.mark.row("B24")
@pytest.mark.parametrize("given_up", [Status.FAILED, Status.CANCELLED, Status.EXPIRED])
def test_money_that_comes_after_it_was_given_up_is_booked_and_flagged(merchant: Merchant, given_up: Status) -> None:
    """B24: it arrived, so it is ours to account for; a person sees it, the caller is told."""
    attempt = make_payment(merchant, given_up, order_id="A-1042")

    tell(attempt, Outcome.SUCCEEDED)

    payment = the_payment()
    assert (payment.status, payment.flag, payment.order_claim) == (
        Status.COMPLETED,
        Flag.LATE_SUCCESS,
        "ticket_sale:A-1042",
    )
    told = OutboxEvent.objects.get(type="payment.completed")
    assert told.payload["flag"] == Flag.LATE_SUCCESS
    assert_books_balance()


@pytest.mark.row("B24", "B9")
def test_money_that_comes_for_an_order_paid_again_by_then_is_flagged_as_collected_twice(merchant: Merchant) -> None:
    """B9: both are booked, and the second is for a person to give back."""
    late = make_payment(merchant, Status.CANCELLED, order_id="A-1042")
    make_payment(merchant, Status.COMPLETED, order_id="A-1042")

    tell(late, Outcome.SUCCEEDED)

    late.payment.refresh_from_db()
    assert (late.payment.status, late.payment.flag) == (Status.COMPLETED, Flag.DUPLICATE_COLLECTION)
    assert late.payment.order_claim is None
    assert counts() == (2, 6)
    assert_books_balance()


@pytest.mark.row("B25")
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.PROCESSING, Status.FAILED])
def test_a_reversal_is_kept_for_a_person_and_moves_nothing(merchant: Merchant, status: Status) -> None:
    """B25: this release has no posting for it, so it must not pass by unseen."""
    attempt = make_payment(merchant, status)
    before = counts()

    assert tell(attempt, Outcome.REVERSED) == "kept for a person"

    assert (the_payment().status, the_payment().flag) == (status, Flag.CONTRADICTION)
    assert counts() == before
    assert_books_balance()


@pytest.mark.row("B28")
@pytest.mark.usefixtures("short_calls")
def test_what_stays_unresolved_is_flagged_and_never_given_up(api: Api, levers: Levers, merchant: Merchant) -> None:
    """B28: age is a label; the order stays reserved and we go on asking."""
    levers.fault("status_500_not_executed")
    api.create(orderId="A-1042", paymentToken=CARD)
    let_leases_run_out()

    sweep(after=15 * DAY)

    payment = the_payment()
    assert (payment.status, payment.flag) == (Status.PROCESSING, Flag.UNRESOLVED)
    assert payment.history.filter(changed=False, reason__startswith="open for longer").count() == 1
    assert OutboxEvent.objects.filter(type="payment.flagged", subject_id=payment.pk).count() == 1
    assert payment.order_claim == "ticket_sale:A-1042"
    assert the_attempt().next_check_at is not None
    assert_books_balance()


def test_a_declined_card_is_final_and_its_door_is_closed_at_the_gateway(
    api: Api, levers: Levers, merchant: Merchant
) -> None:
    answer = api.create(paymentToken="pm_card_visa_chargeDeclinedInsufficientFunds")
    assert (answer.status, answer.json["error"]) == (402, "PAYMENT_DECLINED")
    assert answer.json["details"] == [{"gateway": "stripe", "code": "insufficient_funds"}]

    sweep()

    assert [row["status"] for row in levers.payments(merchant)] == ["canceled"]
    assert (the_payment().status, the_payment().failure_code) == (Status.FAILED, "insufficient_funds")
    assert the_attempt().next_check_at is None
    assert_books_balance()


def test_an_unpaid_payment_expires_when_the_gateway_has_closed_it(api: Api, levers: Levers, merchant: Merchant) -> None:
    api.create(orderId="A-1042")
    let_leases_run_out()

    sweep(after=DAY)

    assert [row["status"] for row in levers.payments(merchant)] == ["canceled"]
    assert (the_payment().status, the_payment().order_claim) == (Status.EXPIRED, None)
    assert the_attempt().state == AttemptState.EXPIRED
    assert_books_balance()


def test_a_payment_paid_in_its_last_moment_does_not_expire(api: Api, levers: Levers, merchant: Merchant) -> None:
    answer = api.create()
    levers.pay(attempt_of(answer).gateway_payment_id)
    let_leases_run_out()

    sweep(after=DAY)

    assert_charged_once(levers, merchant)


@pytest.mark.usefixtures("short_calls")
def test_a_cancel_that_gets_no_answer_is_repeated_until_the_gateway_confirms(
    api: Api, levers: Levers, merchant: Merchant
) -> None:
    made = api.create()
    levers.fault("execute_then_hang", operation="cancel")

    answer = api.cancel(made.data["transactionId"])
    assert (answer.status, answer.data["status"]) == (202, Status.REQUIRES_ACTION)
    let_leases_run_out()
    sweep()

    assert the_payment().status == Status.CANCELLED
    assert [row["status"] for row in levers.payments(merchant)] == ["canceled"]


@pytest.mark.usefixtures("short_calls")
def test_a_charge_nobody_can_find_is_not_taken_for_cancelled(api: Api, levers: Levers, merchant: Merchant) -> None:
    """Not found is not 'not executed': it may still be on its way."""
    levers.fault("hang_without_executing")
    made = api.create(paymentToken=CARD)

    answer = api.cancel(made.data["transactionId"])

    assert (answer.status, answer.data["status"]) == (202, Status.PROCESSING)
    assert the_attempt().next_check_at is not None


@pytest.mark.usefixtures("short_calls")
def test_a_cancelled_charge_that_never_arrived_is_sent_again_so_that_it_can_be_cancelled(
    api: Api, levers: Levers, merchant: Merchant
) -> None:
    """Without the payer's token it collects nothing; otherwise the order would stay taken for ever."""
    levers.fault("hang_without_executing")
    made = api.create(orderId="A-1042")
    assert api.cancel(made.data["transactionId"]).status == 202

    for _ in range(3):
        let_leases_run_out()
        sweep()

    assert (the_payment().status, the_payment().order_claim) == (Status.CANCELLED, None)
    assert [(row["status"], row["captured"]) for row in levers.payments(merchant)] == [("canceled", 0)]


@pytest.mark.usefixtures("short_calls")
def test_a_cancelled_charge_with_the_payers_token_is_never_sent_again(
    api: Api, levers: Levers, merchant: Merchant
) -> None:
    levers.fault("hang_without_executing")
    made = api.create(paymentToken=CARD)
    api.cancel(made.data["transactionId"])

    for _ in range(3):
        let_leases_run_out()
        sweep()

    assert the_payment().status == Status.PROCESSING
    assert levers.payments(merchant) == []


@pytest.mark.row("C21")
def test_a_webhook_that_never_comes_is_made_up_for_by_asking(api: Api, levers: Levers, merchant: Merchant) -> None:
    """C21: the payer paid, nobody told us; the sweep finds it half a minute after the payment was made."""
    answer = api.create()
    levers.pay(attempt_of(answer).gateway_payment_id)
    assert (settle(), sweep()) == (0, [])

    sweep(after=timedelta(seconds=30))

    assert_charged_once(levers, merchant)

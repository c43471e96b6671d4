"""Gateways that do not answer, answer late, or lie: nothing is believed without proof, nobody is charged twice."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from common import clock
from common.remembered import forget_everything
from gateways.contract import GatewayReport, Outcome
from payments.models import PaymentAttempt
from payments.services.check import claim_due, run_claim
from payments.states import AttemptState, Status
from tests.payments.doubt import assert_charged_once, assert_unresolved, the_attempt, the_payment
from tests.support.api import Api, let_leases_run_out, sweep
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_payment, tell
from tests.support.scripted import ScriptedGateway, install
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "pm_card_visa"
DAY = timedelta(days=1)


@pytest.mark.row("B1", "B13")
@pytest.mark.parametrize(
    "fault",
    [
        "execute_then_hang",
        "execute_then_reset",
        "status_500_executed",
        "html",
        "empty",
        "truncated_json",
        "unknown_status",
        "oversize",
        "drip",
    ],
)
@pytest.mark.usefixtures("short_calls")
def test_a_charge_without_a_usable_answer_is_found_later(
    api: Api, levers: Levers, merchant: Merchant, fault: str
) -> None:
    """B1, B13: unknown, never failed and never paid; then our own reference finds it, once."""
    levers.fault(fault)

    answer = api.create(paymentToken=CARD)
    assert_unresolved(answer.status)
    let_leases_run_out()
    sweep()
    let_leases_run_out()
    sweep()

    assert levers.executed(the_attempt().reference)["create"] == 1
    assert_charged_once(levers, merchant)


@pytest.mark.row("B2")
@pytest.mark.parametrize("fault", ["hang_without_executing", "reset_without_executing", "status_503"])
@pytest.mark.usefixtures("short_calls")
def test_a_charge_that_was_not_executed_is_sent_again_with_its_reference(
    api: Api, levers: Levers, merchant: Merchant, fault: str
) -> None:
    """B2: the same reference, the same gateway, the same bytes."""
    levers.fault(fault)

    answer = api.create(paymentToken=CARD)
    assert_unresolved(answer.status)
    let_leases_run_out()
    sweep()

    calls = levers.calls(the_attempt().reference)["calls"]
    assert {call["idempotency_key"] for call in calls} == {f"pay:{the_attempt().reference}:create"}
    assert_charged_once(levers, merchant)


@pytest.mark.row("B2")
@pytest.mark.usefixtures("short_calls")
def test_a_stored_error_is_not_asked_for_again_and_again(api: Api, levers: Levers, merchant: Merchant) -> None:
    """B2: Stripe replays a 500 under its key for ever; asking by reference instead shows that nothing happened."""
    levers.fault("status_500_not_executed")

    assert_unresolved(api.create(paymentToken=CARD).status)
    for _ in range(4):
        let_leases_run_out()
        sweep()

    assert the_payment().status == Status.PROCESSING
    assert levers.received(the_attempt().reference)["create"] == 3
    assert levers.payments(merchant) == []
    assert counts() == (0, 0)


@pytest.mark.row("B2", "B11")
@pytest.mark.usefixtures("short_calls")
def test_nothing_is_sent_again_once_the_gateway_may_have_forgotten_the_key(
    api: Api, levers: Levers, merchant: Merchant
) -> None:
    """B11: after half of the retention a resend could be a second charge; from then on we only ask."""
    levers.fault("hang_without_executing")
    assert_unresolved(api.create(paymentToken=CARD).status)
    let_leases_run_out()

    sweep(after=timedelta(hours=12, seconds=1))
    let_leases_run_out()
    sweep(after=timedelta(hours=13))

    assert levers.received(the_attempt().reference) == {"create": 1}
    assert the_payment().status == Status.PROCESSING
    assert levers.payments(merchant) == []


@pytest.mark.row("B3")
def test_a_charge_that_takes_hours_succeeds_late(api: Api, levers: Levers, merchant: Merchant) -> None:
    """B3: pending stays pending, however often we ask."""
    answer = api.create(paymentToken="pm_usBankAccount_processing")
    assert (answer.status, answer.data["status"]) == (201, Status.PROCESSING)
    for hours in range(1, 3):
        let_leases_run_out()
        sweep(after=timedelta(hours=hours))
    assert the_payment().status == Status.PROCESSING

    levers.control("POST", f"/stripe/payment_intents/{the_attempt().gateway_payment_id}/settle", succeed=True)
    let_leases_run_out()
    sweep(after=timedelta(hours=3))

    assert_charged_once(levers, merchant)


@pytest.mark.row("B4")
@pytest.mark.parametrize(
    "fault", ["status_500_not_executed", "status_503", "rate_limit_429", "html", "hang_without_executing"]
)
@pytest.mark.usefixtures("short_calls")
def test_a_question_that_fails_changes_nothing(api: Api, levers: Levers, merchant: Merchant, fault: str) -> None:
    """B4: maintenance of the status page says nothing about the money; we ask again, ever more rarely."""
    api.create()
    before = the_attempt()
    waits = []
    for _ in range(3):
        levers.fault(fault, operation="retrieve")
        let_leases_run_out()
        sweep()
        next_check_at = the_attempt().next_check_at
        assert next_check_at is not None
        waits.append(next_check_at - clock.now())

    after = the_attempt()
    assert (after.state, after.gateway_payment_id) == (before.state, before.gateway_payment_id)
    assert the_payment().status == Status.REQUIRES_ACTION
    assert waits == sorted(waits)
    assert waits[2] > 2 * waits[0]


@pytest.mark.row("B5")
@pytest.mark.parametrize(
    "outcome", [Outcome.PENDING, Outcome.REQUIRES_ACTION, Outcome.UNKNOWN, Outcome.NOT_SENT, Outcome.DECLINED]
)
def test_what_is_paid_stays_paid(merchant: Merchant, outcome: Outcome) -> None:
    """B5: older news, or none, after a definite success."""
    attempt = make_payment(merchant, Status.COMPLETED)

    tell(attempt, outcome)

    attempt.refresh_from_db()
    assert the_payment().status == Status.COMPLETED
    assert (attempt.state, attempt.next_check_at) == (AttemptState.SUCCEEDED, None)
    assert_books_balance()


@pytest.mark.row("B6")
def test_a_gateway_that_refuses_connections_was_not_sent_anything(
    api: Api, merchant: Merchant, settings: Settings
) -> None:
    """B6: known not to have left; the payment is over at once, and the order free for another."""
    settings.SIMULATOR_URL = "http://127.0.0.1:1"

    answer = api.create(orderId="A-1042", paymentToken=CARD)

    assert (answer.status, answer.json["error"]) == (503, "GATEWAY_UNAVAILABLE")
    assert (the_payment().status, the_payment().order_claim) == (Status.FAILED, None)
    assert (the_attempt().state, the_attempt().next_check_at) == (AttemptState.NOT_SENT, None)
    assert counts() == (0, 0)


@pytest.mark.row("B6")
@pytest.mark.usefixtures("short_calls")
def test_that_a_second_sending_did_not_leave_says_nothing_of_the_first(
    api: Api, levers: Levers, merchant: Merchant, settings: Settings
) -> None:
    """B6: the first may have been executed; only news of it ends the doubt."""
    levers.fault("execute_then_hang")
    api.create(paymentToken=CARD)
    settings.SIMULATOR_URL = "http://127.0.0.1:1"
    forget_everything()
    let_leases_run_out()
    sweep()
    assert_unresolved(202)

    settings.SIMULATOR_URL = levers.url
    forget_everything()
    let_leases_run_out()
    sweep()

    assert_charged_once(levers, merchant)


# --- A gateway that promises that "not found" means "not executed" ----------------------------------------------------


@pytest.fixture
def promising(monkeypatch: pytest.MonkeyPatch, merchant: Merchant) -> ScriptedGateway:
    """Remembers no key for sure, and knows every reference it ever accepted."""
    gateway = install(monkeypatch, key_retention=None, not_found_is_final=True)
    gateway.on_charge = gateway.on_look_up = not_found
    return gateway


def not_found(_: object) -> GatewayReport:
    return GatewayReport(Outcome.UNKNOWN, error_code="not_found")


def asked(minutes: int) -> None:
    """As if the sweep came by so long after the charge was sent."""
    now = clock.now() + timedelta(minutes=minutes)
    PaymentAttempt.objects.filter(next_check_at__isnull=False).update(next_check_at=now)
    for claim in claim_due(now=now, limit=10):
        run_claim(claim, now=now)


@pytest.mark.row("B2")
def test_what_was_surely_never_heard_is_sent_again_with_its_reference(
    api: Api, promising: ScriptedGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2: not found twice, a minute apart, and long after the first request can still be under way."""
    api.create()
    for minutes in (1, 5, 9):
        asked(minutes)
    assert len(promising.charged) == 1

    asked(11)

    assert len(promising.charged) == 2
    assert promising.charged[0] == promising.charged[1]


@pytest.mark.row("B2")
def test_one_answer_that_it_is_not_found_is_not_enough(api: Api, promising: ScriptedGateway) -> None:
    """B2: the second within a minute says nothing new."""
    promising.on_look_up = lambda _: GatewayReport(Outcome.UNKNOWN, error_code="status_503")
    api.create()
    PaymentAttempt.objects.update(not_found_since=None, error_code="")

    promising.on_look_up = not_found
    asked(20)

    assert len(promising.charged) == 1


def test_a_gateway_without_the_promise_is_only_asked(
    api: Api, monkeypatch: pytest.MonkeyPatch, merchant: Merchant
) -> None:
    gateway = install(monkeypatch, key_retention=None)
    gateway.on_charge = gateway.on_look_up = not_found
    api.create()

    for minutes in (1, 11, 30, 600):
        asked(minutes)

    assert len(gateway.charged) == 1

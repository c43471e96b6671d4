"""Another gateway is tried only when nothing can come of the first; money that comes by two is booked and shown."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from common import clock
from common.ids import uuid7
from common.money import Money
from common.remembered import forget_everything
from gateways.breaker import CircuitBreaker, circuit_name
from gateways.contract import ChargeRequest, GatewayReport, NextAction, NextActionKind, Outcome
from gateways.models import Breaker, GatewayAccount
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.models.attempt import CloseReason, NextStep
from payments.models.payment import Flag
from payments.states import AttemptState, Status
from tests.support.api import Api, api_of, let_leases_run_out, sweep
from tests.support.books import assert_books_balance, balance_of
from tests.support.factories import GROSS, Merchant, make_gateway_account, tell
from tests.support.scripted import ScriptedGateway, install
from wallets.chart import AccountKind

pytestmark = pytest.mark.django_db(transaction=True)

NOT_SENT = GatewayReport(Outcome.NOT_SENT, error_code="connect_failed")
UNKNOWN = GatewayReport(Outcome.UNKNOWN, error_code="total_deadline")


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch, merchant: Merchant) -> ScriptedGateway:
    return install(monkeypatch)


@pytest.fixture
def second_account(merchant: Merchant) -> GatewayAccount:
    return make_gateway_account(merchant.tenant, gateway="second", name="Second", priority=200)


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch, second_account: GatewayAccount) -> ScriptedGateway:
    gateway = install(monkeypatch, "second")
    gateway.on_charge = page
    return gateway


@pytest.fixture
def api(merchant: Merchant, first: ScriptedGateway, second: ScriptedGateway) -> Api:
    return api_of(merchant)


def page(request: ChargeRequest) -> GatewayReport:
    """The payer is sent to a page of the gateway."""
    return GatewayReport(
        Outcome.REQUIRES_ACTION,
        gateway_payment_id=f"gw_{request.reference}",
        reference=request.reference,
        amount=request.amount,
        livemode=False,
        next_action=NextAction(NextActionKind.REDIRECT, "https://second.example/pay"),
    )


def declined(code: str) -> Callable[[ChargeRequest], GatewayReport]:
    return lambda request: GatewayReport(Outcome.DECLINED, reference=request.reference, error_code=code)


def attempts() -> list[PaymentAttempt]:
    return list(PaymentAttempt.objects.order_by("number"))


@pytest.mark.row("B6")
def test_what_was_not_sent_goes_to_the_next_gateway(api: Api, first: ScriptedGateway, second: ScriptedGateway) -> None:
    """B6: connect refused, so nothing can come of it."""
    first.on_charge = lambda _: NOT_SENT

    answer = api.create()

    assert (answer.status, answer.data["status"]) == (201, Status.REQUIRES_ACTION)
    assert (answer.data["gateway"], answer.data["redirectUrl"]) == ("second", "https://second.example/pay")
    one, two = attempts()
    assert (one.state, two.state) == (AttemptState.NOT_SENT, AttemptState.PENDING)
    assert first.charged[0].reference != second.charged[0].reference
    assert first.charged[0].amount == second.charged[0].amount == Money(GROSS, "EUR")
    assert "connect_failed" in PaymentHistory.objects.get(reason__contains="tried Second").reason
    assert two.routing["after"] == one.gateway_account.name


@pytest.mark.row("B8")
def test_a_refusal_that_may_pass_elsewhere_is_tried_there_and_no_further(
    api: Api, first: ScriptedGateway, second: ScriptedGateway, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B8: a new attempt, a new reference, at most two."""
    make_gateway_account(merchant.tenant, gateway="third", name="Third", priority=250)
    third = install(monkeypatch, "third")
    first.on_charge = declined("amount_too_small")
    second.on_charge = declined("amount_too_small")

    answer = api.create()

    assert answer.status == 402
    assert [attempt.state for attempt in attempts()] == [AttemptState.DECLINED, AttemptState.DECLINED]
    assert third.charged == []
    assert Payment.objects.get().status == Status.FAILED


@pytest.mark.row("B7")
@pytest.mark.parametrize("code", ["stolen_card", "fraudulent", "a_code_nobody_listed"])
def test_a_final_refusal_is_tried_nowhere_else(
    api: Api, first: ScriptedGateway, second: ScriptedGateway, code: str
) -> None:
    """B7: what is refused for good, or by a code we do not know, is refused."""
    first.on_charge = declined(code)

    assert api.create().status == 402
    assert second.charged == []


@pytest.mark.row("B1")
def test_nobody_else_is_asked_while_the_outcome_is_unknown(
    api: Api, first: ScriptedGateway, second: ScriptedGateway
) -> None:
    """B1: whatever the first gateway's status endpoint says or does not say, and for however long."""
    first.on_charge = lambda _: UNKNOWN
    first.on_look_up = lambda _: GatewayReport(Outcome.UNKNOWN, error_code="status_503")

    answer = api.create()
    for _ in range(20):
        let_leases_run_out()
        sweep()

    assert answer.status == 202
    assert second.charged == []
    assert len({request.reference for request in first.charged}) == 1
    assert Payment.objects.get().status == Status.PROCESSING
    assert "no other gateway is tried" in PaymentHistory.objects.filter(source="answer").latest("id").reason


def test_a_second_request_meanwhile_is_refused(api: Api, first: ScriptedGateway, second: ScriptedGateway) -> None:
    first.on_charge = lambda _: UNKNOWN
    api.create(orderId="A-1042")

    again = api.create(key="key-2", orderId="A-1042", preferredGateways=["second"])

    assert (again.status, again.json["error"]) == (409, "ORDER_HAS_PAYMENT")
    assert second.charged == []


@pytest.mark.row("B9", "B10")
def test_a_door_that_the_payer_can_still_open_lets_nobody_else_in(
    api: Api, first: ScriptedGateway, second: ScriptedGateway
) -> None:
    """B9, B10: a declined charge at a gateway where the payer may try again is closed there, not opened elsewhere."""
    first.on_charge = lambda request: GatewayReport(
        Outcome.DECLINED, gateway_payment_id="pi_open", reference=request.reference, error_code="generic_decline"
    )

    assert api.create().status == 402
    assert second.charged == []
    assert attempts()[0].next_step == NextStep.CANCEL


def test_a_token_of_the_payer_is_good_at_its_own_gateway_only(
    api: Api, first: ScriptedGateway, second: ScriptedGateway
) -> None:
    first.on_charge = lambda _: NOT_SENT

    assert api.create(paymentToken="pm_odd").status == 503
    assert second.charged == []


def test_when_the_next_is_away_too_nothing_was_sent_and_the_key_is_free(
    api: Api, first: ScriptedGateway, second: ScriptedGateway
) -> None:
    first.on_charge = second.on_charge = lambda _: NOT_SENT

    assert api.create(orderId="A-1042").status == 503
    second.on_charge = page
    again = api.create(orderId="A-1042")

    assert again.status == 201
    assert Payment.objects.count() == 2


def test_doubt_about_the_second_is_doubt(api: Api, first: ScriptedGateway, second: ScriptedGateway) -> None:
    first.on_charge = lambda _: NOT_SENT
    second.on_charge = lambda _: UNKNOWN

    answer = api.create()

    assert answer.status == 202
    assert [attempt.state for attempt in attempts()] == [AttemptState.NOT_SENT, AttemptState.UNKNOWN]


def test_the_database_refuses_a_second_open_attempt(api: Api, first: ScriptedGateway) -> None:
    first.on_charge = page
    api.create()
    (open_one,) = attempts()
    open_one.pk, open_one.public_id, open_one.number, open_one.gateway_payment_id = None, uuid7(), 2, ""

    with pytest.raises(IntegrityError, match=r"attempt_one_open"):
        open_one.save(force_insert=True)


# --- Money by two roads ---------------------------------------------------------------------------------------------


def fell_back(api: Api, first: ScriptedGateway) -> tuple[PaymentAttempt, PaymentAttempt]:
    first.on_charge = lambda _: NOT_SENT
    assert api.create().status == 201
    one, two = PaymentAttempt.objects.select_related("payment", "gateway_account").order_by("number")
    return one, two


@pytest.mark.row("B9", "B24")
def test_late_money_of_the_first_pays_the_payment_and_closes_the_second(api: Api, first: ScriptedGateway) -> None:
    """B9: what nobody expected any more has come; the second door is shut."""
    one, two = fell_back(api, first)

    tell(one, Outcome.SUCCEEDED)

    one.refresh_from_db()
    two.refresh_from_db()
    payment = Payment.objects.get()
    assert (payment.status, payment.gateway, one.state) == (Status.COMPLETED, "stripe", AttemptState.LATE)
    assert (two.next_step, two.close_reason) == (NextStep.CANCEL, CloseReason.SUPERSEDED)
    assert balance_of(AccountKind.GATEWAY_CLEARING, one.gateway_account_id) == GROSS
    assert_books_balance()

    tell(two, Outcome.CANCELLED)
    two.refresh_from_db()
    assert (two.state, two.next_check_at) == (AttemptState.CANCELLED, None)
    assert (Payment.objects.get().status, Payment.objects.get().flag) == (Status.COMPLETED, "")


@pytest.mark.row("B9")
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_money_by_both_is_booked_twice_and_earned_once(
    api: Api, first: ScriptedGateway, order: tuple[int, int]
) -> None:
    """B9: the second payment of the payer waits in suspense until it is sent back; told again, it changes nothing."""
    by_number = dict(zip((1, 2), fell_back(api, first), strict=True))

    for number in (*order, *order):
        tell(by_number[number], Outcome.SUCCEEDED)

    payment = Payment.objects.get()
    assert (payment.status, payment.flag) == (Status.COMPLETED, Flag.DUPLICATE_COLLECTION)
    assert balance_of(AccountKind.SUSPENSE) == GROSS
    for attempt in by_number.values():
        assert balance_of(AccountKind.GATEWAY_CLEARING, attempt.gateway_account_id) == GROSS
    assert "refund that one" in payment.history.latest("id").reason
    assert_books_balance()


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.CANCELLED, Outcome.EXPIRED, Outcome.PENDING])
def test_other_news_of_the_first_leaves_the_payment_to_the_second(
    api: Api, first: ScriptedGateway, outcome: Outcome
) -> None:
    one, two = fell_back(api, first)

    tell(one, outcome)

    two.refresh_from_db()
    assert (Payment.objects.get().status, two.state) == (Status.REQUIRES_ACTION, AttemptState.PENDING)
    assert Payment.objects.get().flag == ""


@pytest.mark.row("B20")
def test_nothing_is_written_while_everybody_is_known_to_be_down(
    api: Api, first: ScriptedGateway, second: ScriptedGateway
) -> None:
    """B20: refused at once, the key still free; the first who may try again does."""
    for code in ("stripe", "second"):
        for _ in range(5):
            CircuitBreaker(circuit_name(code, livemode=False)).failed("total_deadline")

    answer = api.create()

    assert (answer.status, answer.json["error"]) == (503, "GATEWAY_UNAVAILABLE")
    assert answer.headers["retry-after"]
    assert not Payment.objects.exists()

    Breaker.objects.update(retry_at=clock.now())
    forget_everything()
    first.on_charge = page
    assert api.create().status == 201

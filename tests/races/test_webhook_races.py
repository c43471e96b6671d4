"""Webhooks at once, too early, and against our own calls: each fact is booked once, whoever comes first."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from common import clock
from gateways.models import InboundEvent, InboundState
from payments.models import Payment, PaymentAttempt
from payments.models.history import Source
from payments.states import AttemptState, Status
from reconciliation.apply import apply_inbox
from tests.support.api import api_of, attempt_of, let_leases_run_out, settle, sweep
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_gateway_account, make_merchant, make_payment
from tests.support.simulator import Levers, wait_until
from tests.support.threads import raised, together
from tests.support.web import Answer, Web
from tests.support.webhooks import signature_of, webhook_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


def delivering(web: Web, merchant: Merchant, body: bytes) -> Callable[[], Answer]:
    headers = {"Stripe-Signature": signature_of(body, secret=merchant.webhook_secret)}
    return lambda: web.request("POST", merchant.webhook_path, body=body, headers=headers)


@pytest.mark.row("C1")
def test_one_event_a_hundred_times_at_once_is_booked_once(webs: tuple[Web, Web], merchant: Merchant) -> None:
    """C1: all are answered with 200, by two processes; one is stored, one is applied."""
    body = webhook_of(make_payment(merchant))

    answers = together([delivering(webs[number % 2], merchant, body) for number in range(100)])
    settled = together([settle] * 4)

    assert raised([*answers, *settled]) == []
    assert {answer.status for answer in answers} == {200}
    assert InboundEvent.objects.count() == 1
    assert Payment.objects.get().status == Status.COMPLETED
    assert counts() == (1, 3)
    assert_books_balance()


@pytest.mark.row("C2")
def test_four_workers_on_doubled_events_book_each_payment_once(webs: tuple[Web, Web], merchant: Merchant) -> None:
    """C2: sixty events about twenty payments, under ids of their own, settled by four at once; no deadlock."""
    attempts = [make_payment(merchant) for _ in range(20)]
    bodies = [webhook_of(attempt) for attempt in attempts for _ in range(3)]
    assert raised(together([delivering(webs[n % 2], merchant, body) for n, body in enumerate(bodies)])) == []

    def work() -> int:
        taken = 0
        while count := apply_inbox(now=clock.now(), limit=7):
            taken += count
        return taken

    taken = together([work] * 4)

    assert raised(taken) == []
    assert sum(taken) == 60
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {InboundState.APPLIED}
    assert counts() == (20, 60)
    assert_books_balance()


@pytest.mark.row("C10")
def test_a_webhook_that_arrives_before_our_call_returns_is_parked_and_applied(
    webs: tuple[Web, Web], levers: Levers, merchant: Merchant
) -> None:
    """C10: Stripe tells us before it answers us; both say the same, and it is booked once."""
    levers.announce(merchant, webs[0].url + merchant.webhook_path)
    levers.fault("before_answer", match={"account": merchant.secret_key}, delay_ms=300)

    results = together(
        [lambda: webs[1].create(merchant, key="key-1", paymentToken="pm_card_visa"), _settle_what_comes_early]
    )

    assert raised(results) == []
    answer, state = results
    assert isinstance(answer, Answer)
    assert state == InboundState.PARKED
    levers.drain()
    wait_until(lambda: settle() == 0 and not InboundEvent.objects.filter(state__in=["received", "parked"]).exists())
    assert InboundEvent.objects.filter(state=InboundState.APPLIED, payment_id=Payment.objects.get().pk).exists()
    assert (answer.status, answer.data["status"]) == (201, Status.COMPLETED)
    assert counts() == (1, 3)
    assert_books_balance()


def _settle_what_comes_early() -> str:
    """What has become of the first event that says something of a payment, while the call is under way."""
    wait_until(lambda: InboundEvent.objects.filter(event_type="payment_intent.succeeded").exists())
    settle()
    return InboundEvent.objects.get(event_type="payment_intent.succeeded").state


@pytest.mark.row("C11")
def test_a_webhook_decides_where_our_call_never_gets_an_answer(
    webs: tuple[Web, Web], levers: Levers, merchant: Merchant
) -> None:
    """C11: the call hangs while the payer pays; nobody else is asked, and paid is what it ends as.

    Sent again under its key, the request only brings Stripe's first answer: that somebody has yet to pay. It is the
    webhook that knows better.
    """
    other = make_gateway_account(merchant.tenant, priority=200)
    levers.announce(merchant, webs[0].url + merchant.webhook_path)
    levers.fault("execute_then_hang", match={"account": merchant.secret_key})

    answers = together([lambda: webs[1].create(merchant, key="key-1"), lambda: _pay_what_hangs(levers, merchant)])
    assert raised(answers) == []
    levers.drain()
    settle()
    assert Payment.objects.get().status == Status.PROCESSING
    let_leases_run_out()
    sweep()
    assert Payment.objects.get().status == Status.REQUIRES_ACTION
    settle(after=timedelta(minutes=1))

    assert isinstance(answers[0], Answer)
    assert (answers[0].status, answers[0].data["status"]) == (202, Status.PROCESSING)
    attempt = PaymentAttempt.objects.get()
    assert (attempt.state, attempt.payment.status) == (AttemptState.SUCCEEDED, Status.COMPLETED)
    assert attempt.payment.history.get(status_after=Status.COMPLETED).source == Source.WEBHOOK
    assert not PaymentAttempt.objects.filter(gateway_account=other).exists()
    assert [row["charge_count"] for row in levers.payments(merchant)] == [1]
    assert counts() == (1, 3)
    assert_books_balance()


def _pay_what_hangs(levers: Levers, merchant: Merchant) -> None:
    """The object is there before we have heard of it."""
    (theirs,) = wait_until(lambda: levers.payments(merchant))
    levers.pay(theirs["gateway_payment_id"])


@pytest.mark.row("C2")
def test_webhook_and_sweep_at_once_book_once(webs: tuple[Web, Web], levers: Levers, merchant: Merchant) -> None:
    """C2: asked and told in the same moment."""
    levers.announce(merchant, webs[0].url + merchant.webhook_path)
    made = [api_of(merchant).create(key=f"key-{number}") for number in range(6)]
    for answer in made:
        levers.pay(attempt_of(answer).gateway_payment_id)
    levers.drain()
    let_leases_run_out()

    results = together([sweep, settle, sweep, settle])

    assert raised(results) == []
    assert list(Payment.objects.values_list("status", flat=True)) == [Status.COMPLETED] * 6
    assert counts() == (6, 18)
    assert_books_balance()

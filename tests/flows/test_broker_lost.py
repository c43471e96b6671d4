"""The broker dies, or forgets all that it held: the API goes on, and what waited is done once it is back."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db.models import QuerySet

from common import clock
from devstack.errors import StackError
from gateways.models import InboundEvent, InboundState
from tests.flows.conftest import Shop
from tests.support.api import attempt_of
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant
from tests.support.processes import BEAT, EVERY_QUEUE, Broker, Process, running_celery, worker
from tests.support.simulator import Levers, wait_until
from tests.support.web import running_web

pytestmark = pytest.mark.django_db(transaction=True)

# Workers and beat wait a little longer before each try to reach a broker.
BACK_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Stack:
    """A whole service on a broker of its own."""

    shop: Shop
    broker: Broker
    workers: tuple[Process, ...]

    def paid_at_the_gateway(self, *, key: str) -> object:
        """A payment whose webhook has been taken."""
        stored = successes().count()
        made = self.shop.pay(key=key)
        assert made.status == 201
        self.shop.levers.pay(attempt_of(made).gateway_payment_id)
        wait_until(lambda: successes().count() > stored)
        return made


@pytest.fixture
def stack(levers: Levers, merchant: Merchant, tmp_path: Path) -> Iterator[Stack]:
    try:
        broker = Broker(tmp_path)
    except StackError as missing:
        pytest.skip(str(missing))
    with ExitStack() as running:
        running.callback(broker.kill)
        place = {"broker": broker.url, "simulator": levers.url}
        web = running.enter_context(running_web(tmp_path, simulator=levers.url, CELERY_BROKER_URL=broker.url))
        commands = (worker("settle", queues="settle"), worker("others", queues=EVERY_QUEUE), BEAT)
        started = tuple(running.enter_context(running_celery(tmp_path, *command, **place)) for command in commands)
        levers.announce(merchant, web.url + merchant.webhook_path)
        yield Stack(Shop(web, levers, merchant), broker, started)


def successes() -> QuerySet[InboundEvent]:
    return InboundEvent.objects.filter(event_type="payment_intent.succeeded")


def wait_until_applied(stack: Stack, made: object) -> None:
    wait_until(lambda: stack.shop.status(made) == "completed", seconds=BACK_WITHIN_SECONDS)


@pytest.mark.row("H1", "C17")
def test_while_the_broker_is_down_the_api_takes_payments_and_webhooks(stack: Stack) -> None:
    """H1, C17: nobody waits for the broker; when it is back, empty, what was stored is applied, once."""
    wait_until_applied(stack, stack.paid_at_the_gateway(key="before"))

    stack.broker.kill()
    # Longer than the worker looks around for more before it waits for the next wake-up.
    clock.pause(1)
    started = clock.monotonic()
    made = [stack.paid_at_the_gateway(key=f"without-{number}") for number in range(3)]
    took = clock.monotonic() - started
    assert successes().filter(state=InboundState.RECEIVED).count() == 3
    stack.broker.start()

    for payment in made:
        wait_until_applied(stack, payment)
    assert took < 10
    assert counts() == (4, 12)
    assert_books_balance()


@pytest.mark.row("H2")
def test_a_broker_that_forgets_everything_loses_nothing(stack: Stack) -> None:
    """H2: FLUSHALL with wake-ups in the queues. No lock, no key and no work lived there."""
    wait_until_applied(stack, stack.paid_at_the_gateway(key="before"))

    for process in stack.workers:
        process.signal(signal.SIGSTOP)
    made = [stack.paid_at_the_gateway(key=f"forgotten-{number}") for number in range(3)]
    replayed = stack.shop.pay(key="forgotten-0")
    wait_until(lambda: stack.broker.tell("LLEN settle") not in (":0", ""))
    assert stack.broker.tell("FLUSHALL") == "+OK"
    for process in stack.workers:
        process.signal(signal.SIGCONT)

    for payment in made:
        wait_until_applied(stack, payment)
    assert replayed.is_replay
    assert counts() == (4, 12)
    assert_books_balance()

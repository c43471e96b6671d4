"""Told to stop, a process finishes what it is at. Killed, it leaves what another finishes. Nothing is lost or twice."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from common import clock
from devstack.errors import StackError
from devstack.programs import WEB_STOP_SECONDS
from gateways.models import InboundEvent, InboundState
from payments.models import Payment, PaymentAttempt
from payments.services.check import claim_due
from payments.states import Status
from tests.support import webhooks
from tests.support.api import Api, api_of, let_leases_run_out, settle, sweep
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_merchant
from tests.support.processes import EVERY_QUEUE, Broker, Process, running_celery, worker
from tests.support.simulator import Levers, wait_until
from tests.support.web import Answer, running_web

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "pm_card_visa"
Starter = Callable[[str], Process]


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def api(merchant: Merchant, levers: Levers) -> Api:
    return api_of(merchant)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    try:
        broker = Broker(tmp_path)
    except StackError as missing:
        pytest.skip(str(missing))
    yield broker
    broker.kill()


@pytest.fixture
def start(broker: Broker, levers: Levers, tmp_path: Path) -> Iterator[Starter]:
    """Start a worker for these queues."""
    with ExitStack() as running:

        def start(queues: str) -> Process:
            arguments = worker("of-a-test", queues=queues)
            return running.enter_context(running_celery(tmp_path, *arguments, broker=broker.url, simulator=levers.url))

        yield start


@contextmanager
def payment_held() -> Iterator[None]:
    """Somebody else has the payment's row, so that who wants it waits."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Payment.objects.select_for_update().get()
            held.set()
            done.wait(timeout=20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(timeout=10)
    yield
    done.set()
    holder.join(timeout=10)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def webhook_waits(api: Api, levers: Levers, merchant: Merchant) -> None:
    """A payment that is paid at the gateway, whose webhook is stored and not applied."""
    api.create()
    attempt = PaymentAttempt.objects.get()
    levers.pay(attempt.gateway_payment_id)
    webhooks.post(merchant, webhooks.webhook_of(attempt))


def assert_paid_once() -> None:
    assert Payment.objects.get().status == Status.COMPLETED
    assert counts() == (1, 3)
    assert_books_balance()


@pytest.mark.row("H7")
def test_a_web_process_told_to_stop_answers_what_it_has_taken(
    levers: Levers, merchant: Merchant, tmp_path: Path
) -> None:
    """H7: the gateway thinks for two seconds; the caller gets the answer, and the process ends after it."""
    levers.fault("slow", delay_ms=2000, match={"account": merchant.secret_key})
    answers: list[Answer] = []
    stop = ("--workers-kill-timeout", str(WEB_STOP_SECONDS))
    with running_web(tmp_path, *stop, simulator=levers.url, threads=2) as web:
        caller = threading.Thread(target=lambda: answers.append(web.create(merchant, key="key-1", paymentToken=CARD)))
        caller.start()
        wait_until(Payment.objects.exists)

        web.process.send_signal(signal.SIGTERM)
        caller.join(timeout=20)
        ended = web.process.wait(timeout=20)

    assert [(answer.status, answer.data["status"]) for answer in answers] == [(201, Status.COMPLETED)]
    assert ended == 0
    assert_paid_once()


@pytest.mark.row("H7")
def test_readiness_is_false_before_a_process_is_told_to_stop(levers: Levers, tmp_path: Path) -> None:
    """H7: who takes processes out of service makes the file, waits until nothing comes any more, and stops them."""
    drain = tmp_path / "draining"
    with running_web(tmp_path, simulator=levers.url, DRAIN_FILE=str(drain)) as web:
        before = web.request("GET", "/health/ready")
        drain.touch()
        after = web.request("GET", "/health/ready")
        alive = web.request("GET", "/health/live")

    assert (before.status, after.status, alive.status) == (200, 503, 200)
    assert after.headers["retry-after"] == "5"


@pytest.mark.row("H7")
def test_a_worker_told_to_stop_while_the_gateway_is_asked_writes_the_answer_down(
    api: Api, levers: Levers, merchant: Merchant, broker: Broker, start: Starter
) -> None:
    """H7: the claim is concluded, and the worker ends."""
    api.create()
    attempt = PaymentAttempt.objects.get()
    levers.pay(attempt.gateway_payment_id)
    levers.fault("slow", operation="retrieve", delay_ms=2000, match={"account": merchant.secret_key})
    let_leases_run_out()
    (claim,) = claim_due(now=clock.now(), limit=1)
    process = start(EVERY_QUEUE)
    broker.send("payments.tasks.run_claim", attempt_id=claim.attempt_id, fence=claim.fence)
    wait_until(lambda: levers.received(attempt.reference).get("retrieve"), seconds=30)

    process.ask_to_stop()

    assert process.wait() == 0
    assert_paid_once()


@pytest.mark.row("H8", "D3")
def test_a_worker_killed_while_the_gateway_is_asked_leaves_a_claim_that_is_due_again(
    api: Api, levers: Levers, merchant: Merchant, broker: Broker, start: Starter
) -> None:
    """H8: after the lease the sweep asks again. D3: the message that comes back meets an old fence and does nothing."""
    api.create()
    attempt = PaymentAttempt.objects.get()
    levers.pay(attempt.gateway_payment_id)
    levers.fault("slow", operation="retrieve", delay_ms=5000, match={"account": merchant.secret_key})
    let_leases_run_out()
    (claim,) = claim_due(now=clock.now(), limit=1)
    process = start(EVERY_QUEUE)
    broker.send("payments.tasks.run_claim", attempt_id=claim.attempt_id, fence=claim.fence)
    wait_until(lambda: levers.received(attempt.reference).get("retrieve"), seconds=30)

    process.kill()
    levers.clear_faults()
    assert Payment.objects.get().status == Status.REQUIRES_ACTION
    let_leases_run_out()
    sweep()
    asked = levers.received(attempt.reference)
    start(EVERY_QUEUE)
    for _ in range(2):
        broker.send("payments.tasks.run_claim", attempt_id=claim.attempt_id, fence=claim.fence)
    wait_until(lambda: broker.tell("LLEN gateways") == ":0", seconds=30)

    assert levers.received(attempt.reference) == asked
    assert_paid_once()


@pytest.mark.row("H7")
def test_a_worker_told_to_stop_while_it_books_finishes_the_batch(
    api: Api, levers: Levers, merchant: Merchant, broker: Broker, start: Starter
) -> None:
    """H7: the transaction ends with a commit, and the worker after it."""
    webhook_waits(api, levers, merchant)
    process = start("settle")
    with payment_held():
        broker.send("reconciliation.tasks.settle_inbox")
        wait_until(somebody_waits_for_a_lock, seconds=30)
        process.ask_to_stop()
        assert InboundEvent.objects.get().state == InboundState.RECEIVED

    assert process.wait() == 0
    assert InboundEvent.objects.get().state == InboundState.APPLIED
    assert_paid_once()


@pytest.mark.row("H8")
def test_a_worker_killed_while_it_books_leaves_the_batch_to_the_next(
    api: Api, levers: Levers, merchant: Merchant, broker: Broker, start: Starter
) -> None:
    """H8: nothing of the transaction is left, and the webhook is applied by who comes next, once."""
    webhook_waits(api, levers, merchant)
    process = start("settle")
    with payment_held():
        broker.send("reconciliation.tasks.settle_inbox")
        wait_until(somebody_waits_for_a_lock, seconds=30)
        process.kill()
    wait_until(lambda: not somebody_waits_for_a_lock())

    wait_until(settle)

    assert InboundEvent.objects.get().state == InboundState.APPLIED
    assert_paid_once()

"""A web process killed with SIGKILL at each point of taking a payment: what is left is finished, once."""

import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from payments.models import Payment, PaymentAttempt
from payments.states import AttemptState, Status
from tenants.models import IdempotencyRecord
from tests.support.api import Api, api_of, attempt_of, let_leases_run_out, sweep
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_merchant
from tests.support.simulator import Levers, wait_until
from tests.support.threads import raised, together
from tests.support.web import Answer, Web, running_web

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "pm_card_visa"


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def api(merchant: Merchant, levers: Levers) -> Api:
    """Another process of the service, which goes on living."""
    return api_of(merchant)


@pytest.fixture
def doomed(levers: Levers, transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path, simulator=levers.url, threads=2) as web:
        yield web


@pytest.fixture
def silent_gateway() -> Iterator[str]:
    """A gateway that lets callers in and never reads: as far as it is concerned nobody called."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/stripe"


def in_background(web: Web, merchant: Merchant, **fields: object) -> threading.Thread:
    """A caller who never gets an answer."""

    def call() -> None:
        try:
            web.create(merchant, **{"key": "key-1", "orderId": "A-1042", "paymentToken": CARD} | fields)
        except OSError:
            return

    thread = threading.Thread(target=call)
    thread.start()
    return thread


def the_payment() -> Payment | None:
    return Payment.objects.first()


def reference() -> str:
    return PaymentAttempt.objects.get().reference


def killed_when(web: Web, merchant: Merchant, *, so: Callable[[], object]) -> None:
    caller = in_background(web, merchant)
    wait_until(so)
    web.kill()
    caller.join(timeout=20)


def assert_charged_once(levers: Levers, merchant: Merchant) -> None:
    (theirs,) = levers.payments(merchant)
    (ours,) = Payment.objects.all()
    assert (theirs["charge_count"], theirs["captured"]) == (1, 13_37)
    assert ours.status == Status.COMPLETED
    assert ours.attempts.get().gateway_payment_id == theirs["gateway_payment_id"]
    assert_books_balance()


@pytest.mark.row("A6", "A10")
def test_killed_before_the_call_the_same_request_goes_on(
    levers: Levers, silent_gateway: str, merchant: Merchant, api: Api, tmp_path: Path
) -> None:
    """A6: everything is written, the gateway knows of nothing; the caller's retry resumes it, once.

    A10: until the lease of the dead process has run out the key is busy, and not for ever.
    """
    with running_web(tmp_path, simulator=silent_gateway, threads=2) as web:
        killed_when(web, merchant, so=the_payment)
    assert levers.payments(merchant) == []

    busy = api.create(orderId="A-1042", paymentToken=CARD)
    let_leases_run_out()
    resumed = api.create(orderId="A-1042", paymentToken=CARD)

    assert (busy.status, busy.json["error"]) == (409, "IDEMPOTENCY_REQUEST_IN_PROGRESS")
    assert busy.headers["retry-after"] == "1"
    assert (resumed.status, resumed.data["status"]) == (201, Status.COMPLETED)
    assert_charged_once(levers, merchant)


@pytest.mark.row("A6")
def test_killed_before_the_call_the_sweep_goes_on(
    levers: Levers, silent_gateway: str, merchant: Merchant, tmp_path: Path
) -> None:
    """A6: the caller never comes back; the payment is brought to its end all the same."""
    with running_web(tmp_path, simulator=silent_gateway, threads=2) as web:
        killed_when(web, merchant, so=the_payment)
    assert sweep() == []

    let_leases_run_out()
    sweep()

    assert_charged_once(levers, merchant)
    assert levers.executed(reference()) == {"create": 1}


@pytest.mark.row("A7")
def test_killed_during_the_call_the_sweep_finds_the_charge(doomed: Web, levers: Levers, merchant: Merchant) -> None:
    """A7: the gateway has charged, we know nothing; recovery uses our reference and finds the same object."""
    levers.fault("execute_then_hang", match={"account": merchant.secret_key})
    killed_when(doomed, merchant, so=lambda: the_payment() and levers.executed(reference()).get("create"))
    assert PaymentAttempt.objects.get().state == AttemptState.SENDING

    let_leases_run_out()
    sweep()

    assert_charged_once(levers, merchant)


@pytest.mark.row("A7")
def test_killed_during_the_call_the_same_request_finds_the_charge(
    doomed: Web, levers: Levers, merchant: Merchant, api: Api
) -> None:
    """A7: the caller's retry finds it as well, and is answered as the first would have been."""
    levers.fault("execute_then_hang", match={"account": merchant.secret_key})
    killed_when(doomed, merchant, so=lambda: the_payment() and levers.executed(reference()).get("create"))

    let_leases_run_out()
    resumed = api.create(orderId="A-1042", paymentToken=CARD)
    again = api.create(orderId="A-1042", paymentToken=CARD)

    assert (resumed.status, resumed.data["status"]) == (201, Status.COMPLETED)
    assert (again.body, again.is_replay) == (resumed.body, True)
    assert_charged_once(levers, merchant)


@pytest.mark.row("A7")
def test_sweep_and_retry_at_once_find_one_charge(doomed: Web, levers: Levers, merchant: Merchant, api: Api) -> None:
    """A7: both come at the same moment; the claim with the higher fence concludes."""
    levers.fault("execute_then_hang", match={"account": merchant.secret_key})
    killed_when(doomed, merchant, so=lambda: the_payment() and levers.executed(reference()).get("create"))
    let_leases_run_out()

    results = together([sweep, lambda: api.create(orderId="A-1042", paymentToken=CARD), sweep])

    assert raised(results) == []
    assert isinstance(results[1], Answer)
    assert results[1].status in (201, 202)
    assert_charged_once(levers, merchant)


@pytest.mark.row("A8")
def test_killed_before_the_answer_left_the_same_request_is_replayed(
    doomed: Web, levers: Levers, merchant: Merchant, api: Api
) -> None:
    """A8: everything is committed and nobody was told."""
    killed_when(doomed, merchant, so=lambda: IdempotencyRecord.objects.exclude(status=0).exists())

    replayed = api.create(orderId="A-1042", paymentToken=CARD)

    assert (replayed.status, replayed.is_replay, replayed.data["status"]) == (201, True, Status.COMPLETED)
    assert levers.received(reference()) == {"create": 1}
    assert_charged_once(levers, merchant)


@pytest.mark.row("A9")
def test_a_caller_that_hangs_up_does_not_stop_the_payment(
    webs: tuple[Web, Web], levers: Levers, merchant: Merchant, api: Api
) -> None:
    """A9: the request is finished without its caller, and replayed when the caller comes back."""
    levers.fault("slow", delay_ms=400, match={"account": merchant.secret_key})
    with pytest.raises(TimeoutError):
        webs[0].create(merchant, key="key-1", orderId="A-1042", paymentToken=CARD, seconds=0.2)

    wait_until(lambda: IdempotencyRecord.objects.exclude(status=0).exists())
    replayed = api.create(orderId="A-1042", paymentToken=CARD)

    assert (replayed.status, replayed.is_replay) == (201, True)
    assert_charged_once(levers, merchant)


@pytest.mark.row("A18")
def test_a_payment_in_flight_can_be_seen(webs: tuple[Web, Web], levers: Levers, merchant: Merchant, api: Api) -> None:
    """A18: while the gateway thinks, the payment is there and is processing."""
    levers.fault("slow", delay_ms=1000, match={"account": merchant.secret_key})
    caller = in_background(webs[0], merchant)
    payment = wait_until(the_payment)

    seen = api.payment(payment.shown_id)
    caller.join()

    assert (seen.status, seen.data["status"]) == (200, Status.PROCESSING)
    assert api.payment(payment.shown_id).data["status"] == Status.COMPLETED


@pytest.mark.row("A10")
def test_the_key_of_a_dead_process_is_taken_over_by_one_of_many(
    doomed: Web, webs: tuple[Web, Web], levers: Levers, merchant: Merchant
) -> None:
    """A10: when the lease ends, one of those who wait goes on; the others are told to wait or get its answer."""
    levers.fault("execute_then_hang", match={"account": merchant.secret_key})
    killed_when(doomed, merchant, so=lambda: the_payment() and levers.executed(reference()).get("create"))
    let_leases_run_out()

    answers = together(
        [partial(webs[n % 2].create, merchant, key="key-1", orderId="A-1042", paymentToken=CARD) for n in range(12)]
    )

    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    assert attempt_of(next(answer for answer in answers if answer.status == 201)).state == AttemptState.SUCCEEDED
    assert_charged_once(levers, merchant)

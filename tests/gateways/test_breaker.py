"""The circuit breaker: five failures in a row stop the calls of every process, one call at a time may try again."""

from datetime import timedelta

import pytest
from django.conf import settings

from common import clock
from common.remembered import forget_everything
from gateways import breaker
from gateways.breaker import CircuitBreaker, circuit
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import GatewayHttp
from gateways.models import Breaker, BreakerState
from tests.gateways.scripted import ScriptedServer
from tests.support.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

SWITCH = CircuitBreaker("acme:sandbox")


def state() -> BreakerState:
    """As another process sees it."""
    forget_everything()
    return circuit(SWITCH.name).state


def opened() -> None:
    for _ in range(breaker.FAILURES_TO_OPEN):
        SWITCH.failed("total_deadline")


def let_it_be_time() -> None:
    Breaker.objects.update(retry_at=clock.now() - timedelta(seconds=1))
    forget_everything()


def is_admitted() -> bool:
    try:
        SWITCH.admit()
    except NotSent:
        return False
    return True


def test_a_few_failures_open_nothing_and_a_success_forgets_them() -> None:
    for _ in range(breaker.FAILURES_TO_OPEN - 1):
        SWITCH.failed("connect_timeout")
    SWITCH.worked()
    SWITCH.failed("connect_timeout")

    assert (state(), Breaker.objects.get().failures) == (BreakerState.CLOSED, 1)
    assert is_admitted()


@pytest.mark.row("B20")
def test_five_in_a_row_stop_every_process() -> None:
    """B20: nobody waits for a gateway that is known to be down."""
    opened()

    assert state() is BreakerState.OPEN
    assert not is_admitted()


@pytest.mark.row("B20")
def test_after_a_while_one_call_may_try_and_its_success_closes_the_circuit() -> None:
    """B20: closes by probe."""
    opened()
    let_it_be_time()

    assert [is_admitted(), is_admitted()] == [True, False]
    SWITCH.worked()
    assert state() is BreakerState.CLOSED
    assert is_admitted()


def test_a_try_that_fails_opens_it_for_twice_as_long() -> None:
    opened()
    first = Breaker.objects.get()
    let_it_be_time()
    assert is_admitted()

    SWITCH.failed("total_deadline")

    again = Breaker.objects.get()
    assert again.retry_at is not None and first.retry_at is not None
    assert again.state == BreakerState.OPEN
    opened_for = timedelta(seconds=settings.BREAKER_OPEN_SECONDS)
    assert opened_for * 1.9 < again.retry_at - again.changed_at < opened_for * 2.1


def test_it_never_stays_open_for_longer_than_five_minutes() -> None:
    opened()
    for _ in range(6):
        let_it_be_time()
        assert is_admitted()
        SWITCH.failed("total_deadline")

    row = Breaker.objects.get()
    assert row.retry_at is not None
    assert row.retry_at - row.changed_at == breaker.OPEN_FOR_MOST


def test_of_many_at_once_one_tries() -> None:
    opened()
    let_it_be_time()

    admitted = together([is_admitted] * 8)

    assert (admitted.count(True), admitted.count(False)) == (1, 7)


@pytest.mark.parametrize(
    ("status", "failures"),
    [("503 Service Unavailable", 1), ("502 Bad Gateway", 1), ("500 Internal Server Error", 0), ("402 Declined", 0)],
)
def test_what_counts_as_an_outage(scripted: ScriptedServer, status: str, failures: int) -> None:
    scripted.answers(b"{}", status=status)
    http = GatewayHttp("acme", connect_seconds=0.5, total_seconds=0.6, switch=SWITCH)

    http.request(operation="read", method="GET", url=scripted.url, headers={})

    assert sum(row.failures for row in Breaker.objects.all()) == failures


@pytest.mark.row("B20")
def test_a_gateway_that_hangs_is_not_called_any_more(scripted: ScriptedServer) -> None:
    """B20: the sixth caller is told at once."""
    http = GatewayHttp("acme", connect_seconds=0.5, total_seconds=0.1, switch=SWITCH)
    scripted.says([b"", b""], pause_seconds=0.3)
    url = scripted.url
    for _ in range(breaker.FAILURES_TO_OPEN):
        with pytest.raises(OutcomeUnknown):
            http.request(operation="create", method="POST", url=url, headers={}, body=b"{}")

    with pytest.raises(NotSent, match="circuit_open"):
        http.request(operation="create", method="POST", url=url, headers={}, body=b"{}")

"""A gateway that asks to be left alone is left alone, and those that wait do not all come back at once."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest
from pytest_django.fixtures import Settings

from common import clock
from payments.models import Payment, PaymentAttempt
from payments.services.schedule import next_check_at
from payments.states import Status
from tests.gateways.scripted import ScriptedServer
from tests.support.api import let_leases_run_out, sweep
from tests.support.factories import NOON, Merchant, make_merchant, make_payment

pytestmark = pytest.mark.django_db(transaction=True)

SOON = timedelta(minutes=3)
BUSY = b'{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "slow down"}}'


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def busy(settings: Settings) -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    settings.SIMULATOR_URL = server.url
    yield server
    server.close()


def says(server: ScriptedServer, retry_after: str) -> None:
    head = f"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: {retry_after}\r\n"
    server.says([f"{head}Content-Length: {len(BUSY)}\r\n\r\n".encode() + BUSY], keep_open=True)


def waits(merchant: Merchant, *, count: int = 1) -> list[timedelta]:
    """How long each attempt waits once the gateway was asked about it."""
    for number in range(count):
        make_payment(merchant, Status.REQUIRES_ACTION, order_id=f"A-{number}")
    let_leases_run_out()
    asked_at = clock.now()
    sweep()
    planned = PaymentAttempt.objects.order_by("pk").values_list("next_check_at", flat=True)
    return [due - asked_at for due in planned if due]


@pytest.mark.row("B19")
@pytest.mark.parametrize("how", ["seconds", "date"])
def test_it_is_left_alone_for_as_long_as_it_asked(busy: ScriptedServer, merchant: Merchant, how: str) -> None:
    """B19: honoured, and a little more; the payment is what it was."""
    says(busy, "900" if how == "seconds" else format_datetime(clock.now() + timedelta(seconds=901), usegmt=True))

    (wait,) = waits(merchant)

    assert timedelta(seconds=898) <= wait <= timedelta(seconds=900 * 1.25)
    assert Payment.objects.get().status == Status.REQUIRES_ACTION


@pytest.mark.row("B19", "H10")
def test_those_that_wait_do_not_come_back_at_once(busy: ScriptedServer, merchant: Merchant) -> None:
    """B19, H10: ten that were told the same are asked about at ten moments."""
    says(busy, "900")

    planned = sorted(waits(merchant, count=10))

    gaps = [later - earlier for earlier, later in itertools.pairwise(planned)]
    assert min(gaps) > timedelta(seconds=2)


@pytest.mark.parametrize("nonsense", ["soon", "-5", "", "1e9", "Sat, 99 Nov"])
def test_a_header_that_says_nothing_changes_nothing(busy: ScriptedServer, merchant: Merchant, nonsense: str) -> None:
    says(busy, nonsense)

    (wait,) = waits(merchant)

    assert wait < SOON


def test_nobody_is_silenced_for_longer_than_six_hours(busy: ScriptedServer, merchant: Merchant) -> None:
    says(busy, "99999999999999")

    (wait,) = waits(merchant)

    assert wait < timedelta(hours=7.5)


def test_a_payment_that_expires_is_asked_about_then_at_the_latest() -> None:
    soon = NOON + timedelta(seconds=5)

    assert next_check_at(NOON, checks=3, expires_at=soon, attempt_id=7) == soon
    assert next_check_at(NOON, checks=3, expires_at=soon, retry_after=SOON) == NOON + SOON

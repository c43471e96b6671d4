"""Workers, people and callers at the same deliveries at once: nothing deadlocks, nothing is lost or made twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from common import clock
from events.http import Ended, Result
from events.models import Delivery, DeliveryTry
from events.services import claims, dispatch, pausing, replay
from events.services.endpoints import WebhookEndpointNotActive
from events.services.replay import Wanted
from tests.events.making import LONG_BEFORE, Hooked, hook_up, tell
from tests.support.factories import make_tenant
from tests.support.threads import raised, together

EVENTS = 40


@pytest.fixture
def busy(transactional_db: None) -> list[Hooked]:
    """Two endpoints with forty deliveries each."""
    tenant = make_tenant()
    found = [hook_up(tenant, f"http://127.0.0.1:9/{name}", types=("payment.*",)) for name in "ab"]
    for number in range(EVENTS):
        tell(tenant, subject_id=number)
    dispatch.dispatch(now=clock.now())
    return found


def work(*results: Result) -> Callable[[], None]:
    def turn() -> None:
        for number in range(60):
            for claim in claims.claim_due(now=clock.now(), limit=5):
                ended = Ended(results[number % len(results)], 200, 1)
                claims.record(claim, ended, started_at=clock.now(), now=clock.now(), jitter_permille=0)

    return turn


def pause_and_resume(hooked: Hooked) -> Callable[[], None]:
    def turn() -> None:
        for _ in range(15):
            pausing.pause(hooked.endpoint.pk, now=clock.now())
            pausing.resume(hooked.endpoint.pk, now=clock.now())

    return turn


def replay_all(hooked: Hooked) -> Callable[[], None]:
    def turn() -> None:
        since = clock.now() - LONG_BEFORE
        wanted = Wanted(since=since, until=clock.now(), types=(), states=["delivered", "waiting", "missing"])
        for _ in range(10):
            try:
                replay.replay_many(endpoint_id=hooked.endpoint.pk, wanted=wanted, now=clock.now())
            except WebhookEndpointNotActive:
                continue

    return turn


def test_claims_results_pauses_and_replays_at_once(busy: list[Hooked]) -> None:
    first, second = busy
    jobs = [
        work(Result.DELIVERED, Result.REFUSED),
        work(Result.TIMEOUT, Result.DELIVERED),
        work(Result.DELIVERED),
        pause_and_resume(first),
        pause_and_resume(second),
        replay_all(first),
        replay_all(second),
    ]

    assert raised(together(jobs)) == []

    for hooked in busy:
        pausing.resume(hooked.endpoint.pk, now=clock.now())
    Delivery.objects.filter(state="waiting").update(claimed_until=None)
    later = clock.now() + timedelta(days=1)
    while claimed := claims.claim_due(now=later, limit=50):
        for claim in claimed:
            claims.record(claim, Ended(Result.DELIVERED, 200, 1), started_at=later, now=later, jitter_permille=0)
    assert Delivery.objects.filter(event__type="payment.completed").count() == 2 * EVENTS
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    tries = DeliveryTry.objects.values_list("delivery_id", "number")
    assert len(set(tries)) == len(tries) >= 2 * EVENTS

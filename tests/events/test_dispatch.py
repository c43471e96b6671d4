"""From the outbox to deliveries: every committed event once per endpoint that wants it, whoever else is at it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from common import clock
from events import catalog
from events.models import Delivery, OutboxEvent
from events.services import dispatch, pausing
from tenants.models import Tenant
from tests.events.making import Hooked, hook_up, tell, told
from tests.support.factories import make_tenant
from tests.support.threads import raised, together

OTHER = "http://127.0.0.1:9/other"


def deliveries() -> list[tuple[int, int]]:
    return sorted(Delivery.objects.values_list("event_id", "endpoint_id"))


def test_an_event_gets_a_delivery_for_every_endpoint_of_its_tenant(tenant: Tenant, hooked: Hooked) -> None:
    other = hook_up(tenant, OTHER)
    hook_up(make_tenant(), OTHER)

    event = told(tenant)

    assert deliveries() == sorted([(event.pk, hooked.endpoint.pk), (event.pk, other.endpoint.pk)])
    assert event.dispatched_at is not None


@pytest.mark.parametrize(
    ("types", "wanted"),
    [((), True), (("payment.completed",), True), (("payment.*",), True), (("wallet.*", "payment.failed"), False)],
)
def test_an_endpoint_gets_the_types_it_asked_for(tenant: Tenant, types: tuple[str, ...], wanted: bool) -> None:
    hook_up(tenant, OTHER, types=types)

    told(tenant, kind=catalog.PAYMENT_COMPLETED)

    assert Delivery.objects.exists() is wanted


def test_a_paused_endpoint_has_its_deliveries_wait_and_a_disabled_one_gets_none(tenant: Tenant) -> None:
    paused, disabled = hook_up(tenant, OTHER, types=("payment.*",)), hook_up(tenant, OTHER + "/2")
    pausing.pause(paused.endpoint.pk, now=clock.now())
    pausing.disable(disabled.endpoint.pk, now=clock.now())

    event = told(tenant)

    assert deliveries() == [(event.pk, paused.endpoint.pk)]


def test_what_happened_before_an_endpoint_was_there_is_not_told_to_it(tenant: Tenant) -> None:
    now = clock.now()
    tell(tenant, now=now - timedelta(minutes=2))
    hook_up(tenant, OTHER, now=now)
    tell(tenant, now=now)

    dispatch.dispatch(now=now)

    assert Delivery.objects.count() == 1
    assert OutboxEvent.objects.filter(sequence=None).count() == 0


def test_dispatching_again_makes_nothing_new(tenant: Tenant, hooked: Hooked) -> None:
    event = told(tenant)
    OutboxEvent.objects.filter(pk=event.pk).update(dispatched_at=None, sequence=None)

    assert dispatch.dispatch_batch(now=clock.now()) == (1, 0)
    assert Delivery.objects.count() == 1


def test_more_than_a_batch_is_taken_in_one_go(tenant: Tenant, hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "BATCH", 3)
    monkeypatch.setattr(dispatch.dispatch_batch, "__kwdefaults__", {"limit": 3})
    for _ in range(7):
        tell(tenant)

    assert dispatch.dispatch(now=clock.now()) == 7


@pytest.mark.row("H3")
@pytest.mark.django_db(transaction=True)
def test_an_event_committed_late_is_dispatched_all_the_same_and_comes_later_in_sequence() -> None:
    """H3: a long transaction holds an early id; a reader that remembers the last id would never see it."""
    tenant = make_tenant()
    hook_up(tenant, OTHER)
    written, may_commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            tell(tenant, kind=catalog.PAYMENT_CREATED)
            written.set()
            may_commit.wait(timeout=10)
        connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    written.wait(timeout=10)
    later = told(tenant)
    may_commit.set()
    slow.join()

    dispatch.dispatch(now=clock.now())

    early = OutboxEvent.objects.get(type=catalog.PAYMENT_CREATED)
    assert early.pk < later.pk
    assert (early.sequence or 0) > (later.sequence or 0) > 0
    assert Delivery.objects.count() == 2


@pytest.mark.row("H3")
@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_two_dispatchers_lose_and_double_nothing() -> None:
    tenant = make_tenant()
    endpoints = [hook_up(tenant, OTHER).endpoint.pk, hook_up(tenant, OTHER + "/2").endpoint.pk]
    done = threading.Event()
    writers = 8

    def write(number: int) -> None:
        for turn in range(25):
            with transaction.atomic():
                tell(tenant, subject_id=number)
                # Commits in another order than ids were given.
                clock.pause((number + turn) % 4 / 1000)

    def dispatch_on() -> None:
        while not done.is_set():
            dispatch.dispatch_batch(now=clock.now(), limit=7)

    def write_all() -> None:
        results = together([lambda number=number: write(number) for number in range(writers)])  # type: ignore[misc]
        done.set()
        assert raised(results) == []

    assert raised(together([dispatch_on, dispatch_on, write_all])) == []
    dispatch.dispatch(now=clock.now())

    events = list(OutboxEvent.objects.values_list("pk", flat=True))
    sequences = list(OutboxEvent.objects.values_list("sequence", flat=True))
    assert len(events) == 8 * 25
    assert deliveries() == sorted((event, endpoint) for event in events for endpoint in endpoints)
    assert len(set(sequences)) == len(events)

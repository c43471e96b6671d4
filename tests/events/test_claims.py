"""The clock of a delivery: ten tries on their schedule, leases and fences, and what a late claim may still say."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from events.http import Ended, Result
from events.models import Delivery, DeliveryState, DeliveryTry
from events.schedule import SCHEDULE
from events.services import claims
from tenants.models import Tenant
from tests.events.making import Hooked, only_delivery, send_once, told
from tests.support.factories import NOON

DELIVERED, REFUSED = Ended(Result.DELIVERED, 200, 12), Ended(Result.REFUSED, 500, 12)


@pytest.fixture
def delivery(tenant: Tenant, hooked: Hooked) -> Delivery:
    told(tenant, now=NOON)
    return only_delivery()


def record(claim: claims.Claim, ended: Ended) -> bool:
    return claims.record(claim, ended, started_at=NOON, now=NOON, jitter_permille=0)


def test_it_is_tried_on_the_schedule_ten_times_and_then_given_up(delivery: Delivery, hooked: Hooked) -> None:
    now = NOON
    for tries, wait in enumerate(SCHEDULE, start=1):
        now += wait
        if wait:
            assert send_once(now=now - timedelta(seconds=1), result="refused", status=500) == 0

        # The endpoint is not to be paused before the last try of this test.
        type(hooked.endpoint).objects.update(failing_since=None)
        assert send_once(now=now, result="refused", status=500) == 1

        delivery.refresh_from_db()
        assert delivery.tries == tries
    assert (delivery.state, delivery.next_try_at, delivery.ended_at) == (DeliveryState.FAILED, None, now)
    assert now - NOON == timedelta(hours=75, minutes=35, seconds=5)
    assert send_once(now=now + timedelta(days=9), result="delivered") == 0
    assert DeliveryTry.objects.count() == 10


def test_a_claim_is_nobody_elses_until_its_lease_ends(delivery: Delivery) -> None:
    (first,) = claims.claim_due(now=NOON, limit=10)

    assert claims.claim_due(now=NOON + claims.LEASE - timedelta(seconds=1), limit=10) == []
    (second,) = claims.claim_due(now=NOON + claims.LEASE, limit=10)
    assert (second.delivery_id, second.fence) == (first.delivery_id, first.fence + 1)


def test_who_slept_through_the_lease_concludes_no_failure(delivery: Delivery, hooked: Hooked) -> None:
    (late,) = claims.claim_due(now=NOON, limit=1)
    (_current,) = claims.claim_due(now=NOON + claims.LEASE, limit=1)

    assert record(late, REFUSED) is False

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries, hooked.now().failures_in_a_row) == (DeliveryState.WAITING, 0, 0)
    assert DeliveryTry.objects.get().number == late.fence


def test_who_slept_through_the_lease_still_brings_that_it_was_delivered(delivery: Delivery) -> None:
    (late,) = claims.claim_due(now=NOON, limit=1)
    (current,) = claims.claim_due(now=NOON + claims.LEASE, limit=1)

    assert record(late, DELIVERED) is True
    assert record(current, REFUSED) is False

    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == (DeliveryState.DELIVERED, 1)


def test_the_database_refuses_a_second_try_of_one_claim(delivery: Delivery) -> None:
    (claim,) = claims.claim_due(now=NOON, limit=1)
    record(claim, DELIVERED)

    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryTry.objects.create(
            delivery=delivery, number=claim.fence, started_at=NOON, latency_ms=1, result="delivered"
        )


def test_nothing_is_claimed_of_an_endpoint_that_is_paused(delivery: Delivery, hooked: Hooked) -> None:
    type(hooked.endpoint).objects.update(state="paused", paused_reason="asked", paused_at=NOON)

    assert claims.claim_due(now=NOON, limit=10) == []


def test_an_endpoint_that_fails_is_called_one_at_a_time(tenant: Tenant, hooked: Hooked) -> None:
    for number in range(6):
        told(tenant, subject_id=number, now=NOON)
    type(hooked.endpoint).objects.update(failures_in_a_row=claims.FAILING_AFTER)

    assert len(claims.claim_due(now=NOON, limit=10)) == 1
    assert claims.claim_due(now=NOON, limit=10) == []


def test_a_success_ends_the_row_of_failures(delivery: Delivery, hooked: Hooked) -> None:
    send_once(now=NOON, result="timeout")
    assert (hooked.now().failures_in_a_row, hooked.now().failing_since) == (1, NOON)

    send_once(now=NOON + timedelta(seconds=5), result="delivered", status=200)

    assert (hooked.now().failures_in_a_row, hooked.now().failing_since) == (0, None)


@pytest.mark.parametrize(
    "change",
    [{"state": "delivered"}, {"next_try_at": None}, {"ended_at": NOON}, {"state": "failed", "next_try_at": None}],
)
def test_the_database_refuses_a_delivery_that_neither_waits_nor_has_ended(
    delivery: Delivery, change: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(**change)


def test_the_database_refuses_a_second_delivery_of_an_event_to_an_endpoint(delivery: Delivery) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            tenant_id=delivery.tenant_id,
            event=delivery.event,
            endpoint=delivery.endpoint,
            next_try_at=NOON,
            created_at=NOON,
        )

"""Who may send which delivery now, and what is written down once it was sent.

An endpoint has few deliveries under way at a time, and one while it fails: a slow one holds up nobody else. Locks are
taken in one order everywhere: the endpoint, then its deliveries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from common import steps
from events.http import Ended, Result
from events.models import Delivery, DeliveryState, DeliveryTry, EndpointState, PauseReason, WebhookEndpoint
from events.redaction import safe_answer
from events.schedule import wait_after
from events.services.pausing import pause_if_it_fails_for_long, stop

# Longer than a request may last, by what resolving a name may take.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
UNDER_WAY_MAX = 8
FAILING_AFTER = 5

_FREE_ENDPOINTS = """
SELECT id, CASE WHEN failures_in_a_row >= %(failing_after)s THEN 1 ELSE %(under_way_max)s END
FROM events_webhookendpoint endpoint
WHERE state = 'active' AND EXISTS (
    SELECT 1 FROM events_delivery delivery
    WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'waiting' AND delivery.next_try_at <= %(now)s
      AND (delivery.claimed_until IS NULL OR delivery.claimed_until <= %(now)s))
ORDER BY random() LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""

# A statement of its own: what others claimed before they let go of the endpoint is seen here.
_CLAIM = """
WITH free (endpoint_id, room) AS (
    SELECT place.id, place.most - (
        SELECT count(*) FROM events_delivery busy
        WHERE busy.endpoint_id = place.id AND busy.claimed_until > %(now)s)
    FROM unnest(%(endpoints)s::bigint[], %(most)s::int[]) AS place(id, most)
), due AS MATERIALIZED (
    SELECT picked.id FROM free CROSS JOIN LATERAL (
        SELECT id FROM events_delivery delivery
        WHERE delivery.endpoint_id = free.endpoint_id AND state = 'waiting' AND next_try_at <= %(now)s
          AND (claimed_until IS NULL OR claimed_until <= %(now)s)
        ORDER BY next_try_at, id LIMIT greatest(free.room, 0) FOR NO KEY UPDATE SKIP LOCKED
    ) picked LIMIT %(limit)s
)
UPDATE events_delivery delivery SET fence = fence + 1, claimed_until = %(until)s
FROM due WHERE delivery.id = due.id
RETURNING delivery.id, delivery.fence
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one delivery until the lease ends."""

    delivery_id: int
    fence: int


def claim_due(*, now: datetime, limit: int) -> list[Claim]:
    """Deliveries whose time has come, of as many endpoints as there are, oldest first for each."""
    if limit <= 0:
        return []
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        _spare_the_disk()
        bounds: dict[str, Any] = {
            "failing_after": FAILING_AFTER,
            "under_way_max": UNDER_WAY_MAX,
            "now": now,
            "limit": limit,
        }
        cursor.execute(_FREE_ENDPOINTS, bounds)
        free = cursor.fetchall()
        if not free:
            return []
        places = {"endpoints": [row[0] for row in free], "most": [row[1] for row in free]}
        cursor.execute(_CLAIM, places | {"now": now, "until": now + LEASE, "limit": limit})
        claims = [Claim(*row) for row in cursor.fetchall()]
        if claims:
            steps.at("deliver.claiming")
        return claims


def record(claim: Claim, ended: Ended, *, started_at: datetime, now: datetime, jitter_permille: int) -> bool:
    """Write down how a request ended. False where the claim had been taken over and the news changes nothing.

    Who slept through the lease still brings the fact that it was delivered, and may conclude nothing else.
    """
    is_delivered = ended.result is Result.DELIVERED
    with transaction.atomic(durable=True):
        _spare_the_disk()
        endpoint = _lock_endpoint(claim)
        delivery = Delivery.objects.select_for_update(no_key=True).get(pk=claim.delivery_id)
        _log(claim, ended, started_at=started_at)
        is_mine = delivery.fence == claim.fence and delivery.state == DeliveryState.WAITING
        if not is_mine and not (is_delivered and delivery.state == DeliveryState.WAITING):
            return False
        if is_delivered:
            _end(delivery, DeliveryState.DELIVERED, ended, now=now)
            _works(endpoint)
        else:
            _fail(delivery, ended, now=now, jitter_permille=jitter_permille)
            _fails(endpoint, ended, now=now)
        steps.at("deliver.recording")
    steps.at("deliver.recorded")
    return True


def release(claim: Claim) -> None:
    """Give a claim back that was not used."""
    Delivery.objects.filter(pk=claim.delivery_id, fence=claim.fence).update(claimed_until=None)


def _spare_the_disk() -> None:
    """Nobody waits for the disk here: what a crash of the database takes back is sent again, under the same id."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def _lock_endpoint(claim: Claim) -> WebhookEndpoint:
    of_delivery = Delivery.objects.filter(pk=claim.delivery_id).values("endpoint_id")
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk__in=of_delivery)


def _log(claim: Claim, ended: Ended, *, started_at: datetime) -> None:
    DeliveryTry.objects.create(
        delivery_id=claim.delivery_id,
        number=claim.fence,
        started_at=started_at,
        latency_ms=ended.latency_ms,
        status=ended.status,
        result=ended.result,
        answer=safe_answer(ended.answer),
    )


def _end(delivery: Delivery, state: DeliveryState, ended: Ended, *, now: datetime) -> None:
    delivery.state, delivery.ended_at, delivery.last_result = state, now, ended.result
    delivery.next_try_at = delivery.claimed_until = None
    delivery.tries += 1
    delivery.save(update_fields=["state", "ended_at", "last_result", "next_try_at", "claimed_until", "tries"])


def _fail(delivery: Delivery, ended: Ended, *, now: datetime, jitter_permille: int) -> None:
    wait = wait_after(delivery.tries + 1, jitter_permille=jitter_permille)
    if wait is None or ended.result is Result.GONE:
        _end(delivery, DeliveryState.FAILED, ended, now=now)
        return
    delivery.tries += 1
    delivery.next_try_at, delivery.claimed_until, delivery.last_result = now + wait, None, ended.result
    delivery.save(update_fields=["next_try_at", "claimed_until", "last_result", "tries"])


def _works(endpoint: WebhookEndpoint) -> None:
    if endpoint.failures_in_a_row:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures_in_a_row=0, failing_since=None)


def _fails(endpoint: WebhookEndpoint, ended: Ended, *, now: datetime) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures_in_a_row=F("failures_in_a_row") + 1, failing_since=Coalesce("failing_since", now)
    )
    if endpoint.state == EndpointState.ACTIVE:
        endpoint.refresh_from_db(fields=["failures_in_a_row", "failing_since"])
        if ended.result is Result.GONE:
            stop(endpoint, EndpointState.DISABLED, PauseReason.GONE, now=now)
        else:
            pause_if_it_fails_for_long(endpoint, now=now)

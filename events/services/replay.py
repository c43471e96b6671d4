"""Sending again: one delivery, or all of a time that a filter finds. Ids stay the same, so that receivers know them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from common.errors import NotFound, Refused
from events.models import Delivery, DeliveryState, WebhookEndpoint
from events.services.endpoints import require_active

REPLAYED_MAX = 1_000
# Events that have no delivery for the endpoint: of before it was there, of other types, of while it was disabled.
MISSING = "missing"

_MAKE_MISSING = """
INSERT INTO events_delivery
    (tenant_id, event_id, endpoint_id, state, tries, next_try_at, fence, last_result, created_at)
SELECT event.tenant_id, event.id, %(endpoint)s, 'waiting', 0, %(now)s, 0, '', %(now)s
FROM events_outboxevent event
WHERE event.tenant_id = %(tenant)s AND event.sequence IS NOT NULL
  AND event.recorded_at >= %(since)s AND event.recorded_at < %(until)s
  AND (%(types)s::text[] = '{}' OR event.type = ANY(%(types)s::text[]))
  AND (event.subject_type <> 'webhook_endpoint' OR event.type <> 'webhook_endpoint.ping')
  AND NOT EXISTS (SELECT 1 FROM events_delivery d WHERE d.event_id = event.id AND d.endpoint_id = %(endpoint)s)
ORDER BY event.sequence LIMIT %(limit)s
ON CONFLICT (event_id, endpoint_id) DO NOTHING
"""


class DeliveryNotFound(NotFound):
    code = "WEBHOOK_DELIVERY_NOT_FOUND"


class TooManyToReplay(Refused):
    code = "TOO_MANY_TO_REPLAY"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to send again: events recorded in this time, of these types, whose deliveries are in these states."""

    since: datetime
    until: datetime
    types: Collection[str]
    states: Collection[str]


def replay_one(*, endpoint_id: int, event_id: int, now: datetime) -> Delivery:
    """Raises DeliveryNotFound, WebhookEndpointNotActive."""
    with transaction.atomic(durable=True):
        _lock_active(endpoint_id)
        rows = Delivery.objects.filter(endpoint_id=endpoint_id, event_id=event_id)
        if not _again(list(rows.values_list("pk", flat=True)), now=now):
            raise DeliveryNotFound("This event was never meant for this endpoint.")
        return rows.select_related("event", "endpoint").get()


def replay_many(*, endpoint_id: int, wanted: Wanted, now: datetime) -> int:
    """All or nothing, at most 1,000. Raises TooManyToReplay, WebhookEndpointNotActive."""
    with transaction.atomic(durable=True):
        endpoint = _lock_active(endpoint_id)
        count = _again(_found(endpoint, wanted), now=now)
        if MISSING in wanted.states:
            count += _make_missing(endpoint, wanted, now=now)
        if count > REPLAYED_MAX:
            raise TooManyToReplay(f"More than {REPLAYED_MAX} events match: narrow the time or the types.")
    return count


def _lock_active(endpoint_id: int) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    require_active(endpoint)
    return endpoint


def _found(endpoint: WebhookEndpoint, wanted: Wanted) -> list[int]:
    matches = Q(event__recorded_at__gte=wanted.since, event__recorded_at__lt=wanted.until)
    if wanted.types:
        matches &= Q(event__type__in=wanted.types)
    states = [state for state in wanted.states if state != MISSING]
    rows = Delivery.objects.filter(matches, endpoint=endpoint, state__in=states).order_by("id")
    return list(rows.values_list("pk", flat=True)[: REPLAYED_MAX + 1])


def _again(delivery_ids: Collection[int], *, now: datetime) -> int:
    """From the first try on. What is under way stays as it is: it is being sent already."""
    rows = Delivery.objects.filter(pk__in=list(delivery_ids))
    idle = rows.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
    idle.update(
        state=DeliveryState.WAITING, tries=0, next_try_at=now, claimed_until=None, ended_at=None, last_result="replayed"
    )
    return len(rows)


def _make_missing(endpoint: WebhookEndpoint, wanted: Wanted, *, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _MAKE_MISSING,
            {
                "endpoint": endpoint.pk,
                "tenant": endpoint.tenant_id,
                "since": wanted.since,
                "until": wanted.until,
                "types": list(wanted.types),
                "now": now,
                "limit": REPLAYED_MAX + 1,
            },
        )
        return cursor.rowcount

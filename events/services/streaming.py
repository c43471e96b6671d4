"""The same events for a broker of the operator's: claimed, published, forgotten once the broker has confirmed them.

At least once: who dies in between leaves entries that are due again after their lease. Readers know an event by its id.
"""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from common import clock
from events.models import OutboxEvent, StreamEntry
from events.stream import connect

BATCH = 500
LEASE = timedelta(seconds=60)
_BATCHES_MAX = 40
_at_it = threading.Lock()


def publish(*, now: datetime) -> int:
    """Publish what waits. Returns how many the broker took; 0 where no stream is set, or another is at it."""
    if not settings.EVENTS_STREAM_URL or not _at_it.acquire(blocking=False):
        return 0
    try:
        return _publish(now)
    finally:
        _at_it.release()


def _publish(now: datetime) -> int:
    total = 0
    for _ in range(_BATCHES_MAX):
        entries = claim(now=now)
        if entries:
            # The connection is opened only when there is something to say.
            with connect(settings.EVENTS_STREAM_URL) as publisher:
                publisher.publish(_events(entries))
            StreamEntry.objects.filter(pk__in=entries).delete()
        total += len(entries)
        if len(entries) < BATCH:
            break
        now = clock.now()
    return total


def claim(*, now: datetime, limit: int = BATCH) -> list[int]:
    """The oldest events that are still to be published and that nobody else is at."""
    with transaction.atomic(durable=True):
        free = StreamEntry.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=now)).order_by("event_id")
        found = list(free.select_for_update(skip_locked=True, no_key=True).values_list("event_id", flat=True)[:limit])
        StreamEntry.objects.filter(pk__in=found).update(claimed_until=now + LEASE)
    return found


def _events(entries: Sequence[int]) -> list[OutboxEvent]:
    return list(OutboxEvent.objects.select_related("tenant").filter(pk__in=entries).order_by("sequence"))

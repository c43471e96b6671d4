"""Webhook types that told us nothing about money of ours: counted by gateway and type, so that a new one is noticed."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from common import arrays
from common.remembered import Remembered
from gateways.models import UnusedEventType

# The rest of what a gateway may invent is counted together: a list is for people, and a label of a metric is for ever.
TYPES_MAX = 200
OTHERS = "(others)"
_COUNT = """
INSERT INTO gateways_unusedeventtype AS t (gateway, event_type, count, first_seen_at, last_seen_at)
SELECT gateway, event_type, count, %s, %s
FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS n(gateway, event_type, count)
ON CONFLICT (gateway, event_type) DO UPDATE SET count = t.count + excluded.count, last_seen_at = excluded.last_seen_at
"""
_known: Remembered[str, set[str]] = Remembered(seconds=60)


def count(seen: Iterable[tuple[str, str]], *, now: datetime) -> None:
    """Count pairs of gateway and event type. In one order, so that two workers never block each other."""
    counts = Counter((gateway, _within_limit(gateway, event_type)) for gateway, event_type in seen)
    if not counts:
        return
    ordered = sorted(counts.items())
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [
                now,
                now,
                arrays.of_texts(gateway for (gateway, _), _ in ordered),
                arrays.of_texts(event_type for (_, event_type), _ in ordered),
                arrays.of_integers(number for _, number in ordered),
            ],
        )


def _within_limit(gateway: str, event_type: str) -> str:
    known = _known.get_or_load(gateway, lambda: _load(gateway))
    if event_type in known:
        return event_type
    if len(known) >= TYPES_MAX:
        return OTHERS
    known.add(event_type)
    return event_type


def _load(gateway: str) -> set[str]:
    return set(UnusedEventType.objects.filter(gateway=gateway).values_list("event_type", flat=True))

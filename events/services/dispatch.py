"""From the outbox to deliveries: every committed event gets one delivery for each endpoint that wants it, once.

What tells dispatched from not is each row's own mark, never a last id: rows are not committed in the order of their
ids. One dispatcher works at a time, so that `sequence` grows in the order in which rows become visible.
"""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from common import steps

BATCH = 500
_LOCK = 4_171_966_031

_DISPATCH = """
WITH due AS MATERIALIZED (
    SELECT id, tenant_id, type, recorded_at FROM events_outboxevent
    WHERE dispatched_at IS NULL ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), numbered AS MATERIALIZED (
    SELECT id, nextval('events_sequence') AS sequence FROM due ORDER BY id
), made AS (
    INSERT INTO events_delivery
        (tenant_id, event_id, endpoint_id, state, tries, next_try_at, fence, last_result, created_at)
    SELECT due.tenant_id, due.id, endpoint.id, 'waiting', 0, %(now)s, 0, '', %(now)s
    FROM due JOIN events_webhookendpoint endpoint ON endpoint.tenant_id = due.tenant_id
    -- Not for events of before the endpoint was there; two clocks may differ by a little.
    WHERE endpoint.state <> 'disabled' AND endpoint.created_at <= due.recorded_at + interval '1 minute'
      AND (endpoint.types = '{}' OR endpoint.types && ARRAY[due.type, split_part(due.type, '.', 1) || '.*']::varchar[])
    ORDER BY due.id, endpoint.id
    ON CONFLICT (event_id, endpoint_id) DO NOTHING
    RETURNING 1
), streamed AS (
    INSERT INTO events_streamentry (event_id)
    SELECT id FROM due WHERE %(streams)s ORDER BY id ON CONFLICT DO NOTHING
), marked AS (
    UPDATE events_outboxevent event SET dispatched_at = %(now)s, sequence = numbered.sequence
    FROM numbered WHERE event.id = numbered.id
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM made)
"""


def dispatch_batch(*, now: datetime, limit: int = BATCH) -> tuple[int, int]:
    """How many events were taken and how many deliveries they made; none where another dispatcher is at it."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0, 0
        cursor.execute(_DISPATCH, {"limit": limit, "now": now, "streams": bool(settings.EVENTS_STREAM_URL)})
        taken, made = cursor.fetchone()
        if taken:
            steps.at("dispatch.making")
    if taken:
        steps.at("dispatch.made")
    return int(taken), int(made)


def next_sequence() -> int:
    """Building block: the place of an event that needs no dispatching, in the same order as those that do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT nextval('events_sequence')")
        return int(cursor.fetchone()[0])


def dispatch(*, now: datetime, batches_max: int = 40) -> int:
    """Take what there is, a batch at a time. Returns how many deliveries are new."""
    total = 0
    for _ in range(batches_max):
        taken, made = dispatch_batch(now=now)
        total += made
        if taken < BATCH:
            break
    return total

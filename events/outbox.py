"""Writing events in the transaction of the change they tell of; what is not committed was never said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from common import arrays
from common.database import execute
from common.ids import uuid7

_INSERT = """
INSERT INTO events_outboxevent (public_id, tenant_id, type, subject_type, subject_id, subject_version, payload,
                                occurred_at, recorded_at)
SELECT public_id, tenant_id, type, subject_type, subject_id, subject_version, payload::jsonb, occurred_at, %s
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::int[], %s::text[], %s::timestamptz[])
     AS e(public_id, tenant_id, type, subject_type, subject_id, subject_version, payload, occurred_at)
"""


class NewEvent(NamedTuple):
    """One change of one object; `subject_version` lets a receiver put events in order."""

    tenant_id: int
    type: str
    subject_type: str
    subject_id: int
    subject_version: int
    payload: dict[str, Any]
    occurred_at: datetime


def add(events: Sequence[NewEvent], *, recorded_at: datetime) -> None:
    """Write the events, in the order given."""
    if not events:
        return
    parameters = [
        recorded_at,
        arrays.of_uuids(uuid7() for _ in events),
        arrays.of_integers(event.tenant_id for event in events),
        arrays.of_texts(event.type for event in events),
        arrays.of_texts(event.subject_type for event in events),
        arrays.of_integers(event.subject_id for event in events),
        arrays.of_integers(event.subject_version for event in events),
        arrays.of_texts(payload_text(event.payload) for event in events),
        arrays.of_moments(event.occurred_at for event in events),
    ]
    execute(_INSERT, parameters)


def payload_text(payload: dict[str, Any]) -> str:
    return orjson.dumps(payload).decode()

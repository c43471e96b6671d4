"""What a receiver gets of an event, over a webhook, a stream and the API alike."""

from datetime import datetime
from typing import Any

import orjson

from common import ids
from events.models import OutboxEvent

BODY_BYTES_MAX = 20_000


def shown(event: OutboxEvent) -> dict[str, Any]:
    """`version` counts the changes of the object, `sequence` orders all events of the tenant."""
    return {
        "id": ids.show(ids.EVENT, event.public_id),
        "type": event.type,
        "createdAt": iso(event.recorded_at),
        "occurredAt": iso(event.occurred_at),
        "version": event.subject_version,
        "sequence": event.sequence,
        "data": event.payload,
    }


def body_of(event: OutboxEvent) -> bytes:
    """At most 20 kB. What is larger is told without its data, which the API still shows."""
    body = orjson.dumps(shown(event))
    if len(body) <= BODY_BYTES_MAX:
        return body
    return orjson.dumps(shown(event) | {"data": {}, "dataOmitted": True})


def iso(moment: datetime | None) -> str | None:
    """UTC, milliseconds, Z."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

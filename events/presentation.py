"""How endpoints and deliveries look to a caller. No secret and nothing that a receiver answered is in it."""

from collections.abc import Iterable
from typing import Any

from common import ids
from events.body import iso
from events.models import Delivery, DeliveryTry, EndpointState, WebhookEndpoint


def endpoint_data(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "endpointId": ids.show(ids.WEBHOOK_ENDPOINT, endpoint.public_id),
        "url": endpoint.url,
        "description": endpoint.description,
        "types": endpoint.types,
        "state": endpoint.state,
        "isActive": endpoint.state == EndpointState.ACTIVE,
        "pausedReason": endpoint.paused_reason,
        "pausedAt": iso(endpoint.paused_at),
        "failuresInARow": endpoint.failures_in_a_row,
        "failingSince": iso(endpoint.failing_since),
        "previousSecretUntil": iso(endpoint.previous_until),
        "version": endpoint.version,
        "createdAt": iso(endpoint.created_at),
    }


def delivery_data(delivery: Delivery, tries: Iterable[DeliveryTry] = ()) -> dict[str, Any]:
    return {
        "eventId": ids.show(ids.EVENT, delivery.event.public_id),
        "endpointId": ids.show(ids.WEBHOOK_ENDPOINT, delivery.endpoint.public_id),
        "state": delivery.state,
        "tries": delivery.tries,
        "nextTryAt": iso(delivery.next_try_at),
        "lastResult": delivery.last_result,
        "createdAt": iso(delivery.created_at),
        "endedAt": iso(delivery.ended_at),
        "history": [_try_data(each) for each in tries],
    }


def _try_data(each: DeliveryTry) -> dict[str, Any]:
    return {
        "number": each.number,
        "startedAt": iso(each.started_at),
        "latencyMs": each.latency_ms,
        "status": each.status,
        "result": each.result,
    }

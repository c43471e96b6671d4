"""How events and webhook endpoints are described in the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from common.api.schema import Schema, envelope, problems, request_schema
from events.requests import ChangeEndpoint, CreateEndpoint, ReplayDeliveries, RotateSecret

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "integer"}
_ENDPOINTS = ["Webhook endpoints"]
_EVENTS = ["Events"]

_EVENT: Schema = {
    "type": "object",
    "description": "Exactly what a webhook carries; docs/events.md shows one of each type.",
    "properties": {
        "id": _TEXT,
        "type": _TEXT,
        "createdAt": _TEXT,
        "occurredAt": _TEXT,
        "version": {"type": "integer", "description": "Of the object: a receiver ignores what is older than it has."},
        "sequence": {"type": "integer", "description": "Orders all events of the tenant; gaps mean nothing."},
        "data": {"type": "object"},
    },
}
_ENDPOINT: Schema = {
    "type": "object",
    "properties": {
        "endpointId": _TEXT,
        "url": _TEXT,
        "description": _TEXT,
        "types": {"type": "array", "items": _TEXT},
        "state": {"type": "string", "enum": ["active", "paused", "disabled"]},
        "isActive": {"type": "boolean"},
        "pausedReason": {"type": "string", "enum": ["", "failing", "gone", "asked"]},
        "pausedAt": _TEXT_OR_NULL,
        "failuresInARow": _NUMBER,
        "failingSince": _TEXT_OR_NULL,
        "previousSecretUntil": _TEXT_OR_NULL,
        "version": _NUMBER,
        "createdAt": _TEXT,
    },
}
_WITH_SECRET: Schema = {
    "type": "object",
    "properties": _ENDPOINT["properties"] | {"secret": {"type": "string", "description": "Shown this once."}},
}
_DELIVERY: Schema = {
    "type": "object",
    "properties": {
        "eventId": _TEXT,
        "endpointId": _TEXT,
        "state": {"type": "string", "enum": ["waiting", "delivered", "failed"]},
        "tries": _NUMBER,
        "nextTryAt": _TEXT_OR_NULL,
        "lastResult": _TEXT,
        "createdAt": _TEXT,
        "endedAt": _TEXT_OR_NULL,
        "history": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "number": _NUMBER,
                    "startedAt": _TEXT,
                    "latencyMs": _NUMBER,
                    "status": {"type": ["integer", "null"]},
                    "result": _TEXT,
                },
            },
        },
    },
}
_COUNT: Schema = {"type": "object", "properties": {"replayed": _NUMBER}}
_BODY_PROBLEMS = (400, 401, 403, 404, 409, 411, 413, 415)


def _answers(data: Schema, *statuses: int, status: int = 200, is_list: bool = False) -> dict[Any, Any]:
    return {(status, "application/json"): envelope(data, is_list=is_list)} | problems(*statuses)


endpoint_list: dict[str, Any] = {
    "summary": "Webhook endpoints, newest first",
    "tags": _ENDPOINTS,
    "responses": _answers(_ENDPOINT, 401, 403, is_list=True),
}
endpoint_create: dict[str, Any] = {
    "summary": "Open a webhook endpoint",
    "description": "The secret is shown in this answer and never again.",
    "tags": _ENDPOINTS,
    "request": request_schema(CreateEndpoint),
    "responses": _answers(_WITH_SECRET, 400, 401, 403, 409, 411, 413, 415, 422, status=201),
}
endpoint_get: dict[str, Any] = {
    "summary": "One webhook endpoint",
    "tags": _ENDPOINTS,
    "responses": _answers(_ENDPOINT, 401, 403, 404),
}
endpoint_change: dict[str, Any] = {
    "summary": "Change, pause or resume a webhook endpoint",
    "tags": _ENDPOINTS,
    "request": request_schema(ChangeEndpoint),
    "responses": _answers(_ENDPOINT, *_BODY_PROBLEMS),
}
endpoint_disable: dict[str, Any] = {
    "summary": "Disable a webhook endpoint: nothing more is sent there",
    "tags": _ENDPOINTS,
    "responses": _answers(_ENDPOINT, 401, 403, 404),
}
endpoint_rotate: dict[str, Any] = {
    "summary": "Give a webhook endpoint a new secret",
    "description": "Until the overlap ends deliveries are signed with both. The new one is shown this once.",
    "tags": _ENDPOINTS,
    "request": request_schema(RotateSecret),
    "responses": _answers(_WITH_SECRET, *_BODY_PROBLEMS),
}
endpoint_ping: dict[str, Any] = {
    "summary": "Send a ping to a webhook endpoint",
    "description": "What became of it stands in the deliveries of its event.",
    "tags": _ENDPOINTS,
    "request": None,
    "responses": _answers(_DELIVERY, 400, 401, 403, 404, 409, status=202),
}
endpoint_replay: dict[str, Any] = {
    "summary": "Send the events of a time again",
    "description": "At most 1,000 at once; more are refused, and nothing is sent then.",
    "tags": _ENDPOINTS,
    "request": request_schema(ReplayDeliveries),
    "responses": _answers(_COUNT, *_BODY_PROBLEMS, 422, status=202),
}
event_list: dict[str, Any] = {
    "summary": "Events, oldest first",
    "description": "To catch up without webhooks: ask again with the last nextCursor, which is there on the last page "
    "too. Nothing ever appears before it.",
    "tags": _EVENTS,
    "parameters": [
        OpenApiParameter("type", str, description="Such as payment.completed."),
        OpenApiParameter("subject", str, description="Public id of a payment, a wallet or an endpoint."),
        OpenApiParameter("createdFrom", str),
        OpenApiParameter("createdTo", str),
        OpenApiParameter("cursor", str),
        OpenApiParameter("limit", int, description="1 to 200; 50 when left out."),
    ],
    "responses": _answers(_EVENT, 400, 401, 403, is_list=True),
}
event_get: dict[str, Any] = {
    "summary": "One event",
    "tags": _EVENTS,
    "responses": _answers(_EVENT, 401, 403, 404),
}
event_deliveries: dict[str, Any] = {
    "summary": "Who was told of an event, with every try",
    "tags": _EVENTS,
    "responses": _answers(_DELIVERY, 401, 403, 404, is_list=True),
}
delivery_replay: dict[str, Any] = {
    "summary": "Send one event to one endpoint again",
    "tags": _EVENTS,
    "request": None,
    "responses": _answers(_DELIVERY, 400, 401, 403, 404, 409, status=202),
}

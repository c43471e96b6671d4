"""The OpenAPI description of the payment endpoints."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from common.api.schema import IDEMPOTENCY_KEY, Schema, envelope, problems, request_schema
from payments.requests import CreatePayment
from payments.states import Status

_TAGS = ["Payments"]
_STATUS: Schema = {"type": "string", "enum": [status.value for status in Status]}
_TEXT: Schema = {"type": "string"}
_MINOR: Schema = {"type": "integer", "description": "Minor units of the currency."}
_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}

PAYMENT: Schema = {
    "type": "object",
    "properties": {
        "transactionId": {"type": "string", "pattern": "^pay_[0-9a-f]{32}$"},
        "status": _STATUS,
        "requiresAction": {"type": "boolean"},
        "clientSecret": _TEXT,
        "redirectUrl": _TEXT,
        "instructions": _TEXT,
        "qrCode": _TEXT,
        "gateway": _TEXT,
        "amount": _MINOR,
        "currency": _TEXT,
        "purpose": _TEXT,
        "commission": {
            "type": "object",
            "properties": {"amount": _MINOR, "lines": {"type": "array", "items": {"type": "object"}}},
        },
        "netAmount": _MINOR,
        "payee": {"type": "object", "properties": {"ownerType": _TEXT, "ownerId": _TEXT}},
        "paymentMethod": _TEXT,
        "description": _TEXT,
        "orderId": _TEXT,
        "eventId": _TEXT,
        "externalReference": _TEXT,
        "userId": _TEXT,
        "lineItems": {"type": "array", "items": {"type": "object"}},
        "metadata": {"type": "object", "additionalProperties": _TEXT},
        "customParams": {"type": "object", "additionalProperties": _TEXT},
        "failure": {"type": "object", "properties": {"code": _TEXT, "message": _TEXT}},
        "createdAt": _TIME,
        "expiresAt": _TIME,
        "completedAt": _TIME,
    },
}
_STATUS_DATA: Schema = {
    "type": "object",
    "properties": {
        "transactionId": _TEXT,
        "status": _STATUS,
        "version": {"type": "integer", "description": "Rises with every change of the status."},
        "gateway": _TEXT,
        "amount": _MINOR,
        "currency": _TEXT,
        "requiresAction": {"type": "boolean"},
        "completedAt": _TIME,
    },
}
_CANCELLED: Schema = {"type": "object", "properties": {"transactionId": _TEXT, "status": _STATUS}}
_FILTERS = [
    "status",
    "gateway",
    "currency",
    "purpose",
    "orderId",
    "eventId",
    "externalReference",
    "userId",
    "payeeId",
    "createdFrom",
    "createdTo",
    "cursor",
]


def _ok(status: int, data: Schema, *, is_list: bool = False) -> dict[tuple[int, str], Schema]:
    return {(status, "application/json"): envelope(data, is_list=is_list)}


payment_create: dict[str, Any] = {
    "summary": "Take a payment",
    "tags": _TAGS,
    "parameters": [IDEMPOTENCY_KEY],
    "request": request_schema(CreatePayment),
    "responses": _ok(201, PAYMENT) | _ok(202, PAYMENT) | problems(400, 401, 402, 403, 409, 411, 413, 415, 422, 503),
}
payment_get: dict[str, Any] = {
    "summary": "One payment",
    "tags": _TAGS,
    "responses": _ok(200, PAYMENT) | problems(401, 403, 404),
}
payment_status: dict[str, Any] = {
    "summary": "Status of one payment, cheap enough to poll",
    "tags": _TAGS,
    "responses": _ok(200, _STATUS_DATA) | problems(401, 403, 404),
}
payment_list: dict[str, Any] = {
    "summary": "Payments, newest first",
    "tags": _TAGS,
    "parameters": [
        *(OpenApiParameter(name, str) for name in _FILTERS),
        OpenApiParameter("limit", int, description="1 to 200, 50 when left out."),
    ],
    "responses": _ok(200, PAYMENT, is_list=True) | problems(400, 401, 403),
}
payment_refresh: dict[str, Any] = {
    "summary": "Ask the gateway now, and collect what the payer approved",
    "tags": _TAGS,
    "request": None,
    "responses": _ok(200, PAYMENT) | problems(400, 401, 403, 404, 411, 413, 415),
}
payment_cancel: dict[str, Any] = {
    "summary": "Cancel an unpaid payment",
    "tags": _TAGS,
    "request": None,
    "responses": _ok(200, _CANCELLED) | _ok(202, _CANCELLED) | problems(401, 403, 404, 409),
}

"""Every event we tell the outside, with an example of its payload. No payload carries personal data."""

from typing import Any

PAYMENT_CREATED = "payment.created"
PAYMENT_REQUIRES_ACTION = "payment.requires_action"
PAYMENT_PROCESSING = "payment.processing"
PAYMENT_AUTHORIZED = "payment.authorized"
PAYMENT_COMPLETED = "payment.completed"
PAYMENT_FAILED = "payment.failed"
PAYMENT_CANCELLED = "payment.cancelled"
PAYMENT_EXPIRED = "payment.expired"
PAYMENT_FLAGGED = "payment.flagged"
WALLET_CREDITED = "wallet.credited"
ENDPOINT_PING = "webhook_endpoint.ping"
ENDPOINT_PAUSED = "webhook_endpoint.paused"
ENDPOINT_RESUMED = "webhook_endpoint.resumed"
ENDPOINT_DISABLED = "webhook_endpoint.disabled"

_PAYMENT_EXAMPLE: dict[str, Any] = {
    "transactionId": "pay_019a3f5c2b7e7c3e8d4f5a6b7c8d9e0f",
    "status": "completed",
    "amount": 2500,
    "currency": "EUR",
    "orderId": "A-1042",
    "eventId": "nuit-12",
    "externalReference": "ERN-2026-0001",
}
_WALLET_EXAMPLE: dict[str, Any] = {
    "walletId": "wal_019a3f5c2b7e7c3e8d4f5a6b7c8d9e0f",
    "transactionId": "pay_019a3f5c2b7e7c3e8d4f5a6b7c8d9e0f",
    "amount": 2350,
    "currency": "EUR",
}
_ENDPOINT_EXAMPLE: dict[str, Any] = {
    "endpointId": "whe_019a3f5c2b7e7c3e8d4f5a6b7c8d9e0f",
    "state": "active",
    "reason": "",
    "failuresInARow": 0,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    PAYMENT_CREATED: _PAYMENT_EXAMPLE | {"status": "processing"},
    PAYMENT_REQUIRES_ACTION: _PAYMENT_EXAMPLE | {"status": "requires_action"},
    PAYMENT_PROCESSING: _PAYMENT_EXAMPLE | {"status": "processing"},
    PAYMENT_AUTHORIZED: _PAYMENT_EXAMPLE | {"status": "authorized"},
    PAYMENT_COMPLETED: _PAYMENT_EXAMPLE,
    PAYMENT_FAILED: _PAYMENT_EXAMPLE | {"status": "failed"},
    PAYMENT_CANCELLED: _PAYMENT_EXAMPLE | {"status": "cancelled"},
    PAYMENT_EXPIRED: _PAYMENT_EXAMPLE | {"status": "expired"},
    PAYMENT_FLAGGED: _PAYMENT_EXAMPLE | {"flag": "mismatch"},
    WALLET_CREDITED: _WALLET_EXAMPLE,
    ENDPOINT_PING: _ENDPOINT_EXAMPLE,
    ENDPOINT_PAUSED: _ENDPOINT_EXAMPLE | {"state": "paused", "reason": "failing", "failuresInARow": 37},
    ENDPOINT_RESUMED: _ENDPOINT_EXAMPLE,
    ENDPOINT_DISABLED: _ENDPOINT_EXAMPLE | {"state": "disabled", "reason": "gone", "failuresInARow": 1},
}

"""What Stripe sends, genuine to the byte: events, intents and their signature."""

import hmac
from typing import Any

from gateways.contract import IncomingWebhook

NOW = 1_795_000_000
# Stands for what must never be seen in a log, a repr or a stored report.
CANARY = "CANARYc4n4ry"


def sign_stripe(
    body: bytes, *, secret: str, signed_at: int = NOW, received_at: int = NOW, scheme: str = "v1"
) -> IncomingWebhook:
    digest = hmac.digest(secret.encode(), b"%d." % signed_at + body, "sha256").hex()
    return IncomingWebhook(body, {"stripe-signature": f"t={signed_at},{scheme}={digest}"}, received_at)


def stripe_event(event_type: str, subject: dict[str, Any], **changes: Any) -> dict[str, Any]:
    event = {
        "id": "evt_3Odd",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": NOW - 2,
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_odd", "idempotency_key": None},
        "type": event_type,
    }
    return event | changes


def stripe_intent(**changes: Any) -> dict[str, Any]:
    intent = {
        "id": "pi_3Odd",
        "object": "payment_intent",
        "amount": 13_37,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"pi_3Odd_secret_{CANARY}",
        "confirmation_method": "automatic",
        "created": NOW - 60,
        "currency": "eur",
        "customer": None,
        "description": "Ticket sale",
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {"reference": "ref-odd"},
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card", "link"],
        "receipt_email": f"{CANARY}@payer.example",
        "status": "requires_payment_method",
    }
    return intent | changes

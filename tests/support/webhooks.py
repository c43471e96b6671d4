"""Stripe's webhooks about our payments, genuine to the byte unless a test says otherwise."""

import itertools
import json
from typing import Any

from django.test import Client
from prometheus_client import REGISTRY

from common import clock
from payments.models import PaymentAttempt
from tests.gateways.stripe_samples import sign_stripe, stripe_event, stripe_intent
from tests.support.factories import Merchant
from tests.support.web import Answer

_numbers = itertools.count(1)
_TYPES = {
    "requires_payment_method": "payment_intent.created",
    "requires_action": "payment_intent.requires_action",
    "processing": "payment_intent.processing",
    "succeeded": "payment_intent.succeeded",
    "canceled": "payment_intent.canceled",
    "requires_capture": "payment_intent.amount_capturable_updated",
}


def event_id() -> str:
    return f"evt_odd{next(_numbers)}"


def webhook_of(attempt: PaymentAttempt, status: str = "succeeded", **changes: Any) -> bytes:
    """What Stripe sends when the intent of this attempt gets there. `changes` are fields of the intent."""
    fields: dict[str, Any] = {
        "id": attempt.gateway_payment_id,
        "status": status,
        "amount": attempt.payment.amount_minor,
        "amount_received": attempt.payment.amount_minor if status == "succeeded" else 0,
        "currency": attempt.payment.currency.lower(),
        "created": clock.epoch(),
        "metadata": {"reference": attempt.reference},
    }
    intent = stripe_intent(**fields | changes)
    return as_event(intent, event_type=_TYPES[status])


def as_event(subject: dict[str, Any], *, event_type: str = "payment_intent.succeeded", **changes: Any) -> bytes:
    wanted = {"id": event_id(), "created": clock.epoch(), "livemode": subject.get("livemode", False)}
    return json.dumps(stripe_event(event_type, subject, **wanted | changes)).encode()


def signature_of(body: bytes, *, secret: str, age_seconds: int = 0, scheme: str = "v1") -> str:
    signed = sign_stripe(body, secret=secret, signed_at=clock.epoch() - age_seconds, scheme=scheme)
    return signed.headers["stripe-signature"]


def post(merchant: Merchant, body: bytes, *, signature: str | None = None, path: str = "") -> Answer:
    """Deliver to the merchant's address; signed with its secret unless a signature is given."""
    stamp = signature_of(body, secret=merchant.webhook_secret) if signature is None else signature
    headers = {"Stripe-Signature": stamp} if stamp else {}
    answer = Client().post(path or merchant.webhook_path, body, content_type="application/json", headers=headers)
    return Answer(answer.status_code, {name.lower(): value for name, value in answer.items()}, answer.content)


def refused_as_forged() -> float:
    """How often this process has said so."""
    labels = {"gateway": "stripe", "code": "WEBHOOK_NOT_GENUINE"}
    return REGISTRY.get_sample_value("payment_webhooks_refused_total", labels) or 0.0

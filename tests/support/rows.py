"""Every column of what is known about a payment, without those that differ by nature: to compare two roads."""

from typing import Any

from django.db.models import Model

from events.models import OutboxEvent
from payments.models import Payment, PaymentAttempt, PaymentHistory
from tenants.models import IdempotencyRecord
from wallets import ledger

_OWN = {"id", "public_id", "payment_id", "attempt_id", "subject_id", "resource_id", "order_id", "order_claim", "key"}


def everything_about(payment_id: int) -> dict[str, list[dict[str, Any]]]:
    """By table, oldest first. Ids of its own are left out, as are names given by a test to tell two payments apart."""
    attempts = PaymentAttempt.objects.filter(payment_id=payment_id).order_by("number")
    history = PaymentHistory.objects.filter(payment_id=payment_id).order_by("id")
    events = OutboxEvent.objects.filter(subject_type="payment", subject_id=payment_id).order_by("id")
    return {
        "payment": [_columns(Payment.objects.get(pk=payment_id), without={"fingerprint"})],
        "attempts": [_columns(attempt, without={"gateway_payment_id", "next_action_value"}) for attempt in attempts],
        "history": [_columns(row, without={"inbound_event_id"}) for row in history],
        "events": [_columns(event, without={"payload"}) | _payload(event) for event in events],
        "entries": _entries(payment_id),
    }


def record_of(payment_id: int) -> dict[str, Any]:
    return _columns(IdempotencyRecord.objects.get(resource_id=payment_id), without={"fingerprint", "body"})


def _columns(row: Model, *, without: set[str]) -> dict[str, Any]:
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in _OWN | without}


def _payload(event: OutboxEvent) -> dict[str, Any]:
    return {name: value for name, value in event.payload.items() if name not in ("transactionId", "orderId")}


def _entries(payment_id: int) -> list[dict[str, Any]]:
    return [
        {
            "account": entry.account.kind,
            "amount": entry.amount_minor,
            "currency": entry.currency,
            "effect": entry.transaction.effect,
            "occurred_at": entry.transaction.occurred_at,
            "recorded_at": entry.transaction.recorded_at,
        }
        for entry in ledger.entries_of("payment", payment_id)
    ]

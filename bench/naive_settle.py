"""The naive reference's settling: one webhook, one payment, row by row through the ORM, inside the request."""

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from events.models import OutboxEvent
from gateways.models import InboundEvent
from payments.models import Payment, PaymentAttempt, PaymentHistory
from wallets.chart import CHART, AccountKind
from wallets.models import Balance, LedgerAccount, LedgerEntry, LedgerTransaction


def settle_stored(event_id: int) -> None:
    """Apply one stored webhook, as the view does when it has just stored it."""
    with transaction.atomic():
        inbound = InboundEvent.objects.select_for_update().get(pk=event_id)
        if inbound.state == "received":
            settle(inbound, json.loads(bytes(inbound.body)))


def settle(inbound: InboundEvent, event: dict[str, Any]) -> None:
    """Complete the payment, book it and tell of it."""
    intent = event["data"]["object"]
    attempt = PaymentAttempt.objects.get(gateway_account_id=inbound.gateway_account_id, gateway_payment_id=intent["id"])
    payment = Payment.objects.select_for_update().get(pk=attempt.payment_id)
    if payment.status == "requires_action" and payment.amount_minor == intent["amount_received"]:
        before = payment.status
        payment.status, payment.version, payment.completed_at = "completed", payment.version + 1, timezone.now()
        payment.save()
        attempt.state, attempt.gateway_status, attempt.next_check_at = "succeeded", intent["status"], None
        attempt.answered_at = timezone.now()
        attempt.save()
        _book(payment, attempt)
        _write_down(payment, attempt, inbound, before=before)
    inbound.state, inbound.payment_id, inbound.settled_at = "applied", payment.pk, timezone.now()
    inbound.tries += 1
    inbound.save()


def _book(payment: Payment, attempt: PaymentAttempt) -> None:
    now = timezone.now()
    transaction_ = LedgerTransaction.objects.create(
        tenant_id=payment.tenant_id,
        subject_type="payment",
        subject_id=payment.pk,
        effect="completed",
        entry_count=3,
        occurred_at=now,
        recorded_at=now,
    )
    net = payment.amount_minor - payment.commission_minor
    for kind, party_id, amount_minor in (
        (AccountKind.GATEWAY_CLEARING, attempt.gateway_account_id, payment.amount_minor),
        (AccountKind.WALLET_AVAILABLE, payment.wallet_id, -net),
        (AccountKind.COMMISSION_REVENUE, 0, -payment.commission_minor),
    ):
        account = LedgerAccount.objects.get(
            tenant_id=payment.tenant_id, kind=kind, party_id=party_id, currency=payment.currency
        )
        balance = Balance.objects.select_for_update().get(pk=account.pk)
        balance.balance_minor += CHART[kind].normal_sign * amount_minor
        balance.version += 1
        balance.save()
        LedgerEntry.objects.create(
            transaction=transaction_,
            account=account,
            amount_minor=amount_minor,
            currency=payment.currency,
            balance_after_minor=balance.balance_minor if kind is AccountKind.WALLET_AVAILABLE else None,
        )


def _write_down(payment: Payment, attempt: PaymentAttempt, inbound: InboundEvent, *, before: str) -> None:
    now = timezone.now()
    PaymentHistory.objects.create(
        tenant_id=payment.tenant_id,
        payment=payment,
        version=payment.version,
        status_before=before,
        status_after=payment.status,
        changed=True,
        source="webhook",
        outcome="succeeded",
        attempt_id=attempt.pk,
        inbound_event_id=inbound.pk,
        occurred_at=now,
        recorded_at=now,
    )
    for event_type, subject_type, subject_id, amount_minor in (
        ("payment.completed", "payment", payment.pk, payment.amount_minor),
        ("wallet.credited", "wallet", payment.wallet_id, payment.amount_minor - payment.commission_minor),
    ):
        OutboxEvent.objects.create(
            tenant_id=payment.tenant_id,
            type=event_type,
            subject_type=subject_type,
            subject_id=subject_id,
            subject_version=payment.version,
            payload={"transactionId": payment.shown_id, "amount": amount_minor, "currency": payment.currency},
            occurred_at=now,
            recorded_at=now,
        )

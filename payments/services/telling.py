"""The events that a change of a payment is told by."""

from datetime import datetime

from common.money import Money
from events import catalog, outbox
from payments.models import Payment
from payments.presentation import event_data


def payment_event(
    payment: Payment, *, event: str, occurred_at: datetime, extra: dict[str, str] | None = None
) -> outbox.NewEvent:
    data = event_data(
        public_id=payment.public_id,
        status=payment.status,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        order_id=payment.order_id,
        event_id=payment.event_id,
        reference=payment.external_reference,
    )
    return outbox.NewEvent(
        tenant_id=payment.tenant_id,
        type=event,
        subject_type="payment",
        subject_id=payment.pk,
        subject_version=payment.version,
        payload=data | (extra or {}),
        occurred_at=occurred_at,
    )


def wallet_credited(
    *,
    tenant_id: int,
    wallet_id: int,
    wallet_public_id: str,
    payment_id: str,
    net: Money,
    version: int,
    occurred_at: datetime,
) -> outbox.NewEvent:
    return outbox.NewEvent(
        tenant_id=tenant_id,
        type=catalog.WALLET_CREDITED,
        subject_type="wallet",
        subject_id=wallet_id,
        subject_version=version,
        payload={
            "walletId": wallet_public_id,
            "transactionId": payment_id,
            "amount": net.minor,
            "currency": net.currency,
        },
        occurred_at=occurred_at,
    )

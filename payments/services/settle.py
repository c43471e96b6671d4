"""Settling a batch of successful charges: move, book, tell, in the caller's transaction."""

from datetime import datetime

from common import ids
from common.money import Money
from events import catalog, outbox
from payments import postings
from payments.presentation import event_data
from payments.services import settle_sql
from payments.services.settle_sql import Charged, Paid
from payments.services.telling import wallet_credited
from payments.states import Status
from wallets import ledger


def settle_batch(news: list[Charged], *, now: datetime) -> dict[int, int]:
    """Event id to payment id of everything that is settled now, or was before. The rest is not plain."""
    ledger.require_transaction()
    if not news:
        return {}
    paid = settle_sql.settle(news, now=now)
    ledger.post_batch([_booking(item) for item in paid], recorded_at=now)
    outbox.add([event for item in paid for event in _events(item)], recorded_at=now)
    settled = {item.event_id: item.payment_id for item in paid}
    rest = [item for item in news if item.event_id not in settled]
    return settled | settle_sql.already_paid(rest) if rest else settled


def _booking(paid: Paid) -> ledger.Booking:
    return ledger.Booking(
        tenant_id=paid.tenant_id,
        subject_type=postings.SUBJECT,
        subject_id=paid.payment_id,
        effect=postings.COMPLETED,
        postings=postings.payment_completed(
            gross=Money(paid.amount_minor, paid.currency),
            commission=Money(paid.commission_minor, paid.currency),
            wallet_id=paid.wallet_id,
            gateway_account_id=paid.gateway_account_id,
        ),
        occurred_at=paid.occurred_at,
    )


def _events(paid: Paid) -> list[outbox.NewEvent]:
    data = event_data(
        public_id=paid.public_id,
        status=Status.COMPLETED,
        amount_minor=paid.amount_minor,
        currency=paid.currency,
        order_id=paid.order_id,
        event_id=paid.for_event,
        reference=paid.external_reference,
    )
    events = [
        outbox.NewEvent(
            tenant_id=paid.tenant_id,
            type=catalog.PAYMENT_COMPLETED,
            subject_type="payment",
            subject_id=paid.payment_id,
            subject_version=paid.version,
            payload=data | ({"flag": paid.flag} if paid.flag else {}),
            occurred_at=paid.occurred_at,
        )
    ]
    net = Money(paid.amount_minor - paid.commission_minor, paid.currency)
    if net:
        events.append(
            wallet_credited(
                tenant_id=paid.tenant_id,
                wallet_id=paid.wallet_id,
                wallet_public_id=ids.show(ids.WALLET, paid.wallet_public_id),
                payment_id=data["transactionId"],
                net=net,
                version=paid.version,
                occurred_at=paid.occurred_at,
            )
        )
    return events

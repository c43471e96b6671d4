"""A gateway's news on its way in, with the locked rows it is about, and how what came of it is written down."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from common import ids
from events import catalog, outbox
from gateways.contract import GatewayReport, Outcome
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.models.attempt import CloseReason
from payments.models.history import Source
from payments.models.payment import Flag
from payments.services.telling import payment_event, wallet_credited
from payments.states import Status
from wallets.models import Wallet

NO_NEWS = (Outcome.NOT_SENT, Outcome.UNKNOWN)


@dataclass
class News:
    """A report on its way in, with the locked rows it is about."""

    payment: Payment
    attempt: PaymentAttempt
    report: GatewayReport
    outcome: Outcome
    source: Source
    inbound_event_id: int | None
    now: datetime

    @property
    def occurred_at(self) -> datetime:
        return self.report.occurred_at or self.now

    @cached_property
    def is_followed(self) -> bool:
        """Whether a later attempt of the payment has taken its place."""
        return self.payment.attempts.filter(number__gt=self.attempt.number).exists()


def locked(
    attempt_id: int, *, report: GatewayReport, source: Source, inbound_event_id: int | None, now: datetime
) -> News:
    """Payment before attempt, always: everything that locks both does it in this order."""
    payment_id = PaymentAttempt.objects.values_list("payment_id", flat=True).get(pk=attempt_id)
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    attempt = PaymentAttempt.objects.select_for_update(no_key=True).get(pk=attempt_id)
    outcome = report.outcome
    if outcome is Outcome.CANCELLED and attempt.close_reason == CloseReason.EXPIRED:
        outcome = Outcome.EXPIRED
    return News(payment, attempt, report, outcome, source, inbound_event_id, now)


def raise_flag(news: News, *, flag: Flag, reason: str) -> None:
    """Write the reason down; the first flag of a payment stays and is told."""
    payment = news.payment
    write_history(news, before=Status(payment.status), changed=False, reason=reason)
    if not payment.flag:
        payment.flag = flag
        payment.save(update_fields=["flag"])
        tell(news, event=catalog.PAYMENT_FLAGGED, extra={"flag": flag.value})


def write_history(news: News, *, before: Status, changed: bool, reason: str) -> None:
    PaymentHistory.objects.create(
        tenant_id=news.payment.tenant_id,
        payment=news.payment,
        version=news.payment.version,
        status_before=before,
        status_after=news.payment.status,
        changed=changed,
        source=news.source,
        outcome=news.outcome,
        reason=reason[:200],
        attempt_id=news.attempt.pk,
        inbound_event_id=news.inbound_event_id,
        raw={} if news.inbound_event_id else dict(news.report.raw),
        occurred_at=news.occurred_at,
        recorded_at=news.now,
    )


def tell(news: News, *, event: str, extra: dict[str, str]) -> None:
    """The events of one change: the payment's, and the wallet's when it was credited."""
    payment = news.payment
    events = [payment_event(payment, event=event, occurred_at=news.occurred_at, extra=extra)]
    if event == catalog.PAYMENT_COMPLETED and payment.net:
        wallet = Wallet.objects.values_list("public_id", flat=True).get(pk=payment.wallet_id)
        events.append(
            wallet_credited(
                tenant_id=payment.tenant_id,
                wallet_id=payment.wallet_id,
                wallet_public_id=ids.show(ids.WALLET, wallet),
                payment_id=payment.shown_id,
                net=payment.net,
                version=payment.version,
                occurred_at=news.occurred_at,
            )
        )
    outbox.add(events, recorded_at=news.now)

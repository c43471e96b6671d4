"""All that is known of one payment, read in a fixed number of queries: attempts, history, webhooks, entries, events."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.money import Money
from events.models import OutboxEvent
from gateways.models import InboundEvent
from gateways.redaction import safe_body
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.postings import SUBJECT
from payments.states import OPEN_ATTEMPT_STATES, AttemptState
from wallets.chart import Party
from wallets.ledger import entries_of

ROWS_MAX = 200


@dataclass(frozen=True, slots=True)
class Raw:
    """One report as it came, with everything hidden that is not known to be harmless."""

    title: str
    source: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline, and what shows that it is true."""

    row: PaymentHistory
    attempt: PaymentAttempt | None
    webhook: InboundEvent | None

    @property
    def was_late(self) -> bool:
        """It happened and was written down on different days: both are said."""
        return self.row.occurred_at.date() != self.row.recorded_at.date()


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    quantity: int
    unit_price: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    basis: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Story:
    payment: Payment
    attempts: list[PaymentAttempt]
    moments: list[Moment]
    webhooks: list[InboundEvent]
    entries: list[Any]
    events: list[OutboxEvent]

    @property
    def evidence(self) -> Moment | None:
        """The newest news that changed the status."""
        return next((moment for moment in reversed(self.moments) if moment.row.changed), None)

    @property
    def next_check(self) -> PaymentAttempt | None:
        return next((attempt for attempt in self.attempts if attempt.next_check_at), None)

    @property
    def open_attempt(self) -> PaymentAttempt | None:
        return next((attempt for attempt in self.attempts if attempt.state in OPEN_ATTEMPT_STATES), None)

    @property
    def is_in_doubt(self) -> bool:
        return any(attempt.state == AttemptState.UNKNOWN for attempt in self.attempts)

    @property
    def collected_twice(self) -> list[PaymentAttempt]:
        """What was paid beside the payment's own attempt, and is booked where nobody earns it."""
        return [attempt for attempt in self.attempts if attempt.state == AttemptState.LATE]

    @property
    def flag_reason(self) -> PaymentHistory | None:
        """The newest news that moved nothing: with it the reason to look was written down."""
        kept = (moment.row for moment in reversed(self.moments) if not moment.row.changed and moment.row.reason)
        return next(kept, None)

    @property
    def parties(self) -> dict[tuple[str, int], str]:
        """Names for the accounts of the ledger that this payment touched."""
        wallet = self.payment.wallet
        names: dict[tuple[str, int], str] = {(Party.WALLET, wallet.pk): wallet.owner_name or wallet.owner_id}
        for attempt in self.attempts:
            names[Party.GATEWAY_ACCOUNT, attempt.gateway_account_id] = attempt.gateway_account.name
        return names

    @property
    def commission_lines(self) -> list[Line]:
        currency = self.payment.currency
        return [
            Line(str(line.get("kind", "")), str(line.get("basis", "")), Money(int(line.get("amount", 0)), currency))
            for line in self.payment.commission_lines
        ]

    @property
    def items(self) -> list[Item]:
        return [_item(item, currency=self.payment.currency) for item in self.payment.line_items]

    @property
    def raws(self) -> list[Raw]:
        """Oldest first: what the gateway answered and what it sent."""
        told = [
            Raw(moment.row.outcome, moment.row.source, moment.row.recorded_at, _pretty(moment.row.raw))
            for moment in self.moments
            if moment.row.raw
        ]
        sent = [Raw(hook.event_type, "webhook", hook.received_at, webhook_text(hook)) for hook in self.webhooks]
        return sorted(told + sent, key=lambda raw: raw.at)


def story_of(payment: Payment) -> Story:
    attempts = list(payment.attempts.select_related("gateway_account").order_by("number")[:ROWS_MAX])
    webhooks = list(InboundEvent.objects.filter(payment_id=payment.pk).order_by("id")[:ROWS_MAX])
    history = payment.history.order_by("id")[:ROWS_MAX]
    attempt_by_id = {attempt.pk: attempt for attempt in attempts}
    webhook_by_id = {webhook.pk: webhook for webhook in webhooks}
    events = OutboxEvent.objects.filter(subject_type=SUBJECT, subject_id=payment.pk).order_by("id")[:ROWS_MAX]
    return Story(
        payment=payment,
        attempts=attempts,
        moments=[
            Moment(row, attempt_by_id.get(row.attempt_id or 0), webhook_by_id.get(row.inbound_event_id or 0))
            for row in history
        ],
        webhooks=webhooks,
        entries=entries_of(SUBJECT, payment.pk),
        events=list(events),
    )


def webhook_text(webhook: InboundEvent) -> str:
    """The body with everything hidden that is not on the list of what may be shown."""
    return _pretty_text(safe_body(bytes(webhook.body)))


def _pretty_text(text: str) -> str:
    try:
        return _pretty(json.loads(text))
    except ValueError:
        return text


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)


def _item(item: dict[str, Any], *, currency: str) -> Item:
    quantity = int(item.get("quantity", 1))
    unit = Money(int(item.get("unit_price", item.get("unitPrice", 0))), currency)
    name = str(item.get("name") or item.get("description") or item.get("sku") or "")
    return Item(name=name, quantity=quantity, unit_price=unit, total=unit * quantity)

"""What is stuck or in doubt: each queue with count, amounts, age of the oldest, and the list behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import clock
from common.models import TaskFailure
from common.money import Money
from events.admin import in_trouble
from events.models import WebhookEndpoint
from gateways.models import InboundEvent, InboundState
from payments.admin.filters import flagged, in_doubt, past_due
from payments.models import Payment
from reconciliation.models import LineState, StatementLine

# A webhook is applied within a second; one that waits this long is stuck.
WEBHOOK_WAITS_AFTER = timedelta(minutes=1)
FAILURES_COUNT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Queue:
    title: Promise
    explanation: Promise
    address: str
    count: int
    amounts: tuple[Money, ...]
    oldest: datetime | None


def payment_queues() -> list[Queue]:
    payments = reverse("admin:payments_payment_changelist")
    return [
        _of_payments(
            _("Outcome unknown"),
            _("The gateway did not say whether it collected. Asked again by itself."),
            f"{payments}?queue=doubt",
            Payment.objects.filter(pk__in=in_doubt().values("payment")),
        ),
        _of_payments(
            _("Past due"),
            _("Should have been asked about more than 5 minutes ago."),
            f"{payments}?queue=late",
            Payment.objects.filter(pk__in=past_due().values("payment")),
        ),
        _of_payments(
            _("Flagged"),
            _("News that contradicts what we know. A person must look."),
            f"{payments}?queue=flagged",
            flagged(),
        ),
    ]


def webhook_queues() -> list[Queue]:
    """Each reads the partial index of its state."""
    since = clock.now() - WEBHOOK_WAITS_AFTER
    waits = Q(replayed_at=None, received_at__lt=since) | Q(replayed_at__lt=since)
    return [
        _of_webhooks(
            _("Webhooks given up"),
            _("Nobody tries them any more. Read the reason, mend it, have them applied again."),
            InboundState.DEAD,
            InboundEvent.objects.filter(state=InboundState.DEAD),
        ),
        _of_webhooks(
            _("Webhooks parked"),
            _("Could not be applied yet, and are tried again by themselves."),
            InboundState.PARKED,
            InboundEvent.objects.filter(state=InboundState.PARKED),
        ),
        _of_webhooks(
            _("Webhooks waiting"),
            _("Received more than a minute ago and not yet applied."),
            InboundState.RECEIVED,
            InboundEvent.objects.filter(waits, state=InboundState.RECEIVED),
        ),
    ]


def _of_webhooks(title: Promise, explanation: Promise, state: InboundState, rows: QuerySet[InboundEvent]) -> Queue:
    found = rows.aggregate(count=Count("pk"), oldest=Min("received_at"))
    address = f"{reverse('admin:gateways_inboundevent_changelist')}?state={state}"
    return Queue(title, explanation, address, found["count"], (), found["oldest"])


def endpoint_queues() -> list[Queue]:
    """Receivers of our events that do not take them."""
    found = WebhookEndpoint.objects.filter(in_trouble()).aggregate(count=Count("pk"), oldest=Min("failing_since"))
    return [
        Queue(
            title=_("Endpoints failing or paused"),
            explanation=_("They do not take our webhooks. Tell their owner, then resume them."),
            address=f"{reverse('admin:events_webhookendpoint_changelist')}?state=trouble",
            count=found["count"],
            amounts=(),
            oldest=found["oldest"],
        )
    ]


def statement_queues() -> list[Queue]:
    """Booked at the bank and not explained: each line reads the partial index of the unmatched."""
    rows = list(
        StatementLine.objects.filter(state=LineState.UNMATCHED)
        .values("currency")
        .annotate(count=Count("pk"), amount_sum=Sum("amount_minor"), oldest=Min("decided_at"))
        .order_by("currency")
    )
    return [
        Queue(
            title=_("Statement lines to explain"),
            explanation=_("Booked at the bank and in suspense. Proposals stand beside each."),
            address=f"{reverse('admin:reconciliation_statementline_changelist')}?state={LineState.UNMATCHED}",
            count=sum(row["count"] for row in rows),
            amounts=tuple(Money(int(row["amount_sum"]), row["currency"]) for row in rows),
            oldest=min((row["oldest"] for row in rows), default=None),
        )
    ]


def task_queues() -> list[Queue]:
    """What failed lately. Older failures stay in the list behind it, for a month."""
    lately = TaskFailure.objects.filter(last_failed_at__gte=clock.now() - FAILURES_COUNT_FOR)
    found = lately.aggregate(count=Count("pk"), oldest=Min("first_failed_at"))
    return [
        Queue(
            title=_("Tasks that failed"),
            explanation=_("In the last 24 hours. Their work waits where it was and is tried again."),
            address=reverse("admin:common_taskfailure_changelist"),
            count=found["count"],
            amounts=(),
            oldest=found["oldest"],
        )
    ]


def _of_payments(title: Promise, explanation: Promise, address: str, rows: QuerySet[Payment]) -> Queue:
    lines = list(
        rows.values("currency")
        .annotate(count=Count("pk"), amount_sum=Sum("amount_minor"), oldest=Min("created_at"))
        .order_by("currency")
    )
    return Queue(
        title=title,
        explanation=explanation,
        address=address,
        count=sum(line["count"] for line in lines),
        amounts=tuple(Money(int(line["amount_sum"]), line["currency"]) for line in lines),
        oldest=min((line["oldest"] for line in lines), default=None),
    )

"""Reading events and deliveries of one tenant. Events in the order of `sequence`, which never gets an earlier one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from events.models import Delivery, DeliveryTry, OutboxEvent, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What a list may be narrowed by; empty means all. `after` is the sequence of the last event already seen."""

    type: str = ""
    subject: tuple[str, int] | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    after: int | None = None


def event_page(tenant_id: int, wanted: EventFilter, *, size: int) -> tuple[list[OutboxEvent], bool]:
    """Oldest first, by key and never by offset; and whether more follow. Only what has been dispatched is there."""
    narrowed = Q(tenant_id=tenant_id, sequence__isnull=False)
    if wanted.type:
        narrowed &= Q(type=wanted.type)
    if wanted.subject:
        narrowed &= Q(subject_type=wanted.subject[0], subject_id=wanted.subject[1])
    if wanted.created_from:
        narrowed &= Q(recorded_at__gte=wanted.created_from)
    if wanted.created_to:
        narrowed &= Q(recorded_at__lt=wanted.created_to)
    if wanted.after is not None:
        narrowed &= Q(sequence__gt=wanted.after)
    rows = list(OutboxEvent.objects.filter(narrowed).order_by("sequence")[: size + 1])
    return rows[:size], len(rows) > size


def event_of(tenant_id: int, public_id: UUID) -> OutboxEvent | None:
    return OutboxEvent.objects.filter(tenant_id=tenant_id, public_id=public_id, sequence__isnull=False).first()


def deliveries_of(event: OutboxEvent) -> QuerySet[Delivery]:
    history = Prefetch("history", DeliveryTry.objects.defer("answer").order_by("number"))
    return (
        Delivery.objects.filter(event=event)
        .select_related("event", "endpoint")
        .prefetch_related(history)
        .order_by("id")
    )


def endpoint_of(tenant_id: int, public_id: UUID) -> WebhookEndpoint | None:
    return WebhookEndpoint.objects.filter(tenant_id=tenant_id, public_id=public_id).first()


def endpoints_of(tenant_id: int) -> QuerySet[WebhookEndpoint]:
    """All that a tenant has, the disabled ones too, newest first."""
    return WebhookEndpoint.objects.filter(tenant_id=tenant_id).order_by("-id")

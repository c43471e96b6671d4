"""Events, endpoints and the steps between them, as the workers would take them but at a time of the test's choice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from common import clock, ids
from events import catalog, http, outbox
from events.models import Delivery, OutboxEvent, WebhookEndpoint
from events.services import claims, dispatch, endpoints, sending
from tenants.models import Tenant

LONG_BEFORE = timedelta(days=100)


@dataclass(frozen=True)
class Hooked:
    """An endpoint, the secret it was opened with, and the tenant behind it."""

    tenant: Tenant
    endpoint: WebhookEndpoint
    secret: str

    @property
    def public_id(self) -> str:
        return ids.show(ids.WEBHOOK_ENDPOINT, self.endpoint.public_id)

    def now(self) -> WebhookEndpoint:
        return WebhookEndpoint.objects.get(pk=self.endpoint.pk)


def hook_up(tenant: Tenant, url: str, *, types: tuple[str, ...] = (), **fields: Any) -> Hooked:
    opened = fields.pop("now", clock.now() - LONG_BEFORE)
    endpoint, secret = _open(tenant, url, types=types, now=opened)
    if fields:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**fields)
        endpoint.refresh_from_db()
    return Hooked(tenant, endpoint, secret)


def _open(tenant: Tenant, url: str, *, types: tuple[str, ...], now: datetime) -> tuple[WebhookEndpoint, str]:
    return endpoints.open_endpoint(tenant=tenant, url=url, types=types, description="", now=now)


def tell(
    tenant: Tenant,
    *,
    kind: str = catalog.PAYMENT_COMPLETED,
    subject_id: int = 1,
    now: datetime | None = None,
    **data: Any,
) -> None:
    """Write one event as a change of a payment does."""
    moment = now or clock.now()
    event = outbox.NewEvent(
        tenant_id=tenant.pk,
        type=kind,
        subject_type=kind.partition(".")[0],
        subject_id=subject_id,
        subject_version=3,
        payload=catalog.EXAMPLES[kind] | data,
        occurred_at=moment,
    )
    with transaction.atomic():
        outbox.add([event], recorded_at=moment)


def told(tenant: Tenant, **fields: Any) -> OutboxEvent:
    """One event, dispatched."""
    tell(tenant, **fields)
    dispatch.dispatch(now=fields.get("now") or clock.now())
    return OutboxEvent.objects.order_by("-pk")[0]


def send_once(*, now: datetime, result: str, status: int | None = None, latency_ms: int = 40) -> int:
    """What a worker does at that time, the request ending like this. Returns how many deliveries were due."""
    claimed = claims.claim_due(now=now, limit=100)
    for claim in claimed:
        ended = http.Ended(http.Result(result), status, latency_ms)
        claims.record(claim, ended, started_at=now, now=now, jitter_permille=0)
    return len(claimed)


def send_all() -> int:
    dispatch.dispatch(now=clock.now())
    return sending.deliver()


def only_delivery() -> Delivery:
    return Delivery.objects.select_related("event", "endpoint").get()

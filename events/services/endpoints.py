"""The endpoints of a tenant: opened, changed, given a new secret, tried with a ping."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from common import ids
from common.errors import Conflict, Invalid, Refused
from events import catalog, secrets
from events.addresses import judge_url
from events.models import Delivery, EndpointState, OutboxEvent, WebhookEndpoint
from events.services.dispatch import next_sequence
from events.services.pausing import SUBJECT, WebhookEndpointExists
from tenants.models import Tenant

ENDPOINTS_MAX = 20
_KNOWN_TYPES = frozenset(catalog.EXAMPLES) | {f"{name.partition('.')[0]}.*" for name in catalog.EXAMPLES}


class TooManyWebhookEndpoints(Refused):
    code = "TOO_MANY_WEBHOOK_ENDPOINTS"


class WebhookEndpointNotActive(Conflict):
    code = "WEBHOOK_ENDPOINT_NOT_ACTIVE"


def open_endpoint(
    *, tenant: Tenant, url: str, types: Sequence[str], description: str, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is shown this once. Raises WebhookUrlRefused, WebhookEndpointExists."""
    judge_url(url)
    endpoint = WebhookEndpoint(
        tenant=tenant, url=url, types=_judged(types), description=description, created_at=now, public_id=ids.uuid7()
    )
    secret = secrets.give_first(endpoint)
    with transaction.atomic(durable=True):
        # Who opens two at once waits here, so that the count is true.
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        _require_room(tenant)
        _save(endpoint)
    return endpoint, secret


def change_endpoint(endpoint_id: int, *, changes: dict[str, Any]) -> WebhookEndpoint:
    """`changes` may hold url, types, description."""
    if "url" in changes:
        judge_url(changes["url"])
    if "types" in changes:
        changes = changes | {"types": _judged(changes["types"])}
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        for name, value in changes.items():
            setattr(endpoint, name, value)
        endpoint.version += 1
        _save(endpoint)
    return endpoint


def rotate_secret(endpoint_id: int, *, now: datetime, overlap: timedelta) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its new secret; the old one goes on signing beside it until the overlap ends."""
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        secret = secrets.rotate(endpoint, now=now, overlap=overlap)
        endpoint.version += 1
        endpoint.save(update_fields=["secrets", "secrets_key_id", "previous_until", "version"])
    return endpoint, secret


def ping(endpoint_id: int, *, now: datetime) -> Delivery:
    """An event for this endpoint alone, whatever types it asked for. Raises WebhookEndpointNotActive."""
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        require_active(endpoint)
        event = OutboxEvent.objects.create(
            tenant_id=endpoint.tenant_id,
            type=catalog.ENDPOINT_PING,
            subject_type=SUBJECT,
            subject_id=endpoint.pk,
            subject_version=endpoint.version,
            payload={
                "endpointId": ids.show(ids.WEBHOOK_ENDPOINT, endpoint.public_id),
                "state": endpoint.state,
                "reason": "",
                "failuresInARow": endpoint.failures_in_a_row,
            },
            occurred_at=now,
            recorded_at=now,
            # Dispatched already: nobody else is to hear of it.
            dispatched_at=now,
            sequence=next_sequence(),
        )
        return Delivery.objects.create(
            tenant_id=endpoint.tenant_id, event=event, endpoint=endpoint, next_try_at=now, created_at=now
        )


def require_active(endpoint: WebhookEndpoint) -> None:
    if endpoint.state != EndpointState.ACTIVE:
        raise WebhookEndpointNotActive(f"The endpoint is {endpoint.state}: resume it first.")


def _judged(types: Sequence[str]) -> list[str]:
    unknown = [position for position, name in enumerate(types) if name not in _KNOWN_TYPES]
    if unknown:
        details = [{"field": f"$.types[{position}]", "message": "is no event of the catalog"} for position in unknown]
        raise Invalid("types names events that docs/events.md does not list.", details=details)
    return sorted(set(types))


def _require_room(tenant: Tenant) -> None:
    if WebhookEndpoint.objects.filter(tenant=tenant).exclude(state=EndpointState.DISABLED).count() >= ENDPOINTS_MAX:
        raise TooManyWebhookEndpoints(f"A tenant has at most {ENDPOINTS_MAX} endpoints: disable one first.")


def _save(endpoint: WebhookEndpoint) -> None:
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError:
        raise WebhookEndpointExists("There is an endpoint with this url already.") from None

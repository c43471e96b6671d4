"""When an endpoint is no longer called: it failed for too long, said that it is gone, or somebody asked for it.

Each stop is an event of its own, so that other endpoints, the API and the console tell of it. Paused: deliveries go on
being made and wait. Disabled: none are made.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from common import ids
from common.errors import Conflict
from events import catalog, outbox
from events.models import Delivery, DeliveryState, EndpointState, PauseReason, WebhookEndpoint

SUBJECT = "webhook_endpoint"


class WebhookEndpointExists(Conflict):
    code = "WEBHOOK_ENDPOINT_EXISTS"


class WebhookEndpointDisabled(Conflict):
    code = "WEBHOOK_ENDPOINT_DISABLED"


def pause_if_it_fails_for_long(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Building block. Called after a failure was counted, with the endpoint locked."""
    since = endpoint.failing_since
    if since is not None and now - since >= timedelta(hours=settings.WEBHOOK_PAUSE_AFTER_HOURS):
        stop(endpoint, EndpointState.PAUSED, PauseReason.FAILING, now=now)


def stop(endpoint: WebhookEndpoint, state: EndpointState, reason: PauseReason, *, now: datetime) -> None:
    """Building block: pause or disable a locked endpoint, and say so in an event."""
    assert connection.in_atomic_block, "a transaction must be open"
    endpoint.state, endpoint.paused_reason, endpoint.paused_at = state, reason, now
    endpoint.version += 1
    endpoint.save(update_fields=["state", "paused_reason", "paused_at", "version"])
    kind = catalog.ENDPOINT_PAUSED if state == EndpointState.PAUSED else catalog.ENDPOINT_DISABLED
    outbox.add([_event(endpoint, kind=kind, now=now)], recorded_at=now)


def resume(endpoint_id: int, *, now: datetime) -> WebhookEndpoint:
    """Call it again, and at once for all that waits. What happened while it was disabled is not made up for."""
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if endpoint.state == EndpointState.ACTIVE:
            return endpoint
        endpoint.state, endpoint.paused_reason, endpoint.paused_at = EndpointState.ACTIVE, "", None
        endpoint.failures_in_a_row, endpoint.failing_since = 0, None
        endpoint.version += 1
        try:
            with transaction.atomic():
                endpoint.save()
        except IntegrityError:
            raise WebhookEndpointExists("Another endpoint has this url by now.") from None
        waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING, next_try_at__gt=now)
        waiting.update(next_try_at=now)
        outbox.add([_event(endpoint, kind=catalog.ENDPOINT_RESUMED, now=now)], recorded_at=now)
    return endpoint


def pause(endpoint_id: int, *, now: datetime) -> WebhookEndpoint:
    """Raises WebhookEndpointDisabled: a disabled endpoint is resumed or left alone."""
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if endpoint.state == EndpointState.DISABLED:
            raise WebhookEndpointDisabled("The endpoint is disabled and takes no deliveries: resume it first.")
        if endpoint.state == EndpointState.ACTIVE:
            stop(endpoint, EndpointState.PAUSED, PauseReason.ASKED, now=now)
    return endpoint


def disable(endpoint_id: int, *, now: datetime) -> WebhookEndpoint:
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        if endpoint.state != EndpointState.DISABLED:
            stop(endpoint, EndpointState.DISABLED, PauseReason.ASKED, now=now)
    return endpoint


def _event(endpoint: WebhookEndpoint, *, kind: str, now: datetime) -> outbox.NewEvent:
    return outbox.NewEvent(
        tenant_id=endpoint.tenant_id,
        type=kind,
        subject_type=SUBJECT,
        subject_id=endpoint.pk,
        subject_version=endpoint.version,
        payload={
            "endpointId": ids.show(ids.WEBHOOK_ENDPOINT, endpoint.public_id),
            "state": endpoint.state,
            "reason": endpoint.paused_reason,
            "failuresInARow": endpoint.failures_in_a_row,
        },
        occurred_at=now,
    )

"""Webhook endpoints over HTTP: opened, changed, tried, and asked to take something again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from common import clock, ids
from common.api.body import convert
from common.api.envelope import success
from common.api.parsing import read_object
from common.api.viewset import LeanViewSet
from common.errors import Invalid, NotFound
from common.queue import wake
from events import schema
from events.models import WebhookEndpoint
from events.presentation import delivery_data, endpoint_data
from events.requests import ChangeEndpoint, CreateEndpoint, ReplayDeliveries, RotateSecret
from events.selectors import endpoint_of, endpoints_of
from events.services import endpoints, pausing, replay
from tenants.authentication import authenticate
from tenants.principal import Principal

DELIVER_TASK = "events.tasks.deliver_webhooks"
READ, WRITE = "events:read", "webhooks:write"


class WebhookEndpointNotFound(NotFound):
    code = "WEBHOOK_ENDPOINT_NOT_FOUND"


class WebhookEndpointViewSet(LeanViewSet):
    required_scopes = {
        "list": READ,
        "retrieve": READ,
        "create": WRITE,
        "change": WRITE,
        "disable": WRITE,
        "rotate": WRITE,
        "ping": WRITE,
        "replay": WRITE,
    }

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(**schema.endpoint_list)
    def list(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        return success([endpoint_data(each) for each in endpoints_of(principal.tenant.pk)], message="Endpoints.")

    @extend_schema(**schema.endpoint_get)
    def retrieve(self, request: HttpRequest, *, principal: Principal, endpoint_id: str) -> HttpResponse:
        return success(endpoint_data(found_endpoint(principal, endpoint_id)), message="Endpoint.")

    @extend_schema(**schema.endpoint_create)
    def create(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        wanted = convert(read_object(request), CreateEndpoint)
        endpoint, secret = endpoints.open_endpoint(
            tenant=principal.tenant,
            url=wanted.url,
            types=wanted.types,
            description=wanted.description,
            now=clock.now(),
        )
        return _with_secret(endpoint, secret, status=201)

    @extend_schema(**schema.endpoint_change)
    def change(self, request: HttpRequest, *, principal: Principal, endpoint_id: str) -> HttpResponse:
        wanted = convert(read_object(request), ChangeEndpoint)
        endpoint = found_endpoint(principal, endpoint_id)
        changes = {name: value for name, value in _given(wanted).items() if name != "state"}
        if changes:
            endpoint = endpoints.change_endpoint(endpoint.pk, changes=changes)
        if wanted.state == "active":
            endpoint = pausing.resume(endpoint.pk, now=clock.now())
            wake(DELIVER_TASK)
        elif wanted.state == "paused":
            endpoint = pausing.pause(endpoint.pk, now=clock.now())
        return success(endpoint_data(endpoint), message="Changed.")

    @extend_schema(**schema.endpoint_disable)
    def disable(self, request: HttpRequest, *, principal: Principal, endpoint_id: str) -> HttpResponse:
        endpoint = found_endpoint(principal, endpoint_id)
        return success(endpoint_data(pausing.disable(endpoint.pk, now=clock.now())), message="Disabled.")

    @extend_schema(**schema.endpoint_rotate)
    def rotate(self, request: HttpRequest, *, principal: Principal, endpoint_id: str) -> HttpResponse:
        wanted = convert(read_object(request, is_optional=True), RotateSecret)
        endpoint = found_endpoint(principal, endpoint_id)
        overlap = timedelta(seconds=wanted.overlap_seconds)
        endpoint, secret = endpoints.rotate_secret(endpoint.pk, now=clock.now(), overlap=overlap)
        return _with_secret(endpoint, secret, status=200)

    @extend_schema(**schema.endpoint_ping)
    def ping(self, request: HttpRequest, *, principal: Principal, endpoint_id: str) -> HttpResponse:
        read_object(request, is_optional=True)
        delivery = endpoints.ping(found_endpoint(principal, endpoint_id).pk, now=clock.now())
        wake(DELIVER_TASK)
        return success(delivery_data(delivery), message="A ping is on its way.", status=202)

    @extend_schema(**schema.endpoint_replay)
    def replay(self, request: HttpRequest, *, principal: Principal, endpoint_id: str) -> HttpResponse:
        wanted = convert(read_object(request), ReplayDeliveries)
        endpoint = found_endpoint(principal, endpoint_id)
        now = clock.now()
        asked = replay.Wanted(
            since=moment_of("$.since", wanted.since),
            until=moment_of("$.until", wanted.until) if wanted.until else now,
            types=wanted.types,
            states=wanted.states,
        )
        count = replay.replay_many(endpoint_id=endpoint.pk, wanted=asked, now=now)
        wake(DELIVER_TASK)
        return success({"replayed": count}, message="They are on their way again.", status=202)


def found_endpoint(principal: Principal, text: str) -> WebhookEndpoint:
    public_id = ids.read(ids.WEBHOOK_ENDPOINT, text)
    endpoint = endpoint_of(principal.tenant.pk, public_id) if public_id else None
    if endpoint is None:
        raise WebhookEndpointNotFound("There is no webhook endpoint with this id.")
    return endpoint


def moment_of(field: str, text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text) if text.isascii() else None
    except ValueError:
        moment = None
    if moment is None:
        name = field.removeprefix("$.")
        raise Invalid(
            f"{name} is a date or a time such as 2026-11-21T14:32:00Z.",
            details=[{"field": field, "message": "is not an ISO 8601 time"}],
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _given(wanted: ChangeEndpoint) -> dict[str, Any]:
    values = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


def _with_secret(endpoint: WebhookEndpoint, secret: str, *, status: int) -> HttpResponse:
    return success(
        endpoint_data(endpoint) | {"secret": secret}, message="Keep the secret: it is not shown again.", status=status
    )

"""Events out in the console: what we told, to whom, every try, and the endpoints with what is wrong there."""

import json

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin import ReadOnlyAdmin
from common.admin_columns import Cell, Column, Link, Tab
from common.admin_filters import ChoiceFilter, DayFilter, TextFilter, Words
from events import catalog
from events.admin_commands import PERMISSION, OperatesEndpoints, ReasonForm, ReplaysDeliveries
from events.body import shown
from events.models import Delivery, DeliveryState, EndpointState, OutboxEvent, WebhookEndpoint
from events.services.claims import FAILING_AFTER

_SHOWN_MAX = 20


class TypeFilter(ChoiceFilter):
    title = _("Type")
    parameter_name = "type"
    column = "type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [(name, name) for name in catalog.EXAMPLES]


class RecordedFilter(DayFilter):
    moments = (("recorded_at", _("Recorded")),)


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    record_template = "console/events/event.html"
    id_prefix = ids.EVENT
    search_fields = ("public_id",)
    empty_hint = _("Every change of a payment or a wallet writes an event.")
    list_filter = (TypeFilter, RecordedFilter)
    list_select_related = ("tenant",)
    columns = (
        Column(_("Event"), lambda e: ids.show(ids.EVENT, e.public_id), Cell.ID, on_phone=True),
        Column(_("Type"), lambda e: e.type, Cell.CODE, on_phone=True),
        Column(_("Version of the object"), lambda e: e.subject_version, Cell.NUMBER),
        Column(_("Tenant"), lambda e: e.tenant.name),
        Column(_("Occurred"), lambda e: e.occurred_at, Cell.WHEN, on_phone=True),
        Column(_("Handed out"), lambda e: e.dispatched_at, Cell.WHEN, on_phone=True),
    )
    lines = (
        Column(_("Event id"), lambda e: ids.show(ids.EVENT, e.public_id), Cell.CODE),
        *columns[1:],
        Column(_("Recorded"), lambda e: e.recorded_at, Cell.WHEN),
        Column(_("Sequence"), lambda e: e.sequence, Cell.CODE),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxEvent]:
        return super().get_queryset(request).select_related("tenant")

    def exact(self, request: HttpRequest, rows: QuerySet[OutboxEvent], text: str) -> QuerySet[OutboxEvent]:
        public_id = ids.read(ids.EVENT, text)
        return rows.filter(public_id=public_id) if public_id else rows.none()

    def record_context(self, request: HttpRequest, record: OutboxEvent) -> dict[str, object]:
        deliveries = Delivery.objects.filter(event=record).select_related("endpoint").order_by("id")[:_SHOWN_MAX]
        return {
            "console_title": ids.show(ids.EVENT, record.public_id),
            "body": json.dumps(shown(record), indent=2, ensure_ascii=False),
            "deliveries": deliveries,
        }


class DeliveryStateFilter(ChoiceFilter):
    title = _("State")
    parameter_name = "state"
    column = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [(state.value, state.label) for state in DeliveryState]


class EndpointFilter(TextFilter):
    """The id of an endpoint: its own page links here."""

    title = _("Endpoint")
    parameter_name = "endpoint"
    is_hidden = True

    def narrow(self, rows: QuerySet[Delivery], value: str) -> QuerySet[Delivery]:
        public_id = ids.read(ids.WEBHOOK_ENDPOINT, value)
        return rows.filter(endpoint__public_id=public_id) if public_id else rows.none()


@admin.register(Delivery)
class DeliveryAdmin(ReplaysDeliveries):
    record_template = "console/events/delivery.html"
    empty_hint = _("Deliveries appear as soon as a tenant has an endpoint and something happens.")
    list_filter = (DeliveryStateFilter, EndpointFilter)
    list_select_related = ("event", "endpoint")
    tabs = (Tab(_("All")), Tab(_("Failed"), "state=failed"), Tab(_("Waiting"), "state=waiting"))
    columns = (
        Column(_("Event"), lambda d: ids.show(ids.EVENT, d.event.public_id), Cell.ID, on_phone=True),
        Column(_("Type"), lambda d: d.event.type, Cell.CODE, on_phone=True),
        Column(_("Endpoint"), lambda d: d.endpoint.url),
        Column(_("State"), lambda d: d.state, Cell.STATUS, noun="delivery", on_phone=True),
        Column(_("Last result"), lambda d: d.last_result, Cell.CODE),
        Column(_("Tries"), lambda d: d.tries, Cell.NUMBER),
        Column(_("Next try"), lambda d: d.next_try_at, Cell.WHEN),
        Column(_("Created"), lambda d: d.created_at, Cell.WHEN, on_phone=True),
    )
    lines = (
        Column(_("Event"), lambda d: _link("outboxevent", ids.show(ids.EVENT, d.event.public_id)), Cell.LINK),
        *columns[1:],
        Column(_("Delivered or given up"), lambda d: d.ended_at, Cell.WHEN),
        Column(
            _("Endpoint id"),
            lambda d: _link("webhookendpoint", ids.show(ids.WEBHOOK_ENDPOINT, d.endpoint.public_id)),
            Cell.LINK,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("event", "endpoint")

    def record_context(self, request: HttpRequest, record: Delivery) -> dict[str, object]:
        return {
            "console_title": record.event.type,
            "tries": record.history.order_by("-number")[:_SHOWN_MAX],
            "form": ReasonForm() if request.user.has_perm(PERMISSION) else None,
            "is_active": record.endpoint.state == EndpointState.ACTIVE,
        }


class EndpointStateFilter(ChoiceFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [("trouble", _("Failing or paused")), *((state.value, state.label) for state in EndpointState)]

    def narrow(self, rows: QuerySet[WebhookEndpoint], value: str) -> QuerySet[WebhookEndpoint]:
        return rows.filter(in_trouble() if value == "trouble" else Q(state=value))


def in_trouble() -> Q:
    """What a person should look at: it fails again and again, or is not called for a reason not asked."""
    failing = Q(state=EndpointState.ACTIVE, failures_in_a_row__gte=FAILING_AFTER)
    return failing | (~Q(state=EndpointState.ACTIVE) & Q(paused_reason__in=["failing", "gone"]))


def _tone(endpoint: WebhookEndpoint) -> str:
    """An active endpoint that fails is told apart."""
    fails = endpoint.state == EndpointState.ACTIVE and endpoint.failures_in_a_row >= FAILING_AFTER
    return "failing" if fails else endpoint.state


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(OperatesEndpoints):
    record_template = "console/events/endpoint.html"
    id_prefix = ids.WEBHOOK_ENDPOINT
    search_fields = ("public_id",)
    search_hint = _("The endpoint's id")
    empty_hint = _("Tenants open endpoints by the API: see docs/events.md.")
    list_filter = (EndpointStateFilter,)
    list_select_related = ("tenant",)
    tabs = (Tab(_("All")), Tab(_("Failing or paused"), "state=trouble"))
    columns = (
        Column(_("Endpoint"), lambda e: ids.show(ids.WEBHOOK_ENDPOINT, e.public_id), Cell.ID, on_phone=True),
        Column(_("Address"), lambda e: e.url, on_phone=True),
        Column(_("Tenant"), lambda e: e.tenant.name),
        Column(_("State"), _tone, Cell.STATUS, noun="endpoint", on_phone=True),
        Column(_("Reason"), lambda e: e.get_paused_reason_display()),
        Column(_("Failures in a row"), lambda e: e.failures_in_a_row, Cell.NUMBER, on_phone=True),
        Column(_("Failing since"), lambda e: e.failing_since, Cell.WHEN),
        Column(_("Created"), lambda e: e.created_at, Cell.WHEN),
    )
    lines = (
        *columns,
        Column(_("Types"), lambda e: ", ".join(e.types) or _("all")),
        Column(_("Description"), lambda e: e.description),
        Column(_("Paused or disabled"), lambda e: e.paused_at, Cell.WHEN),
        Column(_("Old secret signs until"), lambda e: e.previous_until, Cell.WHEN),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return super().get_queryset(request).select_related("tenant").defer("secrets")

    def exact(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint], text: str) -> QuerySet[WebhookEndpoint]:
        public_id = ids.read(ids.WEBHOOK_ENDPOINT, text)
        return rows.filter(public_id=public_id) if public_id else rows.none()

    def record_context(self, request: HttpRequest, record: WebhookEndpoint) -> dict[str, object]:
        shown_id = ids.show(ids.WEBHOOK_ENDPOINT, record.public_id)
        newest = Delivery.objects.filter(endpoint=record).select_related("event").order_by("-id")[:_SHOWN_MAX]
        return {
            "console_title": shown_id,
            "deliveries": newest,
            "all_address": f"{reverse('admin:events_delivery_changelist')}?endpoint={shown_id}",
            "form": ReasonForm() if request.user.has_perm(PERMISSION) else None,
            "is_active": record.state == EndpointState.ACTIVE,
            "is_disabled": record.state == EndpointState.DISABLED,
        }


def _link(model: str, shown_id: str) -> Link:
    return Link(shown_id, reverse(f"admin:events_{model}_change", args=[shown_id]))

"""Webhooks in the console: what came, what was done with it and why. Accounts are listed without their credentials."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin import ReadOnlyAdmin
from common.admin_columns import Cell, Column, Link, Tab
from common.admin_filters import ChoiceFilter, DayFilter, TextFilter, Words
from gateways.admin_replay import PERMISSION, ReplayForm, Replays
from gateways.contract import WebhookTrust
from gateways.inbox import NOT_ABOUT_MONEY
from gateways.models import GatewayAccount, InboundEvent, InboundState, UnusedEventType
from gateways.redaction import safe_body, safe_query
from gateways.registry import PROFILES

_LOOKED_THROUGH = 100_000
_WAITING = (InboundState.RECEIVED, InboundState.PARKED)


class StateFilter(ChoiceFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [
            ("failed", _("Parked or given up")),
            (InboundState.RECEIVED, _("Received")),
            (InboundState.APPLIED, _("Applied")),
            (InboundState.IGNORED, _("Ignored")),
            ("unused", _("Of a type without use")),
            (InboundState.PARKED, _("Parked")),
            (InboundState.DEAD, _("Given up")),
        ]

    def narrow(self, rows: QuerySet[InboundEvent], value: str) -> QuerySet[InboundEvent]:
        if value == "unused":
            return rows.filter(state=InboundState.IGNORED, reason=NOT_ABOUT_MONEY)
        states = [InboundState.PARKED, InboundState.DEAD] if value == "failed" else [value]
        return rows.filter(state__in=states)


class GatewayFilter(ChoiceFilter):
    title = _("Gateway")
    parameter_name = "gateway"
    column = "gateway_account__gateway"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        codes = GatewayAccount.objects.order_by("gateway").values_list("gateway", flat=True).distinct()
        return [(code, PROFILES[code].display_name if code in PROFILES else code) for code in codes]


class TypeFilter(TextFilter):
    title = _("Type")
    parameter_name = "type"
    column = "event_type"


class AccountFilter(ChoiceFilter):
    """Of one account, by its public id. Looks through the newest of all: no index has the account before the time."""

    title = _("Gateway account")
    parameter_name = "account"
    is_hidden = True

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        asked = ids.read(ids.GATEWAY_ACCOUNT, request.GET.get("account", ""))
        rows = GatewayAccount.objects.filter(public_id=asked) if asked else GatewayAccount.objects.none()
        return [(ids.show(ids.GATEWAY_ACCOUNT, row.public_id), row.name) for row in rows.only("public_id", "name")]

    def has_output(self) -> bool:
        """Also for an id that nobody has: to leave it out would show everybody's."""
        return True

    def narrow(self, rows: QuerySet[InboundEvent], value: str) -> QuerySet[InboundEvent]:
        public_id = ids.read(ids.GATEWAY_ACCOUNT, value)
        newest = InboundEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        accounts = GatewayAccount.objects.filter(public_id=public_id) if public_id else GatewayAccount.objects.none()
        return rows.filter(pk__gt=newest - _LOOKED_THROUGH, gateway_account__in=accounts.values("pk"))


class PaymentFilter(TextFilter):
    """The row number of a payment: its own page links here."""

    title = _("Payment")
    parameter_name = "payment"
    is_hidden = True

    def narrow(self, rows: QuerySet[InboundEvent], value: str) -> QuerySet[InboundEvent]:
        is_number = value.isascii() and value.isdigit() and len(value) < 19
        return rows.filter(payment_id=int(value)) if is_number else rows.none()


def _signature(event: InboundEvent) -> Words:
    code = event.gateway_account.gateway
    if code in PROFILES and PROFILES[code].webhook_trust is WebhookTrust.SIGNED:
        return _("Valid: only signed webhooks are stored")
    return _("Proves too little: only a hint, the gateway was asked")


class ReceivedFilter(DayFilter):
    moments = (("received_at", _("Received")),)


@admin.register(InboundEvent)
class InboundEventAdmin(Replays):
    change_list_template = "console/webhooks.html"
    record_template = "console/webhook.html"
    search_fields = ("dedupe_key",)
    search_hint = _("The gateway's event id")
    empty_hint = _("A webhook appears here as soon as a gateway sends one with a valid signature.")
    list_filter = (AccountFilter, StateFilter, GatewayFilter, TypeFilter, PaymentFilter, ReceivedFilter)
    list_select_related = ("gateway_account",)
    tabs = (
        Tab(_("All")),
        Tab(_("Parked or given up"), "state=failed"),
        Tab(_("Given up"), "state=dead"),
        Tab(_("Waiting"), "state=received"),
        Tab(_("Of a type without use"), "state=unused"),
    )
    columns = (
        Column(_("Webhook"), lambda e: e.dedupe_key, Cell.ID, on_phone=True),
        Column(_("Type"), lambda e: e.event_type, Cell.CODE, on_phone=True),
        Column(_("State"), lambda e: e.state, Cell.STATUS, noun="inbound", on_phone=True),
        Column(_("Reason"), lambda e: e.reason),
        Column(_("Gateway account"), lambda e: e.gateway_account.name),
        Column(_("Tries"), lambda e: e.tries, Cell.NUMBER),
        Column(_("Received"), lambda e: e.received_at, Cell.WHEN, on_phone=True),
        Column(_("Settled"), lambda e: e.settled_at, Cell.WHEN),
    )
    lines = (
        Column(_("State"), lambda e: e.state, Cell.STATUS, noun="inbound"),
        Column(_("Reason"), lambda e: e.reason),
        Column(_("Type"), lambda e: e.event_type, Cell.CODE),
        Column(_("Gateway account"), lambda e: e.gateway_account.name),
        Column(_("Signature"), _signature),
        Column(_("Received"), lambda e: e.received_at, Cell.WHEN),
        Column(_("Settled"), lambda e: e.settled_at, Cell.WHEN),
        Column(_("Tries"), lambda e: e.tries, Cell.NUMBER),
        Column(_("Next try"), lambda e: e.next_try_at if e.state in _WAITING else None, Cell.WHEN),
        Column(_("Last applied again"), lambda e: e.replayed_at, Cell.WHEN),
        Column(_("Size of the body in bytes"), lambda e: len(e.body), Cell.NUMBER),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        return super().get_queryset(request).select_related("gateway_account")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[InboundEvent], search_term: str) -> tuple:
        # The list never needs the bytes; some are large.
        found, _may_repeat = super().get_search_results(request, queryset, search_term)
        return found.defer("body"), False

    def exact(self, request: HttpRequest, rows: QuerySet[InboundEvent], text: str) -> QuerySet[InboundEvent]:
        return rows.filter(gateway_account__in=GatewayAccount.objects.values("pk"), dedupe_key=text)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_replay = request.user.has_perm(PERMISSION)
        return super().changelist_view(request, {"may_replay": may_replay, **(extra_context or {})})

    def record_context(self, request: HttpRequest, record: InboundEvent) -> dict[str, object]:
        return {
            "body": _pretty(safe_body(bytes(record.body))),
            "query": safe_query(record.query),
            "console_title": record.dedupe_key,
            "replay_form": ReplayForm() if request.user.has_perm(PERMISSION) else None,
        }


def _webhooks_of(row: UnusedEventType) -> Link:
    words = urlencode({"gateway": row.gateway, "type": row.event_type})
    return Link(str(_("Show")), f"{reverse('admin:gateways_inboundevent_changelist')}?{words}")


@admin.register(UnusedEventType)
class UnusedEventTypeAdmin(ReadOnlyAdmin):
    empty_hint = _("Each type that says nothing about a payment appears here, the newest type first.")
    columns = (
        Column(_("Type"), lambda t: t.event_type, Cell.CODE, on_phone=True),
        Column(_("Gateway"), lambda t: t.gateway, on_phone=True),
        Column(_("How many"), lambda t: t.count, Cell.NUMBER, on_phone=True),
        Column(_("First"), lambda t: t.first_seen_at, Cell.WHEN, on_phone=True),
        Column(_("Last"), lambda t: t.last_seen_at, Cell.WHEN),
        Column(_("Webhooks"), _webhooks_of, Cell.LINK),
    )
    lines = columns


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    id_prefix = ids.GATEWAY_ACCOUNT
    search_fields = ("public_id",)
    empty_hint = _("Accounts are opened on the page Gateways or with manage.py gateway_account.")
    list_select_related = ("tenant",)
    columns = (
        Column(_("Name"), lambda a: a.name, Cell.TEXT, on_phone=True),
        Column(_("Gateway"), lambda a: a.gateway, on_phone=True),
        Column(_("Tenant"), lambda a: a.tenant.name),
        Column(_("Mode"), lambda a: "live" if a.livemode else "sandbox", Cell.STATUS, noun="mode", on_phone=True),
        Column(_("State"), lambda a: "on" if a.is_active else "off", Cell.STATUS, noun="switch", on_phone=True),
        Column(_("Priority"), lambda a: a.priority, Cell.NUMBER),
        Column(_("Currencies"), lambda a: ", ".join(a.currencies)),
        Column(_("Methods"), lambda a: ", ".join(a.methods)),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatewayAccount]:
        return super().get_queryset(request).select_related("tenant").defer("credentials")

    def exact(self, request: HttpRequest, rows: QuerySet[GatewayAccount], text: str) -> QuerySet[GatewayAccount]:
        public_id = ids.read(ids.GATEWAY_ACCOUNT, text)
        return rows.filter(public_id=public_id) if public_id else rows.none()


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text

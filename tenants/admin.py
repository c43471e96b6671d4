"""Tenants and their API keys in the console: who may act. A key's secret is not here; only its hash is stored."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common import clock, ids
from common.admin import ReadOnlyAdmin
from common.admin_columns import Cell, Column
from tenants.models import ApiKey, Tenant


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    id_prefix = ids.TENANT
    search_fields = ("public_id",)
    columns = (
        Column(_("Tenant"), lambda t: t.slug, Cell.ID, on_phone=True),
        Column(_("Name"), lambda t: t.name, on_phone=True),
        Column(_("Mode"), lambda t: "live" if t.livemode else "sandbox", Cell.STATUS, noun="mode", on_phone=True),
        Column(_("State"), lambda t: "on" if t.is_active else "off", Cell.STATUS, noun="switch", on_phone=True),
        Column(_("Time zone"), lambda t: t.timezone, Cell.CODE),
        Column(_("Created"), lambda t: t.created_at, Cell.WHEN),
    )
    lines = (
        Column(_("Tenant id"), lambda t: ids.show(ids.TENANT, t.public_id), Cell.CODE),
        Column(_("Short name"), lambda t: t.slug, Cell.CODE),
        *columns[2:],
        Column(_("Clock moved by seconds"), lambda t: t.clock_offset_seconds, Cell.NUMBER),
    )

    def exact(self, request: HttpRequest, rows: QuerySet[Tenant], text: str) -> QuerySet[Tenant]:
        public_id = ids.read(ids.TENANT, text)
        return rows.filter(public_id=public_id) if public_id else rows.none()


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= clock.now() else "on"


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    search_fields = ("prefix",)
    search_hint = _("The part of the key that may be shown")
    empty_hint = _("Make a key with: manage.py api_key.")
    list_select_related = ("tenant",)
    columns = (
        Column(_("Key"), lambda k: f"{k.prefix}…", Cell.ID, on_phone=True),
        Column(_("Used by"), lambda k: k.name, on_phone=True),
        Column(_("Tenant"), lambda k: k.tenant.name),
        Column(_("State"), _state, Cell.STATUS, noun="switch", on_phone=True),
        Column(_("Rights"), lambda k: ", ".join(k.scopes)),
        Column(_("Created"), lambda k: k.created_at, Cell.WHEN, on_phone=True),
        Column(_("Ends"), lambda k: k.expires_at, Cell.WHEN),
        Column(_("Revoked"), lambda k: k.revoked_at, Cell.WHEN),
    )
    lines = columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).select_related("tenant").defer("digest")

    def exact(self, request: HttpRequest, rows: QuerySet[ApiKey], text: str) -> QuerySet[ApiKey]:
        return rows.filter(prefix=text)

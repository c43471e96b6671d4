"""What every console page says about where it stands: sandbox or live, which clock, which files it loads."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants.models import Tenant

_CACHE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Scope:
    """The active tenants in one glance. Names are shown while they are few."""

    names: tuple[str, ...]
    has_live: bool
    has_sandbox: bool
    has_moved_clock: bool
    zone_name: str

    @property
    def zone(self) -> tzinfo:
        return UTC if self.zone_name == "UTC" else ZoneInfo(self.zone_name)


def scope() -> Scope:
    """Read at most every 30 seconds: every page asks."""
    found = cache.get("console.scope")
    if found is None:
        found = _read()
        cache.set("console.scope", found, _CACHE_SECONDS)
    return found


def _read() -> Scope:
    tenants = list(Tenant.objects.filter(is_active=True).order_by("id")[:20])
    zones = {tenant.timezone for tenant in tenants}
    return Scope(
        names=tuple(tenant.name for tenant in tenants),
        has_live=any(tenant.livemode for tenant in tenants),
        has_sandbox=any(not tenant.livemode for tenant in tenants),
        has_moved_clock=any(tenant.clock_offset_seconds for tenant in tenants),
        # Tenants in several zones share no business day: their common page is in UTC and says so.
        zone_name=zones.pop() if len(zones) == 1 else "UTC",
    )


def label(_request: HttpRequest) -> list[str]:
    """Text and colour of the mark on every page."""
    now = scope()
    text, colour = _("Sandbox"), "warning"
    if now.has_live:
        text, colour = (_("Live and sandbox"), "danger") if now.has_sandbox else (_("Live"), "danger")
    return [f"{text} · {_('moved clock')}" if now.has_moved_clock else text, colour]


def subheader(_request: HttpRequest) -> str:
    names = scope().names
    return names[0] if len(names) == 1 else _("%(count)s tenants") % {"count": len(names)}


def stylesheet(_request: HttpRequest) -> str:
    return static("console/console.css")


def books_stylesheet(_request: HttpRequest) -> str:
    return static("console/books.css")


def script(_request: HttpRequest) -> str:
    return static("console/console.js")


def favicon(_request: HttpRequest) -> str:
    return static("console/favicon.svg")


def language_address(_request: HttpRequest) -> str:
    return reverse("admin:set_language")

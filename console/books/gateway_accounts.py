"""A gateway account's page: what it can take, whether it collects now, and what must be registered at the gateway.

Credentials are never read here: not even sealed do they leave the database. They are replaced on a page of their own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import clock, ids
from common.admin_columns import Cell, Column
from common.admin_filters import start_of
from console import tones
from console.books.registering import takes_the_place_of
from console.gateways import audit
from console.gateways.terms import fees_of, limits_of
from gateways.accounts import webhook_address
from gateways.admin import GatewayAccountAdmin
from gateways.breaker import circuit_name
from gateways.contract import GatewayProfile
from gateways.models import Breaker, GatewayAccount, InboundEvent
from gateways.registry import PROFILES, capabilities_of
from payments.admin.search import payments_with_id
from payments.models import Payment, PaymentAttempt
from payments.states import PAID_STATUSES, Status

SUCCESS_DAYS = 7
# Fewer than this say nothing about a gateway.
SUCCESS_COUNT_MIN = 30
_OPEN_SHOWN = 20
# Webhooks of an account have no index by time: the newest of all accounts are looked through instead.
_WEBHOOKS_LOOKED_THROUGH = 10_000


@dataclass(frozen=True, slots=True)
class Success:
    """Of the payments created in the last days with an attempt here that were paid or failed: how many were paid."""

    paid: int
    ended: int
    address: str

    @property
    def tenths_of_percent(self) -> int:
        return self.paid * 1000 // self.ended if self.ended else 0

    @property
    def says_little(self) -> bool:
        return self.ended < SUCCESS_COUNT_MIN


@takes_the_place_of(GatewayAccount)
class GatewayAccountPage(GatewayAccountAdmin):
    record_template = "console/books/gateway_account.html"
    lines = (
        Column(_("Account id"), lambda a: ids.show(ids.GATEWAY_ACCOUNT, a.public_id), Cell.CODE),
        Column(_("Gateway"), lambda a: a.gateway),
        Column(_("Tenant"), lambda a: a.tenant.name),
        Column(_("Mode"), lambda a: "live" if a.livemode else "sandbox", Cell.STATUS, noun="mode"),
        Column(_("State"), lambda a: "on" if a.is_active else "off", Cell.STATUS, noun="switch"),
        Column(_("Priority, lower is tried first"), lambda a: a.priority, Cell.NUMBER),
        Column(_("Methods"), lambda a: ", ".join(str(tones.words_of(code)) for code in a.methods)),
        Column(_("Countries"), lambda a: ", ".join(a.countries) or _("any")),
    )

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        found: dict[str, object] = {
            "limits": limits_of(record),
            "fees": fees_of(record),
            "changes": audit.recent(GatewayAccount, keys=[record.pk]),
            "circuit": _circuit(record),
            "profile": PROFILES.get(record.gateway),
            "capabilities": capabilities_of(record.gateway),
            "keeps_keys_days": _days(PROFILES.get(record.gateway)),
            "webhook_address": webhook_address(record),
        }
        if request.user.has_perm("gateways.change_gatewayaccount") and record.gateway in PROFILES:
            key = ids.show(ids.GATEWAY_ACCOUNT, record.public_id)
            found |= {
                "settings_address": reverse("admin:gateways_account_settings", args=[key]),
                "credentials_address": reverse("admin:gateways_account_credentials", args=[key]),
            }
        if request.user.has_perm("gateways.view_inboundevent"):
            found |= {"may_see_webhooks": True, "last_webhook": last_webhook(record)}
        if request.user.has_perm("payments.view_payment"):
            attempts = list(_open_attempts(record)[: _OPEN_SHOWN + 1])
            found |= {
                "may_see_payments": True,
                "success": success_of(record, now=clock.now()),
                "open_attempts": attempts[:_OPEN_SHOWN],
                "has_more_open": len(attempts) > _OPEN_SHOWN,
                "open_shown": _OPEN_SHOWN,
            }
        return found


def _circuit(account: GatewayAccount) -> Breaker | None:
    """None where it has never been anything but closed."""
    return Breaker.objects.filter(pk=circuit_name(account.gateway, livemode=account.livemode)).first()


def success_of(account: GatewayAccount, *, now: datetime) -> Success:
    """Whole days on the console's clock, today included."""
    key = ids.show(ids.GATEWAY_ACCOUNT, account.public_id)
    last = timezone.localdate(now)
    first = last - timedelta(days=SUCCESS_DAYS - 1)
    created = Payment.objects.filter(created_at__gte=start_of(first), created_at__lt=start_of(last + timedelta(days=1)))
    found = payments_with_id(created, key).aggregate(
        paid=Count("pk", filter=Q(status__in=sorted(PAID_STATUSES))),
        ended=Count("pk", filter=Q(status__in=sorted(PAID_STATUSES | {Status.FAILED}))),
    )
    words = {"q": key, "status": "paid_or_failed", "from": first, "to": last, "by": "created_at"}
    address = f"{reverse('admin:payments_payment_changelist')}?{urlencode(words)}"
    return Success(found["paid"], found["ended"], address)


def last_webhook(account: GatewayAccount) -> InboundEvent | None:
    """The newest of this account among the newest of all."""
    newest = InboundEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = InboundEvent.objects.filter(pk__gt=newest - _WEBHOOKS_LOOKED_THROUGH, gateway_account=account)
    return rows.defer("body").order_by("-pk").first()


def _open_attempts(account: GatewayAccount) -> QuerySet[PaymentAttempt]:
    """Those that the gateway is still asked about, the most urgent first."""
    rows = PaymentAttempt.objects.filter(gateway_account=account, next_check_at__isnull=False)
    return rows.select_related("payment").order_by("next_check_at", "pk")


def _days(profile: GatewayProfile | None) -> int | None:
    return profile.key_retention.days if profile and profile.key_retention else None

"""Can we collect now? Circuits, the tenant's accounts, a dry run of routing, and what each adapter can do."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from common import ids
from console import tones
from console.gateways import dry_run
from console.gateways.matrix import matrix
from console.gateways.tenant_choice import TenantChoice
from console.gateways.terms import Fee, Limit, fees_of, limits_of
from console.pages import Context, Page
from gateways.accounts import webhook_address
from gateways.breaker import circuit_name
from gateways.models import Breaker, BreakerState, GatewayAccount
from gateways.routing import Rate
from payments.selectors import success_rates
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """The circuit of a gateway in one mode; `since` is None where it has never been anything but closed."""

    gateway: str
    mode: str
    state: str
    since: datetime | None = None
    retry_at: datetime | None = None
    failures: int = 0
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.state != BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class AccountCard:
    account: GatewayAccount
    gateway: str
    address: str
    circuit: CircuitRow
    rate: Rate | None
    limits: list[Limit]
    fees: list[Fee]
    methods: str
    webhook_address: str
    webhooks: str
    payments: str

    @property
    def tenths_of_percent(self) -> int:
        return self.rate.succeeded * 1000 // self.rate.ended if self.rate and self.rate.ended else 0


class GatewaysPage(Page):
    path = "gateways/overview/"
    name = "gateways_overview"
    title = gettext_lazy("Gateways")
    template = "console/gateways/overview.html"
    permission = "gateways.view_gatewayaccount"

    def context(self, request: HttpRequest, **captured: str) -> Context:
        choice = TenantChoice.of(request)
        found: Context = {"choice": choice, "matrix": matrix()}
        if choice.tenant is None:
            return found
        accounts = _accounts(choice.tenant)
        circuits = _circuits(accounts)
        rates = success_rates(choice.tenant.pk) if request.user.has_perm("payments.view_payment") else None
        return found | {
            "dry_run": dry_run.asked(request, tenant=choice.tenant) if rates is not None else None,
            "circuits": sorted(circuits.values(), key=lambda one: (not one.is_open, one.gateway, one.mode)),
            "open_count": sum(one.is_open for one in circuits.values()),
            "cards": [_card(account, circuits=circuits, rates=rates) for account in accounts],
            "active_count": sum(account.is_active for account in accounts),
            "may_open": request.user.has_perm("gateways.add_gatewayaccount"),
        }


def _accounts(tenant: Tenant) -> list[GatewayAccount]:
    """In the order in which they are tried; those that take nothing last."""
    rows = GatewayAccount.objects.filter(tenant=tenant).defer("credentials")
    return list(rows.order_by("-is_active", "priority", "id"))


def _circuits(accounts: list[GatewayAccount]) -> dict[str, CircuitRow]:
    """Of these accounts, and every other that is not closed, by name."""
    rows = {row.circuit: row for row in Breaker.objects.order_by("circuit")}
    wanted = {circuit_name(account.gateway, livemode=account.livemode) for account in accounts}
    troubled = {name for name, row in rows.items() if row.state != BreakerState.CLOSED}
    return {name: _circuit(name, rows.get(name)) for name in sorted(wanted | troubled)}


def _circuit(name: str, row: Breaker | None) -> CircuitRow:
    gateway, _colon, mode = name.partition(":")
    shown = str(tones.words_of(gateway))
    if row is None:
        return CircuitRow(shown, mode, BreakerState.CLOSED)
    return CircuitRow(shown, mode, row.state, row.changed_at, row.retry_at, row.failures, row.reason)


def _card(account: GatewayAccount, *, circuits: dict[str, CircuitRow], rates: dict[int, Rate] | None) -> AccountCard:
    key = ids.show(ids.GATEWAY_ACCOUNT, account.public_id)
    return AccountCard(
        account=account,
        gateway=str(tones.words_of(account.gateway)),
        address=reverse("admin:gateways_gatewayaccount_change", args=[key]),
        circuit=circuits[circuit_name(account.gateway, livemode=account.livemode)],
        rate=None if rates is None else rates.get(account.pk, Rate(0, 0)),
        limits=limits_of(account),
        fees=fees_of(account),
        methods=", ".join(str(tones.words_of(method)) for method in account.methods),
        webhook_address=webhook_address(account),
        webhooks=f"{reverse('admin:gateways_inboundevent_changelist')}?{urlencode({'account': key})}",
        payments=f"{reverse('admin:payments_payment_changelist')}?{urlencode({'q': key})}",
    )

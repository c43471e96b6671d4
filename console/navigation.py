"""The menu: two levels, groups in the order of a finance day. What a person may not see is not there."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    title: Promise
    icon: str
    address: str
    permission: str = ""


MENU: tuple[tuple[Promise, tuple[Entry, ...]], ...] = (
    (_("Today"), (Entry(_("Home"), "home", "admin:index"),)),
    (
        _("Money in"),
        (Entry(_("Payments"), "payments", "admin:payments_payment_changelist", "payments.view_payment"),),
    ),
    (
        _("Wallets"),
        (Entry(_("Wallets"), "account_balance_wallet", "admin:wallets_wallet_changelist", "wallets.view_wallet"),),
    ),
    (
        _("Books"),
        (
            Entry(_("Trial balance"), "balance", "admin:books_trial_balance", "wallets.view_ledgerentry"),
            Entry(_("Ledger"), "menu_book", "admin:wallets_ledgeraccount_changelist", "wallets.view_ledgeraccount"),
            Entry(
                _("Bank statements"),
                "receipt_long",
                "admin:reconciliation_bankstatement_changelist",
                "reconciliation.view_bankstatement",
            ),
            Entry(
                _("Statement lines"),
                "compare_arrows",
                "admin:reconciliation_statementline_changelist",
                "reconciliation.view_statementline",
            ),
            Entry(
                _("Verifications"),
                "verified",
                "admin:reconciliation_booksverification_changelist",
                "reconciliation.view_booksverification",
            ),
        ),
    ),
    (
        _("Pricing"),
        (
            Entry(
                _("Commission plans"),
                "percent",
                "admin:commissions_commissionplan_changelist",
                "commissions.view_commissionplan",
            ),
        ),
    ),
    (
        _("Gateways"),
        (
            Entry(_("Overview"), "hub", "admin:gateways_overview", "gateways.view_gatewayaccount"),
            Entry(_("Routing rules"), "alt_route", "admin:gateways_rules", "gateways.view_routingrule"),
            Entry(_("Accounts"), "badge", "admin:gateways_gatewayaccount_changelist", "gateways.view_gatewayaccount"),
            Entry(_("Events out"), "campaign", "admin:events_outboxevent_changelist", "events.view_outboxevent"),
            Entry(_("Deliveries"), "outbox", "admin:events_delivery_changelist", "events.view_delivery"),
            Entry(_("Endpoints"), "webhook", "admin:events_webhookendpoint_changelist", "events.view_webhookendpoint"),
            Entry(_("Webhooks in"), "input", "admin:gateways_inboundevent_changelist", "gateways.view_inboundevent"),
            Entry(
                _("Unused webhook types"),
                "inbox_customize",
                "admin:gateways_unusedeventtype_changelist",
                "gateways.view_unusedeventtype",
            ),
        ),
    ),
    (
        _("Settings"),
        (
            Entry(_("Tenants"), "domain", "admin:tenants_tenant_changelist", "tenants.view_tenant"),
            Entry(_("API keys"), "key", "admin:tenants_apikey_changelist", "tenants.view_apikey"),
            Entry(_("People"), "person", "admin:auth_user_changelist", "auth.view_user"),
            Entry(_("Roles"), "groups", "admin:auth_group_changelist", "auth.view_group"),
            Entry(_("Failed tasks"), "error", "admin:common_taskfailure_changelist", "common.view_taskfailure"),
        ),
    ),
)


def groups(request: HttpRequest) -> list[dict[str, object]]:
    """The menu as Unfold takes it, without what this person may not open."""
    shown = []
    for title, entries in MENU:
        items = [item for entry in entries if (item := _item(entry, request=request))]
        if items:
            shown.append({"title": title, "separator": False, "collapsible": False, "items": items})
    return shown


def _item(entry: Entry, *, request: HttpRequest) -> dict[str, object] | None:
    if entry.permission and not request.user.has_perm(entry.permission):
        return None
    return {"title": entry.title, "icon": entry.icon, "link": reverse(entry.address)}

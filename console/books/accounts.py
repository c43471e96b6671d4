"""Accounts of the ledger: a list with whose each is and what it holds, and a page with its entries."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin import KeysetChangeList, ReadOnlyAdmin
from common.admin_columns import Cell, Column, Link
from common.admin_filters import ChoiceFilter, Words
from common.money import Money
from console.account_names import CATEGORY_NAMES, KIND_NAMES, account_name, party_name
from console.books import names, period
from console.books.entries import account_entries_address, page_asked, side_asked
from console.books.period import Period
from tenants.models import Tenant
from wallets import statements
from wallets.admin import AccountCurrencyFilter
from wallets.balances import one_snapshot
from wallets.chart import AccountKind, Category
from wallets.models import LedgerAccount
from wallets.statements import Selection, Side, Totals


class KindFilter(ChoiceFilter):
    title = _("Account")
    parameter_name = column = "kind"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [(kind.value, str(name)) for kind, name in KIND_NAMES.items()]


class TenantFilter(ChoiceFilter):
    """Where the trial balance of one tenant leads; said in a chip, not offered as a field."""

    title = _("Tenant")
    parameter_name = "tenant"
    is_hidden = True

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        rows = Tenant.objects.order_by("id").values_list("public_id", "name")
        return [(ids.show(ids.TENANT, public_id), name) for public_id, name in rows]

    def narrow(self, rows: QuerySet[LedgerAccount], value: str) -> QuerySet[LedgerAccount]:
        public_id = ids.read(ids.TENANT, value)
        return rows.filter(tenant__public_id=public_id) if public_id else rows.none()


class CategoryFilter(ChoiceFilter):
    title = _("Category")
    parameter_name = column = "category"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [(category.value, str(CATEGORY_NAMES[category])) for category in Category]


class AccountChangeList(KeysetChangeList):
    """Adds whose the accounts of the page are, read together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        parties = names.parties_of(names.account_of(row) for row in self.result_list)
        for row in self.result_list:
            row.whose = party_name(kind=row.kind, party_id=row.party_id, parties=parties)


def _whose(account: Any) -> Link | str:
    address = names.party_address(kind=account.kind, party_id=account.party_id)
    return Link(account.whose, address) if address else str(_("Ours"))


def _side_words(account: LedgerAccount) -> str:
    side = Side.DEBIT if account.balance.normal_sign > 0 else Side.CREDIT
    return str(_("Debit") if side is Side.DEBIT else _("Credit"))


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    change_list_template = "console/books/ledger_list.html"
    record_template = "console/books/account.html"
    search_fields = ("id",)
    search_hint = _("Exact id of the wallet, its owner or the gateway account")
    empty_hint = _("An account is made when something is booked on it for the first time.")
    list_filter = (TenantFilter, KindFilter, CategoryFilter, AccountCurrencyFilter)
    list_select_related = ("balance", "tenant")
    columns = (
        Column(_("Account"), lambda a: KIND_NAMES[AccountKind(a.kind)], on_phone=True),
        Column(_("Whose"), lambda a: a.whose, on_phone=True),
        Column(_("Category"), lambda a: CATEGORY_NAMES[a.category]),
        Column(_("Balance"), lambda a: Money(a.balance.balance_minor, a.currency), Cell.AMOUNT, on_phone=True),
        Column(_("Stands on"), _side_words),
        Column(_("Tenant"), lambda a: a.tenant.name),
        Column(_("Opened"), lambda a: a.created_at, Cell.WHEN),
    )
    lines = (
        Column(_("Account"), lambda a: KIND_NAMES[AccountKind(a.kind)]),
        Column(_("Category"), lambda a: CATEGORY_NAMES[a.category]),
        Column(_("Whose"), _whose, Cell.LINK),
        Column(_("Currency"), lambda a: a.currency),
        Column(_("Tenant"), lambda a: a.tenant.name),
        Column(_("Stands on"), _side_words),
        Column(_("May be negative"), lambda a: a.balance.may_be_negative, Cell.YES_NO),
        Column(_("Opened"), lambda a: a.created_at, Cell.WHEN),
        Column(_("Closed"), lambda a: a.closed_at, Cell.WHEN),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        return super().get_queryset(request).select_related("balance", "tenant")

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return AccountChangeList

    def exact(self, request: HttpRequest, rows: QuerySet[LedgerAccount], text: str) -> QuerySet[LedgerAccount]:
        return rows.filter(names.accounts_of_party(text))

    def list_title(self) -> str:
        return str(_("Ledger accounts"))

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        with one_snapshot():
            return self._read(request, record)

    def _read(self, request: HttpRequest, record: Any) -> dict[str, object]:
        parties = names.parties_of([names.account_of(record)])
        record.whose = party_name(kind=record.kind, party_id=record.party_id, parties=parties)
        days, side = period.asked(request), side_asked(request)
        selection = Selection(
            tenant_id=record.tenant_id,
            currency=record.currency,
            account_id=record.pk,
            kind=AccountKind(record.kind),
            side=side,
            start=days.start,
            end=days.end,
        )
        rows, pager = page_asked(request, selection)
        totals = statements.totals(selection) if days.first or days.last or side else None
        return {
            "console_title": account_name(kind=record.kind, party_id=record.party_id, parties=parties),
            "days": days,
            "selection": selection,
            "rows": rows,
            "pager": pager,
            "figures": [] if side else _figures(record, selection, days=days, totals=totals),
            "totals": totals,
        }


def _figures(
    account: LedgerAccount, selection: Selection, *, days: Period, totals: Totals | None
) -> list[tuple[Words, Money, str]]:
    """Opening and closing of the days asked for, each with the address of the entries before it."""
    closing = statements.balance_of(account, at=selection.end)
    words = _("Closing balance") if days.last else _("Balance now")
    figures: list[tuple[Words, Money, str]] = [(words, closing, account_entries_address(account.pk, days=days.until))]
    if days.first and totals:
        opening = closing - totals.balance
        figures.insert(0, (_("Opening balance"), opening, account_entries_address(account.pk, days=days.before)))
    return figures

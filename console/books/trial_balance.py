"""Do the books balance, and what was in each account: opening, debit, credit and closing of a period, one currency."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from common import ids
from common.money import Money
from console.account_names import CATEGORY_NAMES, KIND_NAMES, Parties, account_name, party_name
from console.books import names, period
from console.books.entries import account_entries_address, entries_address, tenant_asked
from console.books.names import accounts_address
from console.books.period import Period
from console.pages import Context, Page
from reconciliation.models import BooksVerification
from tenants.models import Tenant
from wallets import selectors
from wallets.balances import one_snapshot
from wallets.chart import AccountKind, Category
from wallets.selectors import CategoryLine, Figures, KindLine, TrialBalance
from wallets.statements import Side

_TENANTS_MAX = 200


@dataclass(frozen=True, slots=True)
class Cell:
    amount: Money
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    address: str
    cells: list[Cell]
    is_part: bool = False
    note_count: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: list[Row]
    total: Row


@dataclass(frozen=True, slots=True)
class CurrencyTab:
    balance: TrialBalance
    address: str
    is_shown: bool


class TrialBalancePage(Page):
    path = "books/trial-balance/"
    name = "books_trial_balance"
    title = _("Trial balance")
    template = "console/books/trial_balance.html"
    permission = "wallets.view_ledgerentry"

    def context(self, request: HttpRequest, **captured: str) -> Context:
        with one_snapshot():
            return self._read(request)

    def _read(self, request: HttpRequest) -> Context:
        tenants = list(Tenant.objects.order_by("id")[:_TENANTS_MAX])
        tenant = tenant_asked(request) if request.GET.get("tenant") else next(iter(tenants), None)
        if tenant is None:
            return {"balance": None}
        days = _days(request)
        assert days.start
        assert days.end
        balances = selectors.trial_balances(tenant_id=tenant.pk, start=days.start, end=days.end)
        balance = _shown(request, balances)
        if balance is None:
            return {"balance": None, "tenant": tenant}
        currency = balance.currency
        return {
            "tenants": [(ids.show(ids.TENANT, one.public_id), one.name, one == tenant) for one in tenants],
            "tenant": tenant,
            "days": days,
            "balance": balance,
            "groups": _groups(balance, tenant=tenant, days=days),
            "currencies": [_tab(one, shown=balance, tenant=tenant, days=days) for one in balances],
            "all_debits": entries_address(tenant=tenant, currency=currency, days=days, side=Side.DEBIT),
            "all_credits": entries_address(tenant=tenant, currency=currency, days=days, side=Side.CREDIT),
            "verification": BooksVerification.objects.order_by("-pk").first(),
        }


def _days(request: HttpRequest) -> Period:
    """This month unless asked otherwise; the day it ends is the as-of date."""
    asked, month = period.asked(request), period.this_month()
    last = asked.last or month.last
    assert last
    first = asked.first or last.replace(day=1)
    return Period(first=min(first, last), last=last)


def _shown(request: HttpRequest, balances: list[TrialBalance]) -> TrialBalance | None:
    """The currency asked for; else the one in which most was booked."""
    asked = request.GET.get("currency", "")
    busiest = max(balances, key=lambda balance: balance.entry_count, default=None)
    return next((balance for balance in balances if balance.currency == asked), busiest)


def _tab(balance: TrialBalance, *, shown: TrialBalance, tenant: Tenant, days: Period) -> CurrencyTab:
    words = {"tenant": ids.show(ids.TENANT, tenant.public_id), "currency": balance.currency} | days.words
    return CurrencyTab(balance, f"?{urlencode(words)}", balance is shown)


def _groups(balance: TrialBalance, *, tenant: Tenant, days: Period) -> list[Group]:
    pairs = [
        (part.kind, part.party_id) for group in balance.categories for kind in group.kinds for part in kind.accounts
    ]
    parties = names.parties_of(pairs)
    return [_group(line, tenant=tenant, days=days, parties=parties) for line in balance.categories]


def _group(line: CategoryLine, *, tenant: Tenant, days: Period, parties: Parties) -> Group:
    rows = [row for kind in line.kinds for row in _kind_rows(kind, tenant=tenant, days=days, parties=parties)]
    name = str(CATEGORY_NAMES[line.category])
    return Group(name, rows, Row(name, "", _of_many(line.figures, tenant=tenant, days=days, category=line.category)))


def _kind_rows(line: KindLine, *, tenant: Tenant, days: Period, parties: Parties) -> list[Row]:
    """A kind with one account is that account's line; under a kind with several, each is named by whose it is."""
    is_part = len(line.accounts) > 1
    name = party_name if is_part else account_name
    parts = [
        Row(
            name=name(kind=part.kind, party_id=part.party_id, parties=parties),
            address=names.account_address(part.account_id),
            cells=_of_account(part.figures, account_id=part.account_id, days=days),
            is_part=is_part,
        )
        for part in line.accounts
    ]
    if len(parts) == 1:
        return parts
    whole = Row(
        name=str(KIND_NAMES[line.kind]),
        address=accounts_address(tenant=tenant, currency=line.figures.debit.currency, kind=line.kind),
        cells=_of_many(line.figures, tenant=tenant, days=days, kind=line.kind),
        note_count=line.account_count,
    )
    return [whole, *parts]


def _of_account(figures: Figures, *, account_id: int, days: Period) -> list[Cell]:
    return [
        Cell(figures.opening, account_entries_address(account_id, days=days.before)),
        Cell(figures.debit, account_entries_address(account_id, days=days, side=Side.DEBIT)),
        Cell(figures.credit, account_entries_address(account_id, days=days, side=Side.CREDIT)),
        Cell(figures.closing, account_entries_address(account_id, days=days.until)),
    ]


def _of_many(
    figures: Figures, *, tenant: Tenant, days: Period, kind: AccountKind | None = None, category: Category | None = None
) -> list[Cell]:
    def address(days: Period, side: Side | None = None) -> str:
        currency = figures.debit.currency
        return entries_address(tenant=tenant, currency=currency, days=days, kind=kind, category=category, side=side)

    return [
        Cell(figures.opening, address(days.before)),
        Cell(figures.debit, address(days, Side.DEBIT)),
        Cell(figures.credit, address(days, Side.CREDIT)),
        Cell(figures.closing, address(days.until)),
    ]

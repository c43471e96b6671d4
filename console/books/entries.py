"""The rows behind a figure: entries chosen by account, kind, side and days, with the total that the figure showed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import ids
from common.admin_columns import Link
from common.currencies import is_known
from common.money import Money
from console.account_names import CATEGORY_NAMES, KIND_NAMES, account_name
from console.books import names, period
from console.books.names import Subject
from console.books.period import Period
from console.pages import Context, Page
from tenants.models import Tenant
from wallets import statements
from wallets.balances import one_snapshot
from wallets.chart import AccountKind, Category
from wallets.statements import Selection, Side


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as a line of a table."""

    transaction_id: str
    address: str
    what: str
    subject: Subject
    account: str
    account_address: str
    occurred_at: datetime
    recorded_at: datetime
    debit: Money | None
    credit: Money | None
    balance_after: Money | None

    @property
    def was_late(self) -> bool:
        """It happened and was written down on different days: both are said."""
        return self.occurred_at.date() != self.recorded_at.date()


@dataclass(frozen=True, slots=True)
class Pager:
    newer: str
    older: str


def rows_of(lines: Sequence[statements.Line]) -> list[Row]:
    """Names for all lines in at most three queries."""
    parties = names.parties_of(names.account_of(line.account) for line in lines)
    subjects = names.subjects_of(line.transaction for line in lines)
    return [
        Row(
            transaction_id=names.transaction_id(line.transaction),
            address=names.transaction_address(line.transaction),
            what=names.effect_words(line.transaction),
            subject=subjects[line.transaction.subject_type, line.transaction.subject_id],
            account=account_name(kind=line.account.kind, party_id=line.account.party_id, parties=parties),
            account_address=names.account_address(line.account.pk),
            occurred_at=line.transaction.occurred_at,
            recorded_at=line.transaction.recorded_at,
            debit=line.debit,
            credit=line.credit,
            balance_after=line.balance_after,
        )
        for line in lines
    ]


def page_asked(request: HttpRequest, selection: Selection) -> tuple[list[Row], Pager]:
    """The page that `?after=` or `?before=` names."""
    found = statements.page(
        selection,
        older_than=period.whole_number(request, "after"),
        newer_than=period.whole_number(request, "before"),
    )
    pager = Pager(
        newer=_turned(request, before=found.newer_than) if found.newer_than else "",
        older=_turned(request, after=found.older_than) if found.older_than else "",
    )
    return rows_of(found.lines), pager


def side_asked(request: HttpRequest) -> Side | None:
    text = request.GET.get("side", "")
    if not text:
        return None
    if text not in set(Side):
        raise BadRequest("side is debit or credit")
    return Side(text)


def entries_address(
    *,
    tenant: Tenant,
    currency: str,
    days: Period,
    kind: AccountKind | None = None,
    category: Category | None = None,
    side: Side | None = None,
) -> str:
    words = {"tenant": ids.show(ids.TENANT, tenant.public_id), "currency": currency}
    narrowed = {"kind": kind, "category": category, "side": side}
    words |= {name: value.value for name, value in narrowed.items() if value} | days.words
    return f"{reverse('admin:books_entries')}?{urlencode(words)}"


def account_entries_address(account_id: int, *, days: Period, side: Side | None = None) -> str:
    words = ({"side": side.value} if side else {}) | days.words
    return f"{names.account_address(account_id)}?{urlencode(words)}"


class EntriesPage(Page):
    """Entries of many accounts. Those of one account are on the account's page."""

    path = "books/entries/"
    name = "books_entries"
    title = gettext_lazy("Entries")
    template = "console/books/entries_page.html"
    permission = "wallets.view_ledgerentry"

    def context(self, request: HttpRequest, **captured: str) -> Context:
        with one_snapshot():
            return self._read(request)

    def _read(self, request: HttpRequest) -> Context:
        tenant = tenant_asked(request)
        days = period.asked(request)
        selection = Selection(
            tenant_id=tenant.pk,
            currency=request.GET.get("currency", ""),
            kind=_kind(request),
            category=_category(request),
            side=side_asked(request),
            start=days.start,
            end=days.end,
        )
        if not is_known(selection.currency):
            raise BadRequest("currency is not one that payments are made in")
        rows, pager = page_asked(request, selection)
        return {
            "console_title": _title(selection),
            "crumbs": [Link(_("Trial balance"), reverse("admin:books_trial_balance"))],
            "selection": selection,
            "days": days,
            "tenant": tenant,
            "tenant_key": ids.show(ids.TENANT, tenant.public_id),
            "rows": rows,
            "pager": pager,
            "totals": statements.totals(selection),
        }


def tenant_asked(request: HttpRequest) -> Tenant:
    """Raises Http404 when there is none of this id."""
    public_id = ids.read(ids.TENANT, request.GET.get("tenant", ""))
    tenant = Tenant.objects.filter(public_id=public_id).first() if public_id else None
    if tenant is None:
        raise Http404
    return tenant


def _title(selection: Selection) -> str:
    name = _("All accounts")
    if selection.kind:
        name = str(KIND_NAMES[selection.kind])
    elif selection.category:
        name = str(CATEGORY_NAMES[selection.category])
    return _("Entries: %(name)s, %(currency)s") % {"name": name, "currency": selection.currency}


def _kind(request: HttpRequest) -> AccountKind | None:
    text = request.GET.get("kind", "")
    if text and text not in set(AccountKind):
        raise BadRequest("kind is not in the chart of accounts")
    return AccountKind(text) if text else None


def _category(request: HttpRequest) -> Category | None:
    text = request.GET.get("category", "")
    if text and text not in set(Category):
        raise BadRequest("category is not in the chart of accounts")
    return Category(text) if text else None


def _turned(request: HttpRequest, **edge: int) -> str:
    words = {name: value for name, value in request.GET.items() if name not in ("after", "before")}
    return "?" + urlencode(words | edge)

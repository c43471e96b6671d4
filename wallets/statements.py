"""Entries as people read them: chosen by account, time and side, in pages by key, with the balance after each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Q, QuerySet, Sum

from common.money import Money
from wallets import balances
from wallets.balances import one_snapshot
from wallets.chart import CHART, AccountKind, Category
from wallets.models import Balance, LedgerAccount, LedgerEntry, LedgerTransaction

PAGE_SIZE = 50


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries of one tenant and currency, recorded from `start` until before `end`; what is empty does not narrow."""

    tenant_id: int
    currency: str
    account_id: int | None = None
    kind: AccountKind | None = None
    category: Category | None = None
    side: Side | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def normal_sign(self) -> int:
        """The side on which these accounts stand; debit where kinds of both sides are chosen."""
        if self.kind:
            return CHART[self.kind].normal_sign
        return -1 if self.category in (Category.LIABILITY, Category.INCOME) else 1


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. Exactly one of debit and credit is set; the balance stands on the account's normal side."""

    entry_id: int
    transaction: LedgerTransaction
    account: LedgerAccount
    debit: Money | None
    credit: Money | None
    balance_after: Money | None


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. `older_than` and `newer_than` are entry ids to go on from, None at the ends."""

    lines: list[Line]
    older_than: int | None = None
    newer_than: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a selection comes to; `balance` is the difference on the side on which these accounts stand."""

    count: int
    debit: Money
    credit: Money
    balance: Money


def page(
    selection: Selection, *, older_than: int | None = None, newer_than: int | None = None, size: int = PAGE_SIZE
) -> Page:
    """One page by key; its cost does not grow with what lies before it."""
    chosen = _chosen(selection).select_related("account", "transaction")
    with one_snapshot():
        if newer_than is not None:
            found = list(chosen.filter(pk__gt=newer_than).order_by("pk")[: size + 1])
            rows, has_newer, has_older = found[:size][::-1], len(found) > size, True
        else:
            earlier = chosen if older_than is None else chosen.filter(pk__lt=older_than)
            found = list(earlier.order_by("-pk")[: size + 1])
            rows, has_newer, has_older = found[:size], older_than is not None, len(found) > size
        after = _balances_after(rows, selection=selection)
    return Page(
        lines=[_line(row, balance_minor=after.get(row.pk)) for row in rows],
        older_than=rows[-1].pk if rows and has_older else None,
        newer_than=rows[0].pk if rows and has_newer else None,
    )


def whole(selection: Selection, *, lines_max: int) -> list[Line]:
    """Oldest first, for a file; one line more than `lines_max` says that there are more."""
    with one_snapshot():
        rows = list(_chosen(selection).select_related("account", "transaction").order_by("pk")[: lines_max + 1])
        after = _balances_after(rows[::-1], selection=selection)
    return [_line(row, balance_minor=after.get(row.pk)) for row in rows]


def lines_of(booking: LedgerTransaction) -> list[Line]:
    """Every line of one transaction, in the order in which it was written."""
    rows = booking.entries.select_related("account", "transaction").order_by("pk")
    return [_line(row, balance_minor=row.balance_after_minor) for row in rows]


def totals(selection: Selection) -> Totals:
    found = _chosen(selection).aggregate(
        count=Count("pk"),
        debit=Sum("amount_minor", filter=Q(amount_minor__gt=0), default=0),
        credit=Sum("amount_minor", filter=Q(amount_minor__lt=0), default=0),
    )
    debit = Money(int(found["debit"]), selection.currency)
    credit = Money(-int(found["credit"]), selection.currency)
    return Totals(found["count"], debit, credit, (debit - credit) * selection.normal_sign)


def balance_of(account: LedgerAccount, *, at: datetime | None = None) -> Money:
    """The account's balance on its normal side, now or just before `at`."""
    found = balances.of_accounts(LedgerAccount.objects.filter(pk=account.pk), at=at)
    return Money(found[account.pk].minor if account.pk in found else 0, account.currency)


def _chosen(selection: Selection) -> QuerySet[LedgerEntry]:
    if selection.account_id is not None:
        rows = LedgerEntry.objects.filter(account_id=selection.account_id)
    else:
        rows = LedgerEntry.objects.filter(account__tenant_id=selection.tenant_id, account__currency=selection.currency)
    if selection.kind:
        rows = rows.filter(account__kind=selection.kind)
    if selection.category:
        rows = rows.filter(account__category=selection.category)
    if selection.side:
        rows = rows.filter(amount_minor__gt=0) if selection.side is Side.DEBIT else rows.filter(amount_minor__lt=0)
    if selection.start:
        rows = rows.filter(transaction__recorded_at__gte=selection.start)
    if selection.end:
        rows = rows.filter(transaction__recorded_at__lt=selection.end)
    return rows


def _balances_after(rows: Sequence[LedgerEntry], *, selection: Selection) -> dict[int, int]:
    """Newest first. Stored for wallets; counted back from today's balance for the others, where one account is read."""
    stored = {row.pk: row.balance_after_minor for row in rows if row.balance_after_minor is not None}
    if selection.account_id is None or len(stored) == len(rows):
        return stored
    newest, oldest = rows[0].pk, rows[-1].pk
    entries = LedgerEntry.objects.filter(account_id=selection.account_id)
    balance = Balance.objects.get(account_id=selection.account_id)
    newer = entries.filter(pk__gt=newest).aggregate(minor=Sum("amount_minor", default=0))
    running = balance.balance_minor - balance.normal_sign * int(newer["minor"])
    after = {}
    # Every entry between the two ends counts, also those that the selection leaves out.
    for pk, minor in entries.filter(pk__lte=newest, pk__gte=oldest).order_by("-pk").values_list("pk", "amount_minor"):
        after[pk] = running
        running -= balance.normal_sign * minor
    return after


def _line(row: LedgerEntry, *, balance_minor: int | None) -> Line:
    money = Money(row.amount_minor, row.currency)
    return Line(
        entry_id=row.pk,
        transaction=row.transaction,
        account=row.account,
        debit=money if money.is_positive else None,
        credit=-money if money.is_negative else None,
        balance_after=None if balance_minor is None else Money(balance_minor, row.currency),
    )

"""The trial balance: every account's opening, debit, credit and closing for a period, by kind and category.

Times are those of recording, so that a past period reads the same for ever. One tenant; currencies stay apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import BigIntegerField, Case, Count, Q, QuerySet, Sum, When

from common.money import Money
from wallets.balances import one_snapshot
from wallets.chart import CHART, AccountKind, Category
from wallets.models import Balance, LedgerEntry

# A kind with more accounts than this is one line; its accounts have a list of their own.
ACCOUNTS_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """Opening and closing stand on the normal side of the account; debit and credit are what moved in between."""

    opening: Money
    debit: Money
    credit: Money
    closing: Money

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            opening=self.opening + other.opening,
            debit=self.debit + other.debit,
            credit=self.credit + other.credit,
            closing=self.closing + other.closing,
        )

    @classmethod
    def zero(cls, currency: str) -> "Figures":
        nothing = Money.zero(currency)
        return cls(nothing, nothing, nothing, nothing)


@dataclass(frozen=True, slots=True)
class AccountLine:
    account_id: int
    kind: AccountKind
    party_id: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class KindLine:
    """All accounts of one kind. `accounts` is filled while they are few."""

    kind: AccountKind
    account_count: int
    figures: Figures
    accounts: list[AccountLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CategoryLine:
    category: Category
    kinds: list[KindLine]
    figures: Figures


@dataclass(frozen=True, slots=True)
class TrialBalance:
    currency: str
    entry_count: int
    categories: list[CategoryLine]

    @property
    def figures(self) -> Figures:
        """Of all accounts. Debit equals credit, or the books are wrong."""
        return _sum((line.figures for line in self.categories), self.currency)

    @property
    def debit_side(self) -> Figures:
        """What lies with others and what it cost: assets and expenses."""
        return self._side(1)

    @property
    def credit_side(self) -> Figures:
        """Whose it is and what we earned: liabilities and income."""
        return self._side(-1)

    @property
    def holds(self) -> bool:
        """Debit equals credit in the period, and both sides are equal before and after it."""
        moved = self.figures.debit == self.figures.credit
        before = self.debit_side.opening == self.credit_side.opening
        return moved and before and self.debit_side.closing == self.credit_side.closing

    def _side(self, sign: int) -> Figures:
        lines = (line.figures for line in self.categories if _SIGNS[line.category] == sign)
        return _sum(lines, self.currency)


def trial_balances(*, tenant_id: int, start: datetime, end: datetime) -> list[TrialBalance]:
    """One for each currency of the tenant: recorded from `start` until before `end`, today's balances counted back.

    Three queries in one snapshot. They read what was recorded since `start`, not all that ever was.
    """
    held = Balance.objects.filter(account__tenant_id=tenant_id)
    with one_snapshot():
        kinds = _kinds(held)
        few = _few(held, kinds)
        moved = _moved(tenant_id=tenant_id, start=start, end=end, account_ids=list(few))
    accounts: dict[_Kind, list[AccountLine]] = {}
    for pk, (kind, party_id, minor) in few.items():
        figures = _figures(minor, moved.get((*kind, pk)), kind=kind)
        accounts.setdefault(kind, []).append(AccountLine(pk, AccountKind(kind[1]), party_id, figures))
    lines: dict[str, list[KindLine]] = {}
    counts: dict[str, int] = {}
    for kind, (minor, count) in kinds.items():
        currency, name = kind
        together = _added(found for key, found in moved.items() if key[:2] == kind)
        counts[currency] = counts.get(currency, 0) + together.count
        figures = _figures(minor, together, kind=kind)
        lines.setdefault(currency, []).append(KindLine(AccountKind(name), count, figures, accounts.get(kind, [])))
    return [
        TrialBalance(currency, counts[currency], _by_category(lines[currency], currency=currency))
        for currency in sorted(lines)
    ]


_SIGNS = {rule.category: rule.normal_sign for rule in CHART.values()}
_ORDER = {kind.value: position for position, kind in enumerate(CHART)}
# Currency and kind of account.
_Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Moved:
    """Signed minor units since the start: debits and credits within the period, and everything after it."""

    debit: int = 0
    credit: int = 0
    later: int = 0
    count: int = 0


def _kinds(held: QuerySet[Balance]) -> dict[_Kind, tuple[int, int]]:
    """Balance and number of accounts of every kind, in the order of the chart."""
    rows = held.values_list("account__currency", "account__kind").annotate(Sum("balance_minor"), Count("pk"))
    ordered = sorted(rows.order_by("account__currency", "account__kind"), key=lambda row: (row[0], _ORDER[row[1]]))
    return {(currency, kind): (int(minor), count) for currency, kind, minor, count in ordered}


def _few(held: QuerySet[Balance], kinds: dict[_Kind, tuple[int, int]]) -> dict[int, tuple[_Kind, int, int]]:
    """Kind, party and balance of the accounts that have lines of their own."""
    wanted = [kind for kind, (_minor, count) in kinds.items() if count <= ACCOUNTS_SHOWN_MAX]
    chosen = Q(*(Q(account__currency=currency, account__kind=kind) for currency, kind in wanted), _connector=Q.OR)
    rows = held.filter(chosen).order_by("account_id") if wanted else held.none()
    return {
        pk: ((currency, kind), party_id, minor)
        for pk, currency, kind, party_id, minor in rows.values_list(
            "account_id", "account__currency", "account__kind", "account__party_id", "balance_minor"
        )
    }


def _moved(
    *, tenant_id: int, start: datetime, end: datetime, account_ids: list[int]
) -> dict[tuple[str, str, int], _Moved]:
    """By currency, kind and account; 0 stands for all accounts that are not named."""
    in_period = Q(transaction__recorded_at__lt=end)
    part = Case(When(account_id__in=account_ids, then="account_id"), default=0, output_field=BigIntegerField())
    rows = (
        LedgerEntry.objects.filter(account__tenant_id=tenant_id, transaction__recorded_at__gte=start)
        .values_list("account__currency", "account__kind", part)
        .annotate(
            debit=Sum("amount_minor", filter=in_period & Q(amount_minor__gt=0), default=0),
            credit=Sum("amount_minor", filter=in_period & Q(amount_minor__lt=0), default=0),
            later=Sum("amount_minor", filter=~in_period, default=0),
            count=Count("pk", filter=in_period),
        )
        .order_by()
    )
    return {(row[0], row[1], row[2]): _Moved(*(int(number) for number in row[3:])) for row in rows}


def _added(parts: Iterable[_Moved]) -> _Moved:
    total = _Moved()
    for part in parts:
        total = _Moved(
            total.debit + part.debit, total.credit + part.credit, total.later + part.later, total.count + part.count
        )
    return total


def _figures(minor_now: int, since: _Moved | None, *, kind: _Kind) -> Figures:
    currency, name = kind
    sign, moved = CHART[AccountKind(name)].normal_sign, since or _Moved()
    closing = minor_now - sign * moved.later
    opening = closing - sign * (moved.debit + moved.credit)
    return Figures(*(Money(minor, currency) for minor in (opening, moved.debit, -moved.credit, closing)))


def _by_category(kinds: list[KindLine], *, currency: str) -> list[CategoryLine]:
    found = []
    for category in Category:
        lines = [line for line in kinds if CHART[line.kind].category is category]
        if lines:
            found.append(CategoryLine(category, lines, _sum((line.figures for line in lines), currency)))
    return found


def _sum(lines: Iterable[Figures], currency: str) -> Figures:
    return sum(lines, Figures.zero(currency))

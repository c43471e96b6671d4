"""The wallet page: what an owner has and why, now or at a past day. It is read, never changed."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commissions.models import CommissionPlan, CommissionVersion
from commissions.selectors import NoCommissionPlan, terms_for
from common import clock, ids
from common.money import Money
from console.books import period
from console.books.entries import account_entries_address, page_asked
from console.books.period import Period
from console.books.registering import takes_the_place_of
from payments.models import Payment
from wallets import balances, statements
from wallets.admin import WalletAdmin
from wallets.balances import WalletBalances
from wallets.chart import WALLET_KINDS, AccountKind
from wallets.models import LedgerAccount, Wallet
from wallets.statements import Selection, Totals

_PAYMENTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four amounts of a wallet, in its owner's words. `came` is a credit, except for a debt."""

    code: str
    kind: AccountKind
    title: Promise
    meaning: Promise
    came: Promise
    went: Promise


PARTS = (
    Part(
        "available",
        AccountKind.WALLET_AVAILABLE,
        _("Available"),
        _("free to be paid out"),
        _("Came in"),
        _("Went out"),
    ),
    Part(
        "pending",
        AccountKind.WALLET_PENDING,
        _("Pending"),
        _("credited, not yet released"),
        _("Came in"),
        _("Went out"),
    ),
    Part(
        "reserved",
        AccountKind.WALLET_RESERVED,
        _("Reserved"),
        _("set aside for a payout"),
        _("Came in"),
        _("Went out"),
    ),
    Part("debt", AccountKind.OWNER_DEBT, _("Debt"), _("the owner owes us"), _("Paid back"), _("Debt added")),
)


@dataclass(frozen=True, slots=True)
class Figure:
    part: Part
    amount: Money
    statement_address: str
    entries_address: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """Credits came, debits went; the closing balance is the figure above it."""

    part: Part
    opening: Money
    closing: Money
    totals: Totals
    selection: Selection


@dataclass(frozen=True, slots=True)
class Terms:
    commission_type: str
    version: CommissionVersion | None
    address: str


@takes_the_place_of(Wallet)
class WalletPage(WalletAdmin):
    record_template = "console/books/wallet.html"

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        with balances.one_snapshot():
            return self._read(request, record)

    def _read(self, request: HttpRequest, record: Wallet) -> dict[str, object]:
        days, part = days_asked(request), part_asked(request)
        accounts = accounts_of(record)
        held = balances.of_wallets([record], at=days.end)[record.pk]
        statement = statement_of(record, part=part, days=days, account_id=accounts.get(part.kind), held=held)
        rows, pager = page_asked(request, statement.selection) if part.kind in accounts else ([], None)
        return {
            "days": days,
            "shown_id": ids.show(ids.WALLET, record.public_id),
            "figures": [
                _figure(one, held=held, shown=part, days=days, account_id=accounts.get(one.kind)) for one in PARTS
            ],
            "statement": statement,
            "rows": rows,
            "pager": pager,
            "file_address": _file_address(record, part=part, days=days),
            "terms": terms_of(record),
            **_payments(request, record),
        }


def days_asked(request: HttpRequest) -> Period:
    """From the first of the month unless asked otherwise, until now unless a day is named."""
    asked, month = period.asked(request), period.this_month()
    if asked.first or not asked.last:
        return Period(first=asked.first or month.first, last=asked.last)
    return Period(first=asked.last.replace(day=1), last=asked.last)


def part_asked(request: HttpRequest) -> Part:
    code = request.GET.get("part", PARTS[0].code)
    part = next((one for one in PARTS if one.code == code), None)
    if part is None:
        raise BadRequest("part is available, pending, reserved or debt")
    return part


def accounts_of(wallet: Wallet) -> dict[AccountKind, int]:
    """The wallet's ledger accounts; one that was never used does not exist."""
    rows = LedgerAccount.objects.filter(kind__in=WALLET_KINDS, party_id=wallet.pk).values_list("kind", "pk")
    return {AccountKind(kind): pk for kind, pk in rows}


def statement_of(
    wallet: Wallet, *, part: Part, days: Period, account_id: int | None, held: WalletBalances
) -> Statement:
    selection = Selection(
        tenant_id=wallet.tenant_id,
        currency=wallet.currency,
        account_id=account_id,
        kind=part.kind,
        start=days.start,
        end=days.end,
    )
    zero = Money.zero(wallet.currency)
    totals = Totals(0, zero, zero, zero) if account_id is None else statements.totals(selection)
    closing = amount_of(held, part)
    return Statement(part, opening=closing - totals.balance, closing=closing, totals=totals, selection=selection)


def amount_of(held: WalletBalances, part: Part) -> Money:
    match part.kind:
        case AccountKind.WALLET_AVAILABLE:
            return held.available
        case AccountKind.WALLET_PENDING:
            return held.pending
        case AccountKind.WALLET_RESERVED:
            return held.reserved
        case _:
            return held.debt


def terms_of(wallet: Wallet) -> list[Terms]:
    """For every type of sale in the wallet's currency, the version that a sale of now would be priced with."""
    plans = CommissionPlan.objects.filter(tenant_id=wallet.tenant_id, currency=wallet.currency)
    types = plans.order_by("commission_type").values_list("commission_type", flat=True).distinct()
    chosen = {code: _version_id(wallet, commission_type=code) for code in types}
    versions = CommissionVersion.objects.select_related("plan").in_bulk([pk for pk in chosen.values() if pk])
    return [_terms(code, versions.get(pk or 0)) for code, pk in chosen.items()]


def _version_id(wallet: Wallet, *, commission_type: str) -> int | None:
    try:
        return terms_for(
            tenant_id=wallet.tenant_id,
            commission_type=commission_type,
            currency=wallet.currency,
            owner_type=wallet.owner_type,
            owner_id=wallet.owner_id,
            at=clock.now(),
        ).version_id
    except NoCommissionPlan:
        return None


def _terms(commission_type: str, version: CommissionVersion | None) -> Terms:
    address = reverse("admin:commissions_commissionplan_change", args=[version.plan_id]) if version else ""
    return Terms(commission_type, version, address)


def _figure(part: Part, *, held: WalletBalances, shown: Part, days: Period, account_id: int | None) -> Figure:
    return Figure(
        part=part,
        amount=amount_of(held, part),
        statement_address=f"?{urlencode({'part': part.code} | days.words)}#statement",
        entries_address=account_entries_address(account_id, days=days.until) if account_id else "",
        is_shown=part is shown,
    )


def _file_address(wallet: Wallet, *, part: Part, days: Period) -> str:
    address = reverse("admin:books_statement_file", args=[ids.show(ids.WALLET, wallet.public_id)])
    return f"{address}?{urlencode({'part': part.code} | days.words)}"


def _payments(request: HttpRequest, wallet: Wallet) -> dict[str, object]:
    """The newest sales, for who may see payments."""
    if not request.user.has_perm("payments.view_payment"):
        return {"may_see_payments": False}
    rows = Payment.objects.filter(tenant_id=wallet.tenant_id, wallet_id=wallet.pk).order_by("-pk")
    address = reverse("admin:payments_payment_changelist")
    return {
        "may_see_payments": True,
        "payments": list(rows[:_PAYMENTS_SHOWN]),
        "payments_address": f"{address}?{urlencode({'q': ids.show(ids.WALLET, wallet.public_id)})}",
    }

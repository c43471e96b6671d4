"""Balances now and at a past time: what an account held with everything in it that was recorded before that time.

The past never changes: entries are added with the time of their recording and are not edited.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from common.money import Money
from wallets.chart import WALLET_KINDS, AccountKind
from wallets.models import Balance, LedgerAccount, LedgerEntry, Wallet


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """One account's balance on its normal side, in minor units."""

    account_id: int
    kind: AccountKind
    party_id: int
    minor: int


@dataclass(frozen=True, slots=True)
class WalletBalances:
    """What an owner has with us; `debt` is what the owner owes us."""

    available: Money
    pending: Money
    reserved: Money
    debt: Money


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Everything read inside was true at the same moment. Inside an open transaction it is that transaction's view."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def of_accounts(accounts: QuerySet[LedgerAccount], *, at: datetime | None = None) -> dict[int, AccountBalance]:
    """By account id; now, or just before `at`: today's balance less everything recorded since."""
    with one_snapshot():
        rows = list(
            Balance.objects.filter(account__in=accounts).values_list(
                "account_id", "account__kind", "account__party_id", "balance_minor", "normal_sign"
            )
        )
        later = _recorded_since(at, [row[0] for row in rows]) if at else {}
    return {
        pk: AccountBalance(pk, AccountKind(kind), party_id, minor - sign * later.get(pk, 0))
        for pk, kind, party_id, minor, sign in rows
    }


def of_wallets(wallets: Iterable[Wallet], *, at: datetime | None = None) -> dict[int, WalletBalances]:
    """By wallet id. An account that was never used counts as nothing."""
    asked = list(wallets)
    accounts = LedgerAccount.objects.filter(kind__in=WALLET_KINDS, party_id__in=[wallet.pk for wallet in asked])
    found = {(row.party_id, row.kind): row.minor for row in of_accounts(accounts, at=at).values()}

    def held(wallet: Wallet, kind: AccountKind) -> Money:
        return Money(found.get((wallet.pk, kind), 0), wallet.currency)

    return {
        wallet.pk: WalletBalances(
            available=held(wallet, AccountKind.WALLET_AVAILABLE),
            pending=held(wallet, AccountKind.WALLET_PENDING),
            reserved=held(wallet, AccountKind.WALLET_RESERVED),
            debt=held(wallet, AccountKind.OWNER_DEBT),
        )
        for wallet in asked
    }


def _recorded_since(moment: datetime, account_ids: list[int]) -> dict[int, int]:
    """Signed sums, debits above zero."""
    rows = (
        LedgerEntry.objects.filter(account_id__in=account_ids, transaction__recorded_at__gte=moment)
        .values("account_id")
        .annotate(minor=Sum("amount_minor"))
        .values_list("account_id", "minor")
    )
    return {pk: int(minor) for pk, minor in rows}

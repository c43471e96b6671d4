"""The end of every test that moves money: everything that must hold about the books does hold."""

from common import clock
from reconciliation.invariants import verify_books
from wallets.chart import AccountKind
from wallets.models import Balance, LedgerEntry, LedgerTransaction


def assert_books_balance() -> None:
    found = verify_books(now=clock.now())

    assert found.differences == []


def balances() -> dict[str, int]:
    """Every balance that is not zero, by the name of its account, on its normal side."""
    rows = Balance.objects.exclude(balance_minor=0).select_related("account").order_by("account_id")
    return {str(row.account): row.balance_minor for row in rows}


def balance_of(kind: AccountKind, party_id: int = 0) -> int:
    found = Balance.objects.filter(account__kind=kind, account__party_id=party_id).first()
    return found.balance_minor if found else 0


def counts() -> tuple[int, int]:
    """Transactions and entries: what a refusal must leave as they were."""
    return LedgerTransaction.objects.count(), LedgerEntry.objects.count()

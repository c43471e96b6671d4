"""The accountant's page for what the bank says: which accounts move when it books an entry. Nothing else decides.

The bank account in the books follows the statements: every booked entry moves it once, explained or not.
"""

from common.money import Money
from wallets.chart import AccountKind, AccountRef
from wallets.ledger import Posting

STATEMENT_LINE = "statement_line"
BANKED = "banked"
SUSPENDED = "suspended"
WITHDRAWN = "withdrawn"


def banked(amount: Money, *, gateway_account_id: int) -> tuple[Posting, ...]:
    """The bank holds what the payment said would come: nothing is owed on the way any more."""
    clearing = AccountRef(AccountKind.GATEWAY_CLEARING, gateway_account_id, amount.currency)
    return (Posting(debit=_bank(amount, gateway_account_id), credit=clearing, amount=amount),)


def suspended(amount: Money, *, gateway_account_id: int) -> tuple[Posting, ...]:
    """Money came that nobody can explain yet: ours to hold, not ours to keep."""
    return (Posting(debit=_bank(amount, gateway_account_id), credit=_suspense(amount), amount=amount),)


def withdrawn(amount: Money, *, gateway_account_id: int) -> tuple[Posting, ...]:
    """Money went out that nobody can explain yet. `amount` is above zero."""
    return (Posting(debit=_suspense(amount), credit=_bank(amount, gateway_account_id), amount=amount),)


def _bank(amount: Money, gateway_account_id: int) -> AccountRef:
    """Our bank account is the gateway account that payers are sent to, so it has the same id."""
    return AccountRef(AccountKind.BANK, gateway_account_id, amount.currency)


def _suspense(amount: Money) -> AccountRef:
    return AccountRef(AccountKind.SUSPENSE, 0, amount.currency)

"""The books. This module alone writes entries and balances; everything else names postings and calls it.

A posting is always a pair, so an imbalance cannot be written. Building blocks: they assert that a transaction is open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection

from common.errors import Conflict, Invalid
from common.ids import uuid7
from common.money import Money
from wallets import ledger_sql
from wallets.accounts import account_ids
from wallets.chart import WALLET_KINDS, AccountRef
from wallets.models import LedgerAccount, LedgerEntry, LedgerTransaction

INT64_MAX = 2**63 - 1


class NotInTransaction(RuntimeError):
    """A building block was called with no transaction open: its work could be half done."""


class EmptyPosting(Invalid):
    code = "EMPTY_POSTING"


class CurrencyDiffers(Invalid):
    code = "CURRENCY_DIFFERS"


class AmountTooLarge(Invalid):
    code = "AMOUNT_TOO_LARGE"


class EffectAlreadyBooked(Conflict):
    code = "EFFECT_ALREADY_BOOKED"


class InsufficientFunds(Conflict):
    code = "INSUFFICIENT_FUNDS"


class BooksClosed(Conflict):
    code = "BOOKS_CLOSED"


class AccountTakesNoEntry(Conflict):
    """It is closed, or of another currency or tenant."""

    code = "LEDGER_ACCOUNT_TAKES_NO_ENTRY"


@dataclass(frozen=True, slots=True)
class Posting:
    """Move `amount` from one account to another: debit this, credit that. The amount is above zero."""

    debit: AccountRef
    credit: AccountRef
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise EmptyPosting(f"A posting moves an amount above zero, not {self.amount}.")
        if not self.debit.currency == self.credit.currency == self.amount.currency:
            raise CurrencyDiffers(f"A posting of {self.amount} needs two accounts in {self.amount.currency}.")


@dataclass(frozen=True, slots=True)
class Booking:
    """One business effect and its postings. `(subject_type, subject_id, effect)` is booked once, ever."""

    tenant_id: int
    subject_type: str
    subject_id: int
    effect: str
    postings: tuple[Posting, ...]
    occurred_at: datetime


def require_transaction() -> None:
    if not connection.in_atomic_block:
        raise NotInTransaction("Open a transaction before writing to the books.")


def post(booking: Booking, *, recorded_at: datetime) -> LedgerTransaction:
    """Book one effect. Raises EffectAlreadyBooked, InsufficientFunds, BooksClosed.

    An effect that is booked already and could not be borne once more raises InsufficientFunds: balances move first.
    """
    post_batch([booking], recorded_at=recorded_at)
    return LedgerTransaction.objects.get(
        subject_type=booking.subject_type, subject_id=booking.subject_id, effect=booking.effect
    )


def post_batch(bookings: Sequence[Booking], *, recorded_at: datetime) -> None:
    """Book many effects in one statement; all or none. Balances are locked in account-id order."""
    require_transaction()
    if not bookings:
        return
    rows = ledger_sql.BatchRows()
    ids = account_ids(_refs_by_tenant(bookings), created_at=recorded_at)
    for booking in bookings:
        _add_rows(rows, booking, ids=ids)
    _write(rows, recorded_at=recorded_at)


def reverse(transaction: LedgerTransaction, *, occurred_at: datetime, recorded_at: datetime) -> LedgerTransaction:
    """Answer a mistake by its mirror image, once. Raises EffectAlreadyBooked when it was reversed before."""
    require_transaction()
    rows = ledger_sql.BatchRows()
    rows.add_transaction(
        public_id=uuid7(),
        tenant_id=transaction.tenant_id,
        subject_type=transaction.subject_type,
        subject_id=transaction.subject_id,
        effect=f"reversal of {transaction.pk}",
        occurred_at=occurred_at,
        reverses_id=transaction.pk,
    )
    for entry in transaction.entries.order_by("id"):
        rows.add_entry(
            account_id=entry.account_id,
            amount_minor=-entry.amount_minor,
            currency=entry.currency,
            keeps_balance=entry.balance_after_minor is not None,
        )
    _write(rows, recorded_at=recorded_at)
    return LedgerTransaction.objects.get(reverses_id=transaction.pk)


def entries_of(subject_type: str, subject_id: int) -> list[LedgerEntry]:
    """Every line booked about one subject, oldest first, with account and transaction loaded."""
    found = LedgerEntry.objects.filter(transaction__subject_type=subject_type, transaction__subject_id=subject_id)
    return list(found.select_related("account", "transaction").order_by("id"))


def close_account(account: LedgerAccount, *, closed_at: datetime) -> None:
    """Take no more entries on this account; the database refuses them from now on."""
    require_transaction()
    account.closed_at = closed_at
    account.save(update_fields=["closed_at"])


def _refs_by_tenant(bookings: Iterable[Booking]) -> set[tuple[int, AccountRef]]:
    return {
        (booking.tenant_id, ref)
        for booking in bookings
        for posting in booking.postings
        for ref in (posting.debit, posting.credit)
    }


def _add_rows(rows: ledger_sql.BatchRows, booking: Booking, *, ids: dict[tuple[int, AccountRef], int]) -> None:
    """Turn pairs into lines, one per account: the debits and credits of one account are summed."""
    amounts: dict[int, int] = {}
    refs: dict[int, AccountRef] = {}
    for posting in booking.postings:
        minor = posting.amount.minor
        for ref, signed in ((posting.debit, minor), (posting.credit, -minor)):
            account_id = ids[booking.tenant_id, ref]
            refs[account_id] = ref
            amounts[account_id] = amounts.get(account_id, 0) + signed
    lines = [(account_id, minor) for account_id, minor in amounts.items() if minor]
    if not lines:
        raise EmptyPosting(f"Booking {booking.effect} of {booking.subject_type} moves nothing.")
    if any(abs(minor) > INT64_MAX for _, minor in lines):
        raise AmountTooLarge(f"Booking {booking.effect} of {booking.subject_type} is beyond what the books can hold.")
    rows.add_transaction(
        public_id=uuid7(),
        tenant_id=booking.tenant_id,
        subject_type=booking.subject_type,
        subject_id=booking.subject_id,
        effect=booking.effect,
        occurred_at=booking.occurred_at,
        reverses_id=None,
    )
    for account_id, minor in lines:
        ref = refs[account_id]
        rows.add_entry(
            account_id=account_id,
            amount_minor=minor,
            currency=ref.currency,
            keeps_balance=ref.kind in WALLET_KINDS,
        )


def _write(rows: ledger_sql.BatchRows, *, recorded_at: datetime) -> None:
    try:
        ledger_sql.write(rows, recorded_at=recorded_at)
    except IntegrityError as error:
        raise _refusal(error) from error
    except ledger_sql.OutOfRange as error:
        raise AmountTooLarge("The balance would be beyond what the books can hold.") from error


def _refusal(error: IntegrityError) -> Exception:
    """The domain's word for what a constraint of the books said; the error itself where it is none of these."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    match constraint:
        case "ledger_effect_once" | "wallets_ledgertransaction_reverses_id_key":
            return EffectAlreadyBooked("This effect is in the books already.")
        case "balance_not_below_zero":
            return InsufficientFunds("The account does not hold that much.")
        case "ledger_account_takes_entry":
            return AccountTakesNoEntry("The ledger account is closed.")
        case "ledger_books_closed":
            return BooksClosed("The books are closed at that time.")
        case _:
            return error

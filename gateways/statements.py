"""What a bank says about one account over some days: frozen values, whatever the file they were read from.

A statement is the only evidence of a bank transfer. Only BOOKED entries are money; the others are announcements.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, runtime_checkable

from common.errors import Invalid
from common.money import Money


class EntryStatus(StrEnum):
    BOOKED = "booked"
    PENDING = "pending"
    INFORMATION = "information"


class StatementRefused(Invalid):
    """The file cannot be read with certainty, or is not about this account: nothing of it is kept."""

    code = "STATEMENT_REFUSED"


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One booking on our account. `amount` has the account's side: above zero is money in, below is money out.

    `key` names the entry within its account, in every statement that lists it. `references` are the references of
    ours, check digits verified, that stand anywhere in its texts. `is_reversal` and `return_reason` say that it takes
    back an earlier booking; they never turn the amount round, which has its direction already.
    """

    amount: Money
    booking_date: date
    value_date: date | None = None
    status: EntryStatus = EntryStatus.BOOKED
    key: str = ""
    counterparty_name: str = ""
    counterparty_iban: str = ""
    end_to_end_id: str = ""
    structured_reference: str = ""
    remittance: str = ""
    bank_reference: str = ""
    is_reversal: bool = False
    return_reason: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One account over some days. Balances are None where the file states none."""

    format: str
    statement_id: str
    account: str
    currency: str
    entries: tuple[StatementEntry, ...]
    opening: Money | None = None
    closing: Money | None = None

    @property
    def booked(self) -> Money:
        """The sum of what was booked, in and out."""
        amounts = (entry.amount for entry in self.entries if entry.status is EntryStatus.BOOKED)
        return sum(amounts, Money.zero(self.currency))

    @property
    def difference(self) -> Money | None:
        """Closing balance less opening balance and bookings: zero when the file is whole, None when it cannot tell."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing - self.opening - self.booked


@runtime_checkable
class ReadsStatements(Protocol):
    """The role of a gateway that is heard through statements which a person brings."""

    def read_statement(self, body: bytes) -> tuple[Statement, ...]:
        """The statements in the file that are about this account, in its order. Raises StatementRefused."""
        ...

"""What an entry of the bank is, decided by reference, account, amount and currency together: never by the amount alone.

Whatever is not exactly what was asked goes to a person, with the reason.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils import timezone

from payments.models import PaymentAttempt
from payments.states import PAID_ATTEMPT_STATES
from reconciliation.models import LineReason, StatementLine

_WORD = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """`attempt` is whose reference the entry carries, if one alone; without a reason the entry pays it."""

    reason: LineReason
    attempt: PaymentAttempt | None = None

    @property
    def is_payment(self) -> bool:
        return self.reason is LineReason.NONE and self.attempt is not None


def find(line: StatementLine) -> Finding:
    """What this booked entry is. Reads the payment without locking it: the one door decides in the end."""
    attempts = attempts_with_reference(line)
    attempt = attempts[0] if len(attempts) == 1 else None
    if line.is_reversal or line.return_reason:
        return Finding(LineReason.REVERSAL, attempt)
    if line.amount.is_negative:
        return Finding(LineReason.MONEY_OUT, attempt)
    if attempt is None:
        return Finding(_why_nobody(line, found=len(attempts)))
    return Finding(_why_not(line, attempt), attempt)


def attempts_with_reference(line: StatementLine) -> list[PaymentAttempt]:
    """The attempts on this account whose reference stands in the entry."""
    if not line.references:
        return []
    found = PaymentAttempt.objects.filter(
        gateway_account_id=line.gateway_account_id, gateway_payment_id__in=line.references
    )
    return list(found.select_related("payment").order_by("id"))


def share_a_word(first: str, second: str) -> bool:
    """Whether two names can be the same person's, upper and lower case, accents and order of words aside."""
    return bool(_words(first) & _words(second))


def _why_nobody(line: StatementLine, *, found: int) -> LineReason:
    if found > 1:
        return LineReason.SEVERAL_REFERENCES
    return LineReason.UNKNOWN_REFERENCE if line.references else LineReason.NO_REFERENCE


def _why_not(line: StatementLine, attempt: PaymentAttempt) -> LineReason:
    """Why it does not pay what it names; NONE when it does.

    That another attempt has paid the payment is no reason here: the one door books that as collected twice.
    """
    payment = attempt.payment
    if attempt.state in PAID_ATTEMPT_STATES:
        return LineReason.TWICE
    if line.currency != payment.currency:
        return LineReason.WRONG_CURRENCY
    if line.amount != payment.amount:
        return LineReason.WRONG_AMOUNT
    # The bank's day decides, not the day on which we read its statement.
    if line.booking_date > timezone.localtime(payment.expires_at).date():
        return LineReason.TOO_LATE
    if _words(payment.payer_name) and _words(line.counterparty_name):
        return LineReason.NONE if share_a_word(payment.payer_name, line.counterparty_name) else LineReason.THIRD_PARTY
    return LineReason.NONE


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return set(_WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))

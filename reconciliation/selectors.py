"""Which payments an unexplained entry may be about: proposals with their reasons, for a person to judge.

Nothing here decides. An equal amount alone is a weak reason, and stands last.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from payments.models import Payment, PaymentAttempt
from reconciliation.matching import share_a_word
from reconciliation.models import StatementLine

PROPOSALS_MAX = 5
_CANDIDATES_MAX = 500
_WINDOW = timedelta(days=60)
# So many characters of a reference in a row are no accident.
_PART_LENGTH = 8
_NOT_A_CHARACTER = re.compile(r"[^A-Z0-9]")
# Reason to weight: what names the payment counts for more than all that does not.
WEIGHTS = {"reference": 8, "part_of_reference": 6, "order_id": 5, "payer_name": 2, "amount": 1}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A payment, and in codes why it may be meant."""

    payment: Payment
    reasons: tuple[str, ...]

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)


def proposals_for(line: StatementLine) -> list[Proposal]:
    """Payments the entry may be about, likeliest first."""
    text = _plain(f"{line.structured_reference} {line.remittance} {line.end_to_end_id}")
    found = [Proposal(attempt.payment, tuple(_reasons(line, attempt, text=text))) for attempt in _candidates(line)]
    likely = sorted((proposal for proposal in found if proposal.reasons), key=lambda p: (-p.weight, -p.payment.pk))
    return likely[:PROPOSALS_MAX]


def _candidates(line: StatementLine) -> QuerySet[PaymentAttempt]:
    """Attempts on the account: whose reference it carries, and what was asked lately. The newest of too many."""
    lately = Q(created_at__date__gte=line.booking_date - _WINDOW, created_at__date__lte=line.booking_date)
    rows = PaymentAttempt.objects.filter(
        lately | Q(gateway_payment_id__in=line.references), gateway_account_id=line.gateway_account_id
    )
    return rows.select_related("payment").order_by("-id")[:_CANDIDATES_MAX]


def _reasons(line: StatementLine, attempt: PaymentAttempt, *, text: str) -> list[str]:
    payment, reasons = attempt.payment, []
    if attempt.gateway_payment_id and attempt.gateway_payment_id in line.references:
        reasons.append("reference")
    elif _shares_a_part(attempt.gateway_payment_id, text):
        reasons.append("part_of_reference")
    if len(payment.order_id) >= 4 and _plain(payment.order_id) in text:
        reasons.append("order_id")
    if payment.payer_name and share_a_word(payment.payer_name, line.counterparty_name):
        reasons.append("payer_name")
    if abs(line.amount) == payment.amount:
        reasons.append("amount")
    return reasons


def _shares_a_part(reference: str, text: str) -> bool:
    starts = range(len(reference) - _PART_LENGTH + 1)
    return any(reference[start : start + _PART_LENGTH] in text for start in starts)


def _plain(text: str) -> str:
    return _NOT_A_CHARACTER.sub("", text.upper())

"""What every gateway's own book says it took, held against ours: the simulator's record, which knows nothing of us.

All currencies of the demo have the same minor units here as at their gateways.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.money import Money
from demo import ledger_view
from payments.models import Payment, PaymentAttempt
from payments.states import PAID_ATTEMPT_STATES

# Ours and theirs: which of them a gateway keys its book by differs.
_KEYS = ("gateway_payment_id", "order_id", "reference")
Totals = dict[str, int]


@dataclass(frozen=True, slots=True)
class Compared:
    """One gateway account since some moment, in both books: minor units by currency."""

    account: str
    ours: Totals
    theirs: Totals

    @property
    def text(self) -> str:
        return ", ".join(ledger_view.shown(Money(minor, currency)) for currency, minor in self.ours.items())


def taken(books: dict[str, Any], attempt: PaymentAttempt) -> list[int]:
    """Each amount above zero that the gateway took for this attempt."""
    names = {attempt.gateway_payment_id, attempt.reference} - {""}
    return [
        int(row["captured"])
        for account in books["accounts"]
        if account["gateway"] == attempt.gateway_account.gateway
        for row in account["payments"]
        if row["captured"] and names & {_plain(row.get(key)) for key in _KEYS}
    ]


def compared(books: dict[str, Any], *, since: datetime) -> list[Compared]:
    """Every account of the demo that was asked for money since then, whether it got any or not."""
    payments = Payment.objects.filter(created_at__gte=since, tenant__slug="demo")
    attempts = PaymentAttempt.objects.filter(payment__in=payments).select_related("gateway_account", "payment")
    by_account: dict[str, list[PaymentAttempt]] = {}
    for attempt in attempts.order_by("gateway_account_id", "id"):
        by_account.setdefault(attempt.gateway_account.name, []).append(attempt)
    return [
        Compared(
            name,
            ours=_summed((each, [each.payment.amount_minor]) for each in found if each.state in PAID_ATTEMPT_STATES),
            theirs=_summed((each, taken(books, each)) for each in found),
        )
        for name, found in by_account.items()
    ]


def _summed(amounts: Iterable[tuple[PaymentAttempt, list[int]]]) -> Totals:
    totals: Totals = {}
    for attempt, taken_of_it in amounts:
        if taken_of_it:
            currency = attempt.payment.currency
            totals[currency] = totals.get(currency, 0) + sum(taken_of_it)
    return dict(sorted(totals.items()))


def _plain(text: object) -> str:
    """Payers write the reference of a transfer in groups."""
    return str(text or "").replace(" ", "")

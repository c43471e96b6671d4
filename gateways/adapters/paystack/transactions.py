"""What a transaction of Paystack means for us. One mapping for answers and webhooks; an unlisted status is UNKNOWN."""

from collections.abc import Mapping
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.paystack import references
from gateways.adapters.paystack.amounts import from_wire
from gateways.adapters.paystack.answers import contradiction, moment_of
from gateways.adapters.paystack.error_table import decline_code
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome
from gateways.pages import is_web_page

# What a report of a charge asks to be given back.
PAGE = "authorization_url"
TRANSACTION_ID = "transaction_id"

_OUTCOMES = {
    "success": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
    # The state of every transaction that is not finished, also straight after it was made: nothing final.
    "abandoned": Outcome.REQUIRES_ACTION,
    "ongoing": Outcome.REQUIRES_ACTION,
    "pending": Outcome.PENDING,
    "processing": Outcome.PENDING,
    "queued": Outcome.PENDING,
    "reversed": Outcome.REVERSED,
}
_MODES = {"test": False, "live": True}


class Transaction(msgspec.Struct, frozen=True):
    """The fields we read. What is not named here is dropped while parsing and cannot leak."""

    id: int | str
    status: str
    reference: str
    amount: int | str
    currency: str
    domain: str
    requested_amount: int | str | None = None
    fees: int | str | None = None
    channel: str | None = None
    gateway_response: str | None = None
    paid_at: str | None = None
    paid_at_too: str | None = msgspec.field(name="paidAt", default=None)
    transaction_date: str | None = None
    created_at: str | None = None


class Page(msgspec.Struct, frozen=True):
    """What initialize answers: where the payer goes."""

    authorization_url: str
    reference: str


def report_page(page: Page, *, reference: str) -> GatewayReport:
    """A transaction was made and nobody has paid yet."""
    wire = references.of_transaction(reference)
    if page.reference != wire:
        return contradiction("the answer names another reference", gateway_payment_id=wire, reference=reference)
    if not is_web_page(page.authorization_url):
        return contradiction("the answer names no page", gateway_payment_id=wire, reference=reference)
    return GatewayReport(
        Outcome.REQUIRES_ACTION,
        gateway_payment_id=wire,
        reference=reference,
        next_action=NextAction(NextActionKind.REDIRECT, page.authorization_url),
        keep={PAGE: page.authorization_url},
        raw={"reference": wire},
    )


def report_transaction(
    transaction: Transaction, *, asked: Money | None = None, kept: Mapping[str, str] | None = None
) -> GatewayReport:
    """Say what the transaction says. `asked` is used only where Paystack does not repeat what was asked of it."""
    told = transaction
    outcome = _OUTCOMES.get(told.status, Outcome.UNKNOWN)
    amount, fee = _paid(told, asked=asked)
    code, message = _error(told, outcome)
    if told.domain not in _MODES:
        outcome, code, message = Outcome.UNKNOWN, "contradiction", "the answer is of neither mode"
    keep = {**(kept or {}), TRANSACTION_ID: str(told.id)}
    return GatewayReport(
        outcome,
        gateway_payment_id=told.reference,
        reference=references.ours(told.reference),
        amount=amount,
        occurred_at=moment_of(told.paid_at, told.paid_at_too, told.transaction_date, told.created_at),
        livemode=_MODES.get(told.domain),
        next_action=_next_action(keep) if outcome is Outcome.REQUIRES_ACTION else None,
        fee=fee,
        keep=keep,
        error_code=code,
        error_message=message,
        gateway_status=told.status,
        raw=raw_transaction(told),
    )


def raw_transaction(transaction: Transaction) -> dict[str, Any]:
    """What is safe to keep and show: nothing of the payer, nothing of the card."""
    told = transaction
    return {
        "id": str(told.id),
        "status": told.status,
        "reference": told.reference,
        "amount": told.amount,
        "requested_amount": told.requested_amount,
        "fees": told.fees,
        "currency": told.currency,
        "domain": told.domain,
        "channel": told.channel,
        "gateway_response": told.gateway_response,
    }


def money(wire: int | str | None, currency: str) -> Money | None:
    """None where Paystack states no amount, or one that is none of ours."""
    try:
        return from_wire(wire, currency) if wire is not None else None
    except AmountNotRepresentable:
        return None


def _paid(told: Transaction, *, asked: Money | None) -> tuple[Money | None, Money | None]:
    """What was paid for the order, and what Paystack kept of it.

    A payer who bears the fees is debited more than was asked: the surplus is not ours, and that much of the fees is not
    taken from us. Less than was asked is reported as it is, so that it never passes for a payment in full.
    """
    debited = money(told.amount, told.currency)
    fees = money(told.fees, told.currency)
    wanted = money(told.requested_amount, told.currency) if told.requested_amount is not None else asked
    if debited is None or wanted is None or wanted.currency != debited.currency or debited <= wanted:
        return debited, fees
    surplus = debited - wanted
    return wanted, max(fees - surplus, Money.zero(fees.currency)) if fees is not None else None


def _error(told: Transaction, outcome: Outcome) -> tuple[str, str]:
    if outcome is Outcome.UNKNOWN:
        return "unlisted_status", ""
    words = told.gateway_response or ""
    return (decline_code(words), words) if outcome is Outcome.DECLINED else ("", "")


def _next_action(keep: Mapping[str, str]) -> NextAction | None:
    return NextAction(NextActionKind.REDIRECT, keep[PAGE]) if keep.get(PAGE) else None

"""Disputes: what their status means. Money moved only where the dispute lists balance transactions of its own."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.stripe.amounts import from_wire
from gateways.adapters.stripe.base import StripeAccount
from gateways.adapters.stripe.client import path_of
from gateways.adapters.stripe.intents import Moment
from gateways.adapters.stripe.lists import UNREADABLE
from gateways.adapters.stripe.refusals import is_json, request_id_of, unknown, why_unread
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, LookUpRequest, Outcome, Subject

_OPEN = frozenset(
    {
        "warning_needs_response",
        "warning_under_review",
        "needs_response",
        "under_review",
        "appeal_needs_response",
        "appeal_under_review",
    }
)


class Line(msgspec.Struct, frozen=True):
    id: str
    amount: int
    fee: int
    net: int
    currency: str
    reporting_category: str = ""


class Dispute(msgspec.Struct, frozen=True):
    """The fields we read. What is not named here is dropped while parsing and cannot leak."""

    id: str
    object: str
    status: str
    amount: int
    currency: str
    created: Moment
    livemode: bool
    charge: str | None = None
    payment_intent: str | None = None
    reason: str = ""
    balance_transactions: list[Line] = []


_read_dispute = msgspec.json.Decoder(Dispute).decode


class HearingDisputes(StripeAccount):
    def look_up_dispute(self, request: LookUpRequest) -> GatewayReport:
        """By the dispute's id only: a dispute is the bank's, it has no reference of ours."""
        return self._asked(lambda: self._find_dispute(request.gateway_payment_id), subject=Subject.DISPUTE)

    def _find_dispute(self, dispute_id: str) -> GatewayReport:
        answer = self._api.get(path_of("disputes", dispute_id))
        if answer.status != 200:
            return unknown(answer, code=why_unread(answer), subject=Subject.DISPUTE)
        try:
            dispute = _read_dispute(answer.body) if is_json(answer) else None
        except UNREADABLE:
            dispute = None
        if dispute is None or dispute.object != "dispute":
            return unknown(answer, code="unreadable_answer", subject=Subject.DISPUTE)
        if dispute.id != dispute_id:
            return unknown(answer, code="contradiction", subject=Subject.DISPUTE)
        return report_dispute(dispute, request_id=request_id_of(answer))


def report_dispute(dispute: Dispute, *, request_id: str = "", occurred_at: int | None = None) -> GatewayReport:
    outcome = _outcome(dispute)
    return GatewayReport(
        outcome=outcome,
        subject=Subject.DISPUTE,
        gateway_payment_id=dispute.id,
        about=dispute.payment_intent or "",
        amount=_money(dispute.amount, dispute.currency),
        occurred_at=datetime.fromtimestamp(occurred_at or dispute.created, tz=UTC),
        livemode=dispute.livemode,
        fee=_fee(dispute),
        error_code="unlisted_status" if outcome is Outcome.UNKNOWN else "",
        gateway_status=dispute.status,
        request_id=request_id,
        raw=_raw(dispute),
    )


def _outcome(dispute: Dispute) -> Outcome:
    if dispute.status in _OPEN:
        return Outcome.PENDING
    match dispute.status:
        case "won":
            return Outcome.SUCCEEDED
        case "lost":
            return Outcome.REVERSED
        case "warning_closed":
            return Outcome.CANCELLED
        case "prevented":
            # Platforms tell it differently; whether money is gone is what its own lines say.
            is_gone = sum(line.amount for line in dispute.balance_transactions) < 0
            return Outcome.REVERSED if is_gone else Outcome.CANCELLED
        case _:
            return Outcome.UNKNOWN


def _fee(dispute: Dispute) -> Money | None:
    """What the dispute itself cost so far; nothing where no money moved or the lines are in several currencies."""
    currencies = {line.currency for line in dispute.balance_transactions}
    if len(currencies) != 1:
        return None
    return _money(sum(line.fee for line in dispute.balance_transactions), currencies.pop())


def _money(wire: int, currency: str) -> Money | None:
    try:
        return from_wire(wire, currency)
    except AmountNotRepresentable:
        return None


def _raw(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "status": dispute.status,
        "reason": dispute.reason,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "livemode": dispute.livemode,
        "charge": dispute.charge,
        "payment_intent": dispute.payment_intent,
        "balance_transactions": [msgspec.to_builtins(line) for line in dispute.balance_transactions],
    }

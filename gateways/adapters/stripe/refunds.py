"""Refunds: asking for one, and what its status means. A refund that succeeded can still fail, days later."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.stripe.amounts import from_wire, to_wire
from gateways.adapters.stripe.base import StripeAccount
from gateways.adapters.stripe.client import path_of
from gateways.adapters.stripe.error_table import FAILURES, REFUND_REFUSALS
from gateways.adapters.stripe.intents import Moment
from gateways.adapters.stripe.lists import UNREADABLE, Page, find_by_reference
from gateways.adapters.stripe.refusals import is_json, report_refusal, request_id_of, unknown, why_unread
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, LookUpRequest, Outcome, RefundRequest, Subject
from gateways.http import HttpAnswer

_PATH = "/v1/refunds"
_REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})
# The rest of a partial capture and a hold that lapsed look like refunds; no money moved.
RELEASED = "expired_uncaptured_charge"
_OUTCOMES = {
    "pending": Outcome.PENDING,
    "requires_action": Outcome.REQUIRES_ACTION,
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
    "canceled": Outcome.CANCELLED,
}


class RefundedCharge(msgspec.Struct, frozen=True):
    id: str
    captured: bool | None = None


class Refund(msgspec.Struct, frozen=True):
    """The fields we read. What is not named here is dropped while parsing and cannot leak."""

    id: str
    object: str
    status: str
    amount: int
    currency: str
    created: Moment
    payment_intent: str | None = None
    charge: str | RefundedCharge | None = None
    reason: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def reference(self) -> str:
        return (self.metadata or {}).get("reference", "")

    @property
    def is_release(self) -> bool:
        """A hold that was given back, not money."""
        captured = self.charge.captured if isinstance(self.charge, RefundedCharge) else None
        return self.reason == RELEASED or captured is False


_read_refund = msgspec.json.Decoder(Refund).decode
_read_page = msgspec.json.Decoder(Page[Refund]).decode


class Refunding(StripeAccount):
    def refund(self, request: RefundRequest) -> GatewayReport:
        def order() -> GatewayReport:
            answer = self._api.post(_PATH, _fields(request), idempotency_key=f"refund:{request.reference}:create")
            if answer.status == 200:
                return _read(answer)
            return report_refusal(answer, subject=Subject.REFUND, listed=REFUND_REFUSALS)

        return self._ordered(order, subject=Subject.REFUND, reference=request.reference)

    def look_up_refund(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._find_refund(request), subject=Subject.REFUND)

    def _find_refund(self, request: LookUpRequest) -> GatewayReport:
        refund_id = request.gateway_payment_id
        if refund_id:
            answer = self._api.get(path_of("refunds", refund_id), {"expand": ["charge"]})
            if answer.status != 200:
                return unknown(answer, code=why_unread(answer), subject=Subject.REFUND)
            report = _read(answer)
            if report.gateway_payment_id in ("", refund_id):
                return report
            return unknown(answer, code="contradiction", subject=Subject.REFUND)
        found = find_by_reference(self._api, _PATH, decode=_read_page, reference=request.reference, since=request.since)
        if not found.matches:
            return unknown(found.answer, code=found.code, subject=Subject.REFUND)
        return report_refund(found.matches[0], request_id=request_id_of(found.answer))


def report_refund(
    refund: Refund, *, request_id: str = "", occurred_at: int | None = None, livemode: bool | None = None
) -> GatewayReport:
    outcome = Outcome.CANCELLED if refund.is_release else _OUTCOMES.get(refund.status, Outcome.UNKNOWN)
    return GatewayReport(
        outcome=outcome,
        subject=Subject.REFUND,
        gateway_payment_id=refund.id,
        about=refund.payment_intent or "",
        reference=refund.reference,
        amount=_amount(refund),
        occurred_at=datetime.fromtimestamp(occurred_at or refund.created, tz=UTC),
        livemode=livemode,
        error_code=_error_code(outcome, refund),
        gateway_status="released_hold" if refund.is_release else refund.status,
        request_id=request_id,
        raw=_raw(refund),
    )


def _fields(request: RefundRequest) -> dict[str, Any]:
    path_of("payment_intents", request.gateway_payment_id)
    fields: dict[str, Any] = {
        "payment_intent": request.gateway_payment_id,
        "amount": to_wire(request.amount),
        "metadata": {"reference": request.reference},
    }
    return fields | ({"reason": request.reason} if request.reason in _REASONS else {})


def _read(answer: HttpAnswer) -> GatewayReport:
    try:
        refund = _read_refund(answer.body) if is_json(answer) else None
    except UNREADABLE:
        refund = None
    if refund is None or refund.object != "refund":
        return unknown(answer, code="unreadable_answer", subject=Subject.REFUND)
    return report_refund(refund, request_id=request_id_of(answer))


def _amount(refund: Refund) -> Money | None:
    try:
        return from_wire(refund.amount, refund.currency)
    except AmountNotRepresentable:
        return None


def _error_code(outcome: Outcome, refund: Refund) -> str:
    if outcome is Outcome.UNKNOWN:
        return "unlisted_status"
    if outcome is not Outcome.DECLINED:
        return ""
    code = f"refund_{refund.failure_reason}"
    return code if code in FAILURES else "refund_failed"


def _raw(refund: Refund) -> dict[str, Any]:
    charge = refund.charge.id if isinstance(refund.charge, RefundedCharge) else refund.charge
    return {
        "id": refund.id,
        "status": refund.status,
        "amount": refund.amount,
        "currency": refund.currency,
        "payment_intent": refund.payment_intent,
        "charge": charge,
        "reason": refund.reason,
        "failure_reason": refund.failure_reason,
        "metadata": {"reference": refund.reference},
    }

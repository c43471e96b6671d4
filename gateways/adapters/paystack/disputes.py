"""Disputes: a payer's bank wants the money back. Unanswered ones Paystack accepts by itself in a day or two."""

from typing import Any

import msgspec

from gateways.adapters.paystack.answers import contradiction, data_of, moment_of, no_answer, unread
from gateways.adapters.paystack.client import PaystackApi
from gateways.adapters.paystack.transactions import TRANSACTION_ID, money
from gateways.contract import GatewayReport, LookUpRequest, Outcome, Subject
from gateways.errors import NoAnswer, NotSent, Reason

_RESOLVED = "resolved"
_ENDS = {
    "declined": Outcome.SUCCEEDED,
    "merchant-accepted": Outcome.REVERSED,
    "auto-accepted": Outcome.REVERSED,
}
_MODES = {"test": False, "live": True}


class _Payment(msgspec.Struct, frozen=True):
    id: int | str
    reference: str = ""
    amount: int | str | None = None
    currency: str = ""


class Dispute(msgspec.Struct, frozen=True):
    id: int | str
    status: str
    transaction: _Payment
    resolution: str | None = None
    refund_amount: int | str | None = None
    currency: str | None = None
    domain: str = ""
    category: str | None = None
    due_at: str | None = msgspec.field(name="dueAt", default=None)
    resolved_at: str | None = msgspec.field(name="resolvedAt", default=None)
    updated_at: str | None = msgspec.field(name="updatedAt", default=None)
    created_at: str | None = msgspec.field(name="createdAt", default=None)


def is_lost(status: str, resolution: str | None) -> bool:
    return status == _RESOLVED and _ENDS.get(resolution or "") is Outcome.REVERSED


def look_up_dispute(api: PaystackApi, request: LookUpRequest) -> GatewayReport:
    """By the dispute's id, else the dispute of the transaction whose number was kept."""
    about: dict[str, Any] = {"subject": Subject.DISPUTE, "gateway_payment_id": request.gateway_payment_id}
    try:
        answer = _ask(api, request)
    except NoAnswer as failure:
        return no_answer(failure, is_question=True, **about)
    told = data_of(answer, Dispute)
    if told is None:
        return unread(answer, **about)
    if request.gateway_payment_id not in ("", str(told.id)):
        return contradiction("the answer is about another dispute", **about)
    return report_dispute(told)


def report_dispute(told: Dispute) -> GatewayReport:
    """Whatever is not resolved is open, also under a status that is not listed."""
    payment = told.transaction
    currency = told.currency or payment.currency
    outcome = _ENDS.get(told.resolution or "", Outcome.UNKNOWN) if told.status == _RESOLVED else Outcome.PENDING
    return GatewayReport(
        outcome,
        Subject.DISPUTE,
        gateway_payment_id=str(told.id),
        about=payment.reference,
        amount=money(payment.amount if told.refund_amount is None else told.refund_amount, currency),
        occurred_at=moment_of(told.resolved_at, told.updated_at, told.created_at),
        livemode=_MODES.get(told.domain),
        keep={TRANSACTION_ID: str(payment.id)},
        error_code="unlisted_status" if outcome is Outcome.UNKNOWN else "",
        gateway_status=f"{told.status} {told.resolution or ''}".strip(),
        raw={
            "id": str(told.id),
            "status": told.status,
            "resolution": told.resolution,
            "category": told.category,
            "refund_amount": told.refund_amount,
            "currency": currency,
            "dueAt": told.due_at,
            "transaction": payment.reference,
        },
    )


def _ask(api: PaystackApi, request: LookUpRequest) -> Any:
    if request.gateway_payment_id:
        return api.read("fetch_dispute", "dispute", request.gateway_payment_id)
    if transaction_id := request.keep.get(TRANSACTION_ID):
        return api.read("transaction_disputes", "dispute", "transaction", transaction_id)
    raise NotSent(Reason.INVALID_REQUEST, "neither the dispute nor its transaction is known")

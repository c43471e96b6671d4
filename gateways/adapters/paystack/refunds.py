"""Refunds. Paystack knows no reference of ours for them and forgets nothing it was asked twice.

Our reference goes into `merchant_note`. Before a refund is asked for, the transaction's refunds are read: one that
bears our reference is reported instead of being made again.
"""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from gateways.adapters.paystack import references
from gateways.adapters.paystack.amounts import to_wire
from gateways.adapters.paystack.answers import (
    NOT_FOUND,
    contradiction,
    data_of,
    moment_of,
    no_answer,
    refusal_of,
    report_refusal,
    unread,
    usable,
)
from gateways.adapters.paystack.client import PaystackApi
from gateways.adapters.paystack.transactions import TRANSACTION_ID, Transaction, money
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, LookUpRequest, Outcome, RefundRequest, Subject
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown

_PAGE_SIZE = 100
_PAGES_MAX = 10
_SKEW = timedelta(minutes=1)
_FINALS = frozenset({NOT_FOUND, "already_refunded", "invalid_params", "currency_not_supported"})
_OUTCOMES = {
    "pending": Outcome.PENDING,
    "processing": Outcome.PENDING,
    "needs-attention": Outcome.REQUIRES_ACTION,
    "processed": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
}
_CODES = {"needs-attention": "refund_needs_attention", "failed": "refund_failed"}
_MODES = {"test": False, "live": True}
_PAYMENT = "transaction"


class _Payment(msgspec.Struct, frozen=True):
    id: int | str
    reference: str = ""


class Refund(msgspec.Struct, frozen=True):
    """`transaction` is an object when the refund is made and a number ever after."""

    id: int | str
    status: str
    amount: int | str
    currency: str
    transaction: int | str | _Payment
    domain: str = ""
    transaction_reference: str | None = None
    merchant_note: str | None = None
    refunded_at: str | None = None
    created_at: str | None = msgspec.field(name="createdAt", default=None)

    @property
    def transaction_id(self) -> str:
        return str(self.transaction.id if isinstance(self.transaction, _Payment) else self.transaction)

    @property
    def payment(self) -> str:
        """The reference of the transaction, where it is told."""
        told = self.transaction.reference if isinstance(self.transaction, _Payment) else ""
        return told or self.transaction_reference or ""


def refund(api: PaystackApi, request: RefundRequest) -> GatewayReport:
    about: dict[str, Any] = {"reference": request.reference}
    try:
        payment = request.gateway_payment_id or references.of_transaction(request.charge_reference)
        fields = _fields(request, payment=payment)
        transaction_id = request.keep.get(TRANSACTION_ID) or _transaction_id(api, payment)
        keep = {_PAYMENT: payment, TRANSACTION_ID: transaction_id}
        about |= {"about": payment, "keep": keep}
        made = _known(api, transaction_id=transaction_id, reference=request.reference)
        if made is not None:
            return _checked(made, about)
        answer = api.write("refund", "refund", fields=fields)
    except AmountNotRepresentable as refused:
        return no_answer(NotSent("amount_not_representable", str(refused)), subject=Subject.REFUND, **about)
    except NoAnswer as failure:
        return no_answer(failure, subject=Subject.REFUND, **about)
    done = data_of(answer, Refund)
    if done is not None:
        return _checked(done, about)
    return _refused(answer, about)


def look_up_refund(api: PaystackApi, request: LookUpRequest) -> GatewayReport:
    """By Paystack's id, else among the refunds of the transaction, by the reference in the note."""
    about: dict[str, Any] = {
        "gateway_payment_id": request.gateway_payment_id,
        "about": request.keep.get(_PAYMENT, ""),
        "reference": request.reference,
        "keep": dict(request.keep),
    }
    try:
        if request.gateway_payment_id:
            answer = api.read("fetch_refund", "refund", request.gateway_payment_id)
            told = data_of(answer, Refund)
            if told is None:
                return unread(answer, subject=Subject.REFUND, **about)
            if str(told.id) != request.gateway_payment_id:
                return contradiction("the answer is about another refund", subject=Subject.REFUND, **about)
            return report_refund(told, reference=request.reference, keep=request.keep)
        found = _search(api, request)
    except NoAnswer as failure:
        return no_answer(failure, subject=Subject.REFUND, is_question=True, **about)
    if found is None:
        return GatewayReport(Outcome.UNKNOWN, Subject.REFUND, error_code=NOT_FOUND, **about)
    return report_refund(found, reference=request.reference, keep=request.keep)


def refunds_of(api: PaystackApi, *, transaction_id: str, since: str = "") -> Iterator[Refund]:
    """All refunds of a transaction. The filter is asked for and not trusted. Raises NotSent or OutcomeUnknown."""
    query = {"perPage": str(_PAGE_SIZE)}
    if transaction_id:
        query["transaction"] = transaction_id
    if since:
        query["from"] = since
    for page in range(1, _PAGES_MAX + 1):
        answer = api.read("list_refunds", "refund", query={**query, "page": str(page)})
        rows = usable(answer, list[Refund])
        yield from (row for row in rows if transaction_id in ("", row.transaction_id))
        if len(rows) < _PAGE_SIZE:
            return
    raise OutcomeUnknown("look_up_incomplete", "there are more refunds than are read")


def report_refund(told: Refund, *, reference: str = "", keep: Any = None) -> GatewayReport:
    outcome = _OUTCOMES.get(told.status, Outcome.UNKNOWN)
    code = _CODES.get(told.status, "") if outcome is not Outcome.UNKNOWN else "unlisted_status"
    return GatewayReport(
        outcome,
        Subject.REFUND,
        gateway_payment_id=str(told.id),
        about=told.payment or (keep or {}).get(_PAYMENT, ""),
        reference=reference or _noted(told),
        amount=money(told.amount, told.currency),
        occurred_at=moment_of(told.refunded_at, told.created_at),
        livemode=_MODES.get(told.domain),
        keep=dict(keep or {}),
        error_code=code,
        gateway_status=told.status,
        raw={"id": str(told.id), "status": told.status, "amount": told.amount, "currency": told.currency},
    )


def _checked(told: Refund, about: dict[str, Any]) -> GatewayReport:
    """What is plainly about another transaction is not the answer to our question."""
    keep = about["keep"]
    if told.payment not in ("", keep[_PAYMENT]) or told.transaction_id != keep[TRANSACTION_ID]:
        return contradiction("the answer is about another transaction", subject=Subject.REFUND, **about)
    return report_refund(told, reference=_noted(told) or about["reference"], keep=keep)


def _refused(answer: Any, about: dict[str, Any]) -> GatewayReport:
    refusal = refusal_of(answer, finals=_FINALS)
    if refusal.code == NOT_FOUND:
        refusal = dataclasses.replace(refusal, code="payment_not_found")
    if refusal.code == "rate_limit":
        # Without a reference to send again under, "surely not carried out" would have to be certain. It is not.
        refusal = dataclasses.replace(refusal, outcome=Outcome.UNKNOWN)
    return report_refusal(refusal, answer, subject=Subject.REFUND, **about)


def _fields(request: RefundRequest, *, payment: str) -> dict[str, Any]:
    fields = {
        "transaction": payment,
        "amount": to_wire(request.amount),
        "currency": request.amount.currency,
        "merchant_note": request.reference,
    }
    return fields | ({"customer_note": request.reason} if request.reason else {})


def _transaction_id(api: PaystackApi, payment: str) -> str:
    """Paystack's number of the transaction, which its list of refunds is told by. Raises NotSent."""
    try:
        answer = api.read("verify", "transaction", "verify", payment)
        return str(usable(answer, Transaction).id)
    except OutcomeUnknown as failure:
        raise NotSent("refunds_unreadable", failure.reason) from None


def _known(api: PaystackApi, *, transaction_id: str, reference: str) -> Refund | None:
    """A refund of ours that is there already. Raises NotSent where nobody can say: then nothing is asked for."""
    try:
        rows = refunds_of(api, transaction_id=transaction_id)
        return next((row for row in rows if _noted(row) == reference), None)
    except OutcomeUnknown as failure:
        raise NotSent("refunds_unreadable", failure.reason) from None


def _search(api: PaystackApi, request: LookUpRequest) -> Refund | None:
    since = (request.since - _SKEW).strftime("%Y-%m-%dT%H:%M:%S.000Z") if request.since else ""
    rows = refunds_of(api, transaction_id=request.keep.get(TRANSACTION_ID, ""), since=since)
    return next((row for row in rows if _noted(row) == request.reference), None)


def _noted(told: Refund) -> str:
    return (told.merchant_note or "").strip()

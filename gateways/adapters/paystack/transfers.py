"""Payouts: a recipient, which is the same at every try, then a transfer under our reference.

From a lost answer only two ways lead on: ask by the same reference, or send the same again. Never another reference.
"""

from typing import Any

import msgspec

from gateways.adapters.paystack import references
from gateways.adapters.paystack.amounts import to_wire
from gateways.adapters.paystack.answers import (
    DUPLICATE,
    contradiction,
    data_of,
    moment_of,
    no_answer,
    refusal_of,
    report_refusal,
    unread,
)
from gateways.adapters.paystack.client import PaystackApi
from gateways.adapters.paystack.recipients import RecipientRefused, recipient_code
from gateways.adapters.paystack.transactions import money
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, LookUpRequest, Outcome, PayoutRequest, Subject
from gateways.errors import NoAnswer, NotSent
from gateways.http import HttpAnswer

_SURE_CURRENCIES = frozenset(["GHS", "KES", "NGN", "ZAR"])
_FINALS = frozenset(
    {DUPLICATE, "insufficient_balance", "payouts_not_allowed", "invalid_transfer_recipient", "invalid_params"}
)
_OUTCOMES = {
    "pending": Outcome.PENDING,
    # Waits for the answer of the account's approval address.
    "received": Outcome.PENDING,
    "otp": Outcome.REQUIRES_ACTION,
    "success": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
    "blocked": Outcome.DECLINED,
    "rejected": Outcome.DECLINED,
    "abandoned": Outcome.CANCELLED,
    # Also long after a success: the money is back in the balance.
    "reversed": Outcome.REVERSED,
}
_CODES = {
    "otp": "transfer_needs_otp",
    "failed": "transfer_failed",
    "blocked": "transfer_blocked",
    "rejected": "transfer_blocked",
}
_MODES = {"test": False, "live": True}


class Transfer(msgspec.Struct, frozen=True):
    id: int | str
    status: str
    reference: str
    amount: int | str
    currency: str
    domain: str = ""
    transfer_code: str | None = None
    gateway_response: str | None = None
    fee_charged: int | str | None = None
    transferred_at: str | None = None
    updated_at: str | None = msgspec.field(name="updatedAt", default=None)
    updated_at_too: str | None = msgspec.field(name="updated_at", default=None)


def pay_out(api: PaystackApi, request: PayoutRequest) -> GatewayReport:
    about: dict[str, Any] = {"subject": Subject.PAYOUT, "reference": request.reference}
    try:
        fields = _fields(api, request)
        about["gateway_payment_id"] = fields["reference"]
        fields["recipient"] = recipient_code(api, request)
        answer = api.write("transfer", "transfer", fields=fields)
    except AmountNotRepresentable as refused:
        return no_answer(NotSent("amount_not_representable", str(refused)), **about)
    except RecipientRefused as refused:
        return report_refusal(refused.refusal, refused.answer, **about)
    except NoAnswer as failure:
        return no_answer(failure, **about)
    return _read_transfer(api, request, answer, about)


def look_up_payout(api: PaystackApi, request: LookUpRequest) -> GatewayReport:
    about: dict[str, Any] = {"subject": Subject.PAYOUT, "reference": request.reference}
    try:
        wire = request.gateway_payment_id or references.of_transfer(request.reference)
        about["gateway_payment_id"] = wire
        answer = api.read("verify_transfer", "transfer", "verify", wire)
    except NoAnswer as failure:
        return no_answer(failure, is_question=True, **about)
    told = data_of(answer, Transfer)
    if told is None:
        return unread(answer, **about)
    if told.reference != wire:
        return contradiction("the answer is about another transfer", **about)
    return report_transfer(told)


def report_transfer(told: Transfer) -> GatewayReport:
    outcome = _OUTCOMES.get(told.status, Outcome.UNKNOWN)
    code = _CODES.get(told.status, "") if outcome is not Outcome.UNKNOWN else "unlisted_status"
    return GatewayReport(
        outcome,
        Subject.PAYOUT,
        gateway_payment_id=told.reference,
        reference=told.reference,
        amount=money(told.amount, told.currency),
        occurred_at=moment_of(told.transferred_at, told.updated_at, told.updated_at_too),
        livemode=_MODES.get(told.domain),
        fee=money(told.fee_charged, told.currency),
        error_code=code,
        error_message=(told.gateway_response or "") if code else "",
        gateway_status=told.status,
        raw={
            "id": str(told.id),
            "transfer_code": told.transfer_code,
            "status": told.status,
            "reference": told.reference,
            "amount": told.amount,
            "currency": told.currency,
            "gateway_response": told.gateway_response,
        },
    )


def _fields(api: PaystackApi, request: PayoutRequest) -> dict[str, Any]:
    currency = request.amount.currency
    amount = to_wire(request.amount)
    if currency not in _SURE_CURRENCIES and not (currency == "XOF" and api.setting("payouts_in_xof") == "yes"):
        raise NotSent("destination_not_supported", f"Paystack is not known to pay out in {currency}")
    return {
        "source": "balance",
        "amount": amount,
        # Paystack takes NGN when it is left out, whatever the account.
        "currency": currency,
        "reference": references.of_transfer(request.reference),
        "reason": request.description or "Payout",
    }


def _read_transfer(
    api: PaystackApi, request: PayoutRequest, answer: HttpAnswer, about: dict[str, Any]
) -> GatewayReport:
    told = data_of(answer, Transfer)
    if told is not None:
        is_ours = told.reference == about["gateway_payment_id"]
        return report_transfer(told) if is_ours else contradiction("the answer names another reference", **about)
    refusal = refusal_of(answer, finals=_FINALS)
    if refusal.code != DUPLICATE:
        return report_refusal(refusal, answer, **about)
    known = look_up_payout(api, LookUpRequest(request.reference))
    if known.amount is not None and known.amount != request.amount:
        return GatewayReport(
            Outcome.UNKNOWN, error_code="reference_reused", gateway_status=known.gateway_status, **about
        )
    return known

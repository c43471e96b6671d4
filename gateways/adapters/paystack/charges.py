"""Charges: a page for the payer, or a saved card at once; and what verify says of either."""

from typing import Any

import msgspec

from gateways.adapters.paystack import references
from gateways.adapters.paystack.amounts import to_wire
from gateways.adapters.paystack.answers import (
    DUPLICATE,
    contradiction,
    data_of,
    no_answer,
    refusal_of,
    report_refusal,
    unread,
)
from gateways.adapters.paystack.client import PaystackApi
from gateways.adapters.paystack.reversals import explained
from gateways.adapters.paystack.transactions import Page, Transaction, report_page, report_transaction
from gateways.amounts import AmountNotRepresentable
from gateways.contract import ChargeRequest, GatewayReport, LookUpRequest, Outcome
from gateways.errors import NoAnswer, NotSent, Reason
from gateways.http import HttpAnswer

# Our word for a method -> Paystack's for the channel.
CHANNELS = {
    "bank_debit": "bank",
    "bank_transfer": "bank_transfer",
    "card": "card",
    "mobile_money": "mobile_money",
    "qr": "qr",
    "ussd": "ussd",
}
_FINALS = frozenset({DUPLICATE, "currency_not_supported", "invalid_params"})


def charge(api: PaystackApi, request: ChargeRequest) -> GatewayReport:
    """A new transaction; with `payment_method` a saved card is charged without the payer."""
    about: dict[str, Any] = {"reference": request.reference}
    try:
        about["gateway_payment_id"] = references.of_transaction(request.reference)
        _refuse_what_paystack_cannot(request)
        if request.payment_method:
            answer = api.write("charge_authorization", "transaction", "charge_authorization", fields=_saved(request))
        else:
            answer = api.write("initialize", "transaction", "initialize", fields=_fresh(request))
    except AmountNotRepresentable as refused:
        return no_answer(NotSent("amount_not_representable", str(refused)), **about)
    except NoAnswer as failure:
        return no_answer(failure, **about)
    return _read_charge(api, request, answer, about)


def look_up(api: PaystackApi, request: LookUpRequest) -> GatewayReport:
    """What verify says now. Paystack knows a transaction by our reference, so that is never lost."""
    about: dict[str, Any] = {"reference": request.reference}
    try:
        wire = request.gateway_payment_id or references.of_transaction(request.reference)
        about["gateway_payment_id"] = wire
        answer = api.read("verify", "transaction", "verify", wire)
    except NoAnswer as failure:
        return no_answer(failure, is_question=True, **about)
    transaction = data_of(answer, Transaction)
    if transaction is None:
        return unread(answer, **about)
    if transaction.reference != wire:
        return contradiction("the answer is about another transaction", **about)
    report = report_transaction(transaction, asked=request.amount, kept=request.keep)
    return explained(api, transaction, report) if report.outcome is Outcome.REVERSED else report


def _refuse_what_paystack_cannot(request: ChargeRequest) -> None:
    if not request.capture:
        raise NotSent("capture_not_supported", "Paystack takes money at once or not at all")
    if request.method and request.method not in CHANNELS:
        raise NotSent("method_not_supported", request.method)
    if "@" not in request.payer_email:
        raise NotSent(Reason.INVALID_REQUEST, "Paystack needs the payer's e-mail address")


def _read_charge(api: PaystackApi, request: ChargeRequest, answer: HttpAnswer, about: dict[str, Any]) -> GatewayReport:
    if request.payment_method:
        transaction = data_of(answer, Transaction)
        if transaction is not None:
            is_ours = transaction.reference == about["gateway_payment_id"]
            told = report_transaction(transaction, asked=request.amount)
            return told if is_ours else contradiction("the answer names another reference", **about)
    elif (page := data_of(answer, Page)) is not None:
        return report_page(page, reference=request.reference)
    refusal = refusal_of(answer, finals=_FINALS)
    if refusal.code == DUPLICATE:
        return _already_there(api, request)
    return report_refusal(refusal, answer, **about)


def _already_there(api: PaystackApi, request: ChargeRequest) -> GatewayReport:
    """The reference was accepted before: not a failure, so say what became of it."""
    report = look_up(api, LookUpRequest(request.reference, amount=request.amount))
    if report.amount is not None and report.amount != request.amount:
        return _reused(report)
    return report


def _reused(report: GatewayReport) -> GatewayReport:
    return GatewayReport(
        Outcome.UNKNOWN,
        gateway_payment_id=report.gateway_payment_id,
        reference=report.reference,
        error_code="reference_reused",
        error_message=f"Paystack has this reference with {report.amount}",
        gateway_status=report.gateway_status,
        raw=report.raw,
    )


def _common(request: ChargeRequest) -> dict[str, Any]:
    return {
        "email": request.payer_email,
        "amount": to_wire(request.amount),
        "currency": request.amount.currency,
        "reference": references.of_transaction(request.reference),
    }


def _fresh(request: ChargeRequest) -> dict[str, Any]:
    fields = _common(request)
    if request.return_url:
        fields["callback_url"] = request.return_url
    if request.method:
        fields["channels"] = [CHANNELS[request.method]]
    if metadata := _metadata(request):
        fields["metadata"] = metadata
    return fields


def _saved(request: ChargeRequest) -> dict[str, Any]:
    fields = _common(request) | {"authorization_code": request.payment_method}
    if metadata := _metadata(request):
        # An object everywhere else; here Paystack wants its text.
        fields["metadata"] = msgspec.json.encode(metadata).decode()
    return fields


def _metadata(request: ChargeRequest) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if request.cancel_url:
        metadata["cancel_action"] = request.cancel_url
    if request.description:
        field = {"display_name": "Description", "variable_name": "description", "value": request.description}
        metadata["custom_fields"] = [field]
    return metadata

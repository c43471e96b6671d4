"""What orders, captures and authorizations mean for us. A status not listed is UNKNOWN.

A COMPLETED order proves nothing: its capture may be declined or under review. Only a capture is money.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateways.adapters.paypal.amounts import read_or_none
from gateways.adapters.paypal.shapes import Order, Payment, moment
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome
from gateways.pages import is_web_page

CAPTURES: Mapping[str, Outcome] = MappingProxyType(
    {
        "COMPLETED": Outcome.SUCCEEDED,
        # The money came; what went back later has refunds of its own.
        "PARTIALLY_REFUNDED": Outcome.SUCCEEDED,
        "REFUNDED": Outcome.SUCCEEDED,
        "PENDING": Outcome.PENDING,
        "DECLINED": Outcome.DECLINED,
        "FAILED": Outcome.DECLINED,
    }
)
AUTHORIZATIONS: Mapping[str, Outcome] = MappingProxyType(
    {
        "CREATED": Outcome.AUTHORIZED,
        "PENDING": Outcome.PENDING,
        "DENIED": Outcome.DECLINED,
        "VOIDED": Outcome.CANCELLED,
    }
)
# PayPal took the money back out of a capture that had succeeded.
_REVERSED_REASON = "CHARGEBACK"
# The authorization was used up: its capture says the rest.
CAPTURED = frozenset({"CAPTURED", "PARTIALLY_CAPTURED"})
# Several captures of one order are none of ours; should they come, the one that holds money is the one to hear about.
_RANK = {"COMPLETED": 4, "PARTIALLY_REFUNDED": 4, "REFUNDED": 4, "PENDING": 3, "DECLINED": 1, "FAILED": 1}


def report_order(order: Order, *, request_id: str = "") -> GatewayReport:
    """Say what the order says, in our words, looking through it at its capture or authorization."""
    match order.status:
        case "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED":
            outcome = Outcome.REQUIRES_ACTION if _payer_page(order) else Outcome.PENDING
        case "APPROVED":
            outcome = Outcome.APPROVED
        case "VOIDED":
            outcome = Outcome.CANCELLED
        case "COMPLETED":
            return _report_completed(order, request_id=request_id)
        case _:
            return _plain(order, Outcome.UNKNOWN, code="unlisted_status", request_id=request_id)
    return _plain(order, outcome, request_id=request_id)


def report_capture(capture: Payment, *, order_id: str = "", request_id: str = "") -> GatewayReport:
    """The amount is the capture's own. `order_id` where the caller knows it better than the capture."""
    outcome = CAPTURES.get(capture.status, Outcome.UNKNOWN)
    if capture.status_details.reason == _REVERSED_REASON and outcome is Outcome.SUCCEEDED:
        outcome = Outcome.REVERSED
    breakdown = capture.seller_receivable_breakdown
    return _report_payment(
        capture,
        outcome,
        order_id=order_id,
        request_id=request_id,
        keep={"capture_id": capture.id},
        code={Outcome.DECLINED: "capture_declined", Outcome.UNKNOWN: "unlisted_status"}.get(outcome, ""),
        fee=breakdown.paypal_fee if breakdown else None,
    )


def report_authorization(authorization: Payment, *, order_id: str = "", request_id: str = "") -> GatewayReport:
    outcome = AUTHORIZATIONS.get(authorization.status, Outcome.UNKNOWN)
    unknown = "capture_unread" if authorization.status in CAPTURED else "unlisted_status"
    return _report_payment(
        authorization,
        outcome,
        order_id=order_id,
        request_id=request_id,
        keep={"authorization_id": authorization.id},
        code={Outcome.DECLINED: "authorization_denied", Outcome.UNKNOWN: unknown}.get(outcome, ""),
    )


def capture_of(order: Order) -> Payment | None:
    captures = order.unit.payments.captures
    return max(captures, key=lambda capture: _RANK.get(capture.status, 2)) if captures else None


def authorization_of(order: Order) -> Payment | None:
    authorizations = order.unit.payments.authorizations
    return authorizations[-1] if authorizations else None


def _report_completed(order: Order, *, request_id: str) -> GatewayReport:
    capture, authorization = capture_of(order), authorization_of(order)
    if capture is not None:
        report = report_capture(capture, order_id=order.id, request_id=request_id)
    elif authorization is not None:
        report = report_authorization(authorization, order_id=order.id, request_id=request_id)
    else:
        return _plain(order, Outcome.UNKNOWN, code="capture_unread", request_id=request_id)
    keep = dict(report.keep)
    if authorization is not None:
        keep["authorization_id"] = authorization.id
    return dataclasses.replace(
        report,
        reference=report.reference or _reference(order),
        keep=keep,
        raw={"order": order.id, "order_status": order.status, **report.raw},
    )


def _plain(order: Order, outcome: Outcome, *, code: str = "", request_id: str = "") -> GatewayReport:
    page = _payer_page(order)
    return GatewayReport(
        outcome=outcome,
        gateway_payment_id=order.id,
        reference=_reference(order),
        amount=read_or_none(order.unit.amount),
        occurred_at=moment(order.update_time or order.create_time),
        next_action=NextAction(NextActionKind.REDIRECT, page) if outcome is Outcome.REQUIRES_ACTION else None,
        error_code=code,
        gateway_status=order.status,
        request_id=request_id,
        raw={"id": order.id, "status": order.status, "intent": order.intent} | _raw_amount(order.unit.amount),
    )


def _report_payment(
    payment: Payment,
    outcome: Outcome,
    *,
    order_id: str,
    request_id: str,
    keep: Mapping[str, str],
    code: str,
    fee: Any = None,
) -> GatewayReport:
    reason = payment.status_details.reason
    raw = {"id": payment.id, "status": payment.status, "reason": reason} | _raw_amount(payment.amount)
    return GatewayReport(
        outcome=outcome,
        gateway_payment_id=order_id or payment.supplementary_data.related_ids.order_id,
        reference=payment.reference,
        amount=read_or_none(payment.amount),
        occurred_at=_occurred_at(payment),
        fee=read_or_none(fee),
        keep=keep,
        error_code=code,
        error_message=reason if outcome is Outcome.DECLINED else "",
        gateway_status=f"{payment.status}/{reason}" if reason else payment.status,
        request_id=request_id,
        raw=raw,
    )


def _occurred_at(payment: Payment) -> datetime | None:
    """A refund changes the capture later; the money came when the capture was made."""
    is_given_back = payment.status in ("REFUNDED", "PARTIALLY_REFUNDED")
    return moment(payment.create_time if is_given_back else payment.update_time or payment.create_time)


def _reference(order: Order) -> str:
    return order.unit.custom_id or order.unit.invoice_id


def _payer_page(order: Order) -> str:
    page = order.payer_page
    return page if is_web_page(page) else ""


def _raw_amount(amount: Any) -> dict[str, Any]:
    return {"amount": amount.value, "currency": amount.currency} if amount is not None else {}

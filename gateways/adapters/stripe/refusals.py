"""What an answer that is not an object means. Only what is listed here is a refusal; all else is UNKNOWN."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec

from gateways.adapters.stripe.error_table import DECLINES, REFUSALS
from gateways.adapters.stripe.intents import Intent, PaymentError, report_intent
from gateways.contract import ErrorEntry, GatewayReport, Outcome, Subject
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown
from gateways.http import HttpAnswer

AUTHENTICATION_FAILED = "authentication_failed"
RATE_LIMIT = "rate_limit"


class _Detail(PaymentError, frozen=True):
    param: str | None = None
    payment_intent: Intent | None = None


class _ErrorBody(msgspec.Struct, frozen=True):
    error: _Detail


_read_error = msgspec.json.Decoder(_ErrorBody).decode


def is_json(answer: HttpAnswer) -> bool:
    return answer.headers.get("content-type", "").startswith("application/json")


def request_id_of(answer: HttpAnswer) -> str:
    return answer.headers.get("request-id", "")


def error_code_of(answer: HttpAnswer) -> str:
    error = _error_of(answer)
    return error.precise_code if error else ""


def report_refusal(
    answer: HttpAnswer, *, subject: Subject = Subject.CHARGE, listed: Mapping[str, ErrorEntry] = REFUSALS
) -> GatewayReport:
    """The report for an answer to an order with any status but 200. `listed` codes refuse it for good."""
    error = _error_of(answer)
    if error is None:
        return unknown(answer, code="unexpected_answer", subject=subject)
    outcome, code = _judged(answer.status, error, subject=subject, listed=listed)
    if outcome is Outcome.DECLINED and error.payment_intent is not None:
        return _declined_intent(answer, error=error, code=code, intent=error.payment_intent)
    return GatewayReport(
        outcome=outcome,
        subject=subject,
        error_code=code,
        error_message=error.message or "",
        gateway_status=f"HTTP {answer.status}",
        request_id=request_id_of(answer),
        raw=_raw_error(error),
    )


def unknown(answer: HttpAnswer, *, code: str, subject: Subject = Subject.CHARGE) -> GatewayReport:
    return GatewayReport(
        Outcome.UNKNOWN,
        subject,
        error_code=code,
        gateway_status=f"HTTP {answer.status}",
        request_id=request_id_of(answer),
    )


def why_unread(answer: HttpAnswer) -> str:
    code = error_code_of(answer)
    return "not_found" if answer.status == 404 and code == "resource_missing" else code or "unexpected_answer"


def no_use(answer: HttpAnswer) -> NoAnswer:
    """What to raise where a question has no usable answer: not looked at, or nobody knows."""
    error = _error_of(answer)
    if error is not None and answer.status in (401, 403):
        return NotSent(AUTHENTICATION_FAILED, f"HTTP {answer.status}")
    if error is not None and answer.status == 429 and error.code == RATE_LIMIT:
        return NotSent(RATE_LIMIT, "HTTP 429")
    return OutcomeUnknown(error_code_of(answer) or "unexpected_answer", f"HTTP {answer.status}")


def _error_of(answer: HttpAnswer) -> _Detail | None:
    if not is_json(answer):
        return None
    try:
        return _read_error(answer.body).error
    except (msgspec.MsgspecError, RecursionError):
        return None


def _judged(status: int, error: _Detail, *, subject: Subject, listed: Mapping[str, ErrorEntry]) -> tuple[Outcome, str]:
    code = error.precise_code
    if status in (401, 403):
        return Outcome.NOT_SENT, AUTHENTICATION_FAILED
    if status == 429 and error.code == RATE_LIMIT:
        return Outcome.NOT_SENT, RATE_LIMIT
    # The same key came with other fields: the first request may well have been executed.
    if error.type == "idempotency_error":
        return Outcome.UNKNOWN, "idempotency_error"
    if status == 402 and error.type == "card_error" and code in DECLINES and subject is Subject.CHARGE:
        return Outcome.DECLINED, code
    if status in (400, 404) and error.type == "invalid_request_error":
        if code in listed:
            return Outcome.DECLINED, code
        # Stripe has no code for a refund beyond what is left; it names the field.
        if subject is Subject.REFUND and not error.code and error.param == "amount":
            return Outcome.DECLINED, "refund_amount_refused"
    return Outcome.UNKNOWN, code or "unexpected_answer"


def _declined_intent(answer: HttpAnswer, *, error: _Detail, code: str, intent: Intent) -> GatewayReport:
    """A decline may bring its intent, which must agree: one that is paid or under way was not declined."""
    if intent.status != "requires_payment_method":
        return unknown(answer, code="contradiction")
    told = report_intent(intent, request_id=request_id_of(answer))
    return dataclasses.replace(
        told,
        outcome=Outcome.DECLINED,
        next_action=None,
        error_code=code,
        error_message=error.message or "",
        raw={**told.raw, "error": _raw_error(error)},
    )


def _raw_error(error: _Detail) -> dict[str, Any]:
    return {
        "type": error.type,
        "code": error.code,
        "decline_code": error.decline_code,
        "message": error.message,
    }

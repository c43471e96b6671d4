"""What an answer that is not an object means. Only what is listed here is a refusal; all else is UNKNOWN."""

from typing import Any

import msgspec

from gateways.adapters.paypal.error_table import BACK_TO_PAYER, ERRORS, EXPIRED_CODES, REFUSALS, STATE_CODES
from gateways.adapters.paypal.shapes import Link, link_of, read
from gateways.contract import GatewayReport, LookUpRequest, NextAction, NextActionKind, Outcome, Subject
from gateways.errors import NoAnswer, NotSent
from gateways.http import HttpAnswer
from gateways.pages import is_web_page

CREATED = frozenset({200, 201})
_MESSAGE_MAX = 300
_IN_PROGRESS = frozenset({"PREVIOUS_REQUEST_IN_PROGRESS", "ORDER_COMPLETION_IN_PROGRESS"})
_NOT_AUTHORIZED = frozenset({"NOT_AUTHORIZED", "AUTHORIZATION_ERROR", "PERMISSION_DENIED"})


class Detail(msgspec.Struct, frozen=True):
    issue: str = ""
    field: str = ""
    description: str = ""
    link: list[Link] = []


class ErrorBody(msgspec.Struct, frozen=True):
    """PayPal's error object; a refused token is told in OAuth's form instead, which has `error` alone."""

    name: str = ""
    error: str = ""
    message: str = ""
    details: list[Detail] = []
    links: list[Link] = []

    @property
    def code(self) -> str:
        """The issue says more than the name; payouts have a name alone, or a sentence as their issue."""
        issue = self.details[0].issue if self.details else ""
        return issue if issue and issue.replace("_", "").isalnum() and issue.isupper() else self.name

    @property
    def text(self) -> str:
        detail = self.details[0] if self.details else Detail()
        said = [detail.field, detail.issue, detail.description or self.message]
        return ": ".join(part for part in said if part)[:_MESSAGE_MAX]


def error_of(answer: HttpAnswer) -> ErrorBody | None:
    error = read(answer, ErrorBody)
    return error if error is not None and (error.name or error.error) else None


def request_id_of(answer: HttpAnswer) -> str:
    return answer.headers.get("paypal-debug-id", "")


def says_state(answer: HttpAnswer) -> bool:
    """The refusal tells that the object is further than we thought: read it."""
    error = error_of(answer)
    return error is not None and answer.status == 422 and error.code in STATE_CODES


def is_gone(answer: HttpAnswer) -> bool:
    error = error_of(answer)
    return answer.status == 404 and error is not None and error.name in ("RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")


def report_refusal(answer: HttpAnswer, *, subject: Subject = Subject.CHARGE, payment_id: str = "") -> GatewayReport:
    """The report for an answer that carries no object, to a call that wanted to change something."""
    error = error_of(answer)
    if error is None:
        return unknown(answer, code="unexpected_answer", subject=subject, payment_id=payment_id)
    outcome, code = _judged(answer.status, error)
    page = link_of(error.links, "redirect") or link_of(error.links, "payer-action")
    asks_payer = outcome is Outcome.REQUIRES_ACTION and is_web_page(page)
    return GatewayReport(
        outcome=outcome,
        subject=subject,
        gateway_payment_id=payment_id,
        next_action=NextAction(NextActionKind.REDIRECT, page) if asks_payer else None,
        error_code=code,
        error_message=error.text,
        gateway_status=f"HTTP {answer.status}",
        request_id=request_id_of(answer),
        raw=_raw(error),
    )


def unknown(answer: HttpAnswer, *, code: str, subject: Subject = Subject.CHARGE, payment_id: str = "") -> GatewayReport:
    error = error_of(answer)
    return GatewayReport(
        Outcome.UNKNOWN,
        subject=subject,
        gateway_payment_id=payment_id,
        error_code=code,
        error_message=error.text if error else "",
        gateway_status=f"HTTP {answer.status}",
        request_id=request_id_of(answer),
    )


def refused(answer: HttpAnswer, *, subject: Subject) -> GatewayReport:
    """The report for an answer without the object it should bring."""
    if answer.status < 300:
        return unknown(answer, code="unreadable_answer", subject=subject)
    return report_refusal(answer, subject=subject)


def not_shown(answer: HttpAnswer, *, other: object | None, subject: Subject, payment_id: str) -> GatewayReport:
    """The report for a question that brought no object, or `other` than the one asked about."""
    code = "contradiction" if other is not None else why_unread(answer)
    return unknown(answer, code=code, subject=subject, payment_id=payment_id)


def nameless(request: LookUpRequest, *, subject: Subject = Subject.CHARGE) -> GatewayReport:
    """PayPal cannot be asked by our reference."""
    return GatewayReport(Outcome.UNKNOWN, subject, reference=request.reference, error_code="id_missing")


def why_unread(answer: HttpAnswer) -> str:
    """The code for an answer to a question that brought no object."""
    if is_gone(answer):
        return "not_found"
    return "unreadable_answer" if 200 <= answer.status < 300 else "unexpected_answer"


def not_sent(failure: NotSent, *, subject: Subject = Subject.CHARGE) -> GatewayReport:
    return GatewayReport(Outcome.NOT_SENT, subject, error_code=failure.reason, error_message=failure.detail)


def no_answer(failure: NoAnswer, *, subject: Subject = Subject.CHARGE, payment_id: str = "") -> GatewayReport:
    return GatewayReport(
        Outcome.UNKNOWN,
        subject,
        gateway_payment_id=payment_id,
        error_code=failure.reason,
        error_message=failure.detail,
    )


def _judged(status: int, error: ErrorBody) -> tuple[Outcome, str]:
    code = error.code
    if status == 401:
        return Outcome.NOT_SENT, "authentication_failed"
    if status == 429 and error.name == "RATE_LIMIT_REACHED":
        return Outcome.NOT_SENT, "rate_limit"
    if code in _IN_PROGRESS:
        return Outcome.UNKNOWN, code
    if status == 422 and code in BACK_TO_PAYER:
        return Outcome.REQUIRES_ACTION, code
    if status == 422 and code in EXPIRED_CODES:
        return Outcome.EXPIRED, "expired"
    if status in (400, 403, 422) and code in REFUSALS:
        return Outcome.DECLINED, code
    if status == 403 and {code, error.name} & _NOT_AUTHORIZED:
        return Outcome.NOT_SENT, "authentication_failed"
    return Outcome.UNKNOWN, code if code in ERRORS else "unexpected_answer"


def _raw(error: ErrorBody) -> dict[str, Any]:
    return {"name": error.name, "issue": error.code, "message": error.message[:_MESSAGE_MAX]}

"""What an answer that is not a transaction means. Only what is listed here is a refusal; all else is UNKNOWN."""

from typing import Any

import msgspec

from gateways.adapters.mtn_momo.error_table import CONFIGURATION, ERRORS, LOST_AFTER_ACCEPTANCE
from gateways.adapters.mtn_momo.statuses import Known, Transaction
from gateways.contract import GatewayReport, Outcome
from gateways.http import HttpAnswer

ALREADY_EXISTS = "RESOURCE_ALREADY_EXIST"
NOT_FOUND = "RESOURCE_NOT_FOUND"

# What stands before MTN's interface answers these itself: the request never came to where money moves.
_AT_THE_DOOR = {401: "authentication_failed", 403: "access_denied", 429: "rate_limit"}
_UNREADABLE = (msgspec.MsgspecError, RecursionError)


class _Error(msgspec.Struct, frozen=True):
    code: str = ""


_read_error = msgspec.json.Decoder(_Error).decode
_read_transaction = msgspec.json.Decoder(Transaction).decode


def is_accepted(answer: HttpAnswer) -> bool:
    """MTN queued it. No other success is one, and neither is a 202 that says something."""
    return answer.status == 202 and not answer.body.strip()


def error_code_of(answer: HttpAnswer) -> str:
    """The code in an error of MTN's form; empty where it has none, or is not MTN's."""
    try:
        return _read_error(answer.body).code if _is_json(answer) else ""
    except _UNREADABLE:
        return ""


def transaction_in(answer: HttpAnswer) -> Transaction | None:
    if answer.status != 200 or not _is_json(answer):
        return None
    try:
        return _read_transaction(answer.body)
    except _UNREADABLE:
        return None


def report_refusal(answer: HttpAnswer, known: Known) -> GatewayReport:
    """The report for an answer to a POST that was neither accepted nor known already."""
    status, code = answer.status, error_code_of(answer)
    if status in _AT_THE_DOOR:
        return known.report(Outcome.NOT_SENT, error_code=_AT_THE_DOOR[status], **_told(answer, code))
    # MTN gives 500 for what will never work, too.
    if status == 500 and code in CONFIGURATION:
        return known.report(Outcome.DECLINED, error_code=code, **_told(answer, code))
    if status == 400 and (not answer.body.strip() or _is_json(answer)):
        return known.report(Outcome.DECLINED, error_code="bad_request", **_told(answer, code))
    return unknown(answer, known)


def report_unread(answer: HttpAnswer, known: Known) -> GatewayReport:
    """The report for a look-up that brought no transaction: it changes nothing, whatever was said."""
    if answer.status == 404 and error_code_of(answer) == NOT_FOUND:
        # Once accepted, it exists: MTN lags, lost it over a character in a note, or is the other platform.
        code = LOST_AFTER_ACCEPTANCE if known.keep.get("accepted") else "not_found"
        return known.report(Outcome.UNKNOWN, error_code=code, **_told(answer, NOT_FOUND))
    return unknown(answer, known)


def unknown(answer: HttpAnswer, known: Known, *, code: str = "") -> GatewayReport:
    told = error_code_of(answer)
    found = code or ("unreadable_answer" if answer.status == 200 else "unexpected_answer")
    return known.report(Outcome.UNKNOWN, error_code=found, **_told(answer, told))


def _told(answer: HttpAnswer, code: str) -> dict[str, Any]:
    shown = code if code in ERRORS or code in (ALREADY_EXISTS, NOT_FOUND) else ""
    return {"gateway_status": f"HTTP {answer.status}", "raw": {"http": answer.status, "code": shown}}


def _is_json(answer: HttpAnswer) -> bool:
    return answer.headers.get("content-type", "").startswith("application/json")

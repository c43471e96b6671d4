"""What an answer of Paystack is worth. `status: true` only means that the call worked; never that money moved.

Only what is listed here is a refusal. All else is UNKNOWN.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from gateways.contract import GatewayReport, Outcome, Subject
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown
from gateways.http import HttpAnswer

T = TypeVar("T")

DUPLICATE = "duplicate_reference"
NOT_FOUND = "not_found"
_NULL = msgspec.Raw(b"null")
# Part of the message, in small letters -> our code. Older errors of Paystack carry nothing but a message.
_BY_MESSAGE = {
    "duplicate transaction reference": DUPLICATE,
    "duplicate transfer reference": DUPLICATE,
    "currency not supported": "currency_not_supported",
    "balance is not enough": "insufficient_balance",
    "starter business": "payouts_not_allowed",
    "could not resolve account": "account_not_resolved",
    "has been fully reversed": "already_refunded",
    "transaction not found": NOT_FOUND,
    "transaction reference not found": NOT_FOUND,
    "transfer not found": NOT_FOUND,
    "refund not found": NOT_FOUND,
    "dispute not found": NOT_FOUND,
}
_BY_CODE = {
    "duplicate_reference": DUPLICATE,
    "transaction_not_found": NOT_FOUND,
    "not_found": NOT_FOUND,
    "invalid_transfer_recipient": "invalid_transfer_recipient",
    "missing_params": "invalid_params",
    "invalid_params": "invalid_params",
}


class Envelope(msgspec.Struct, frozen=True):
    """Around every answer. `status` is text in some older errors."""

    status: bool | str
    message: str = ""
    data: msgspec.Raw = _NULL
    type: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    outcome: Outcome
    code: str
    message: str = ""


_read_envelope = msgspec.json.Decoder(Envelope).decode
_UNREADABLE = (msgspec.MsgspecError, RecursionError)


def data_of(answer: HttpAnswer, kind: type[T]) -> T | None:
    """What a call that worked brought; None when the answer is not such a call's, whatever else it may be."""
    envelope = _envelope_of(answer)
    if answer.status not in (200, 201) or envelope is None or envelope.status is not True:
        return None
    try:
        return msgspec.json.decode(envelope.data, type=kind)
    except _UNREADABLE:
        return None


def has_worked(answer: HttpAnswer) -> bool:
    envelope = _envelope_of(answer)
    return answer.status in (200, 201) and envelope is not None and envelope.status is True


def refusal_of(answer: HttpAnswer, *, finals: frozenset[str]) -> Refusal:
    """What an answer says that did not bring what was asked for. `finals`: codes that are the end of this operation."""
    envelope = _envelope_of(answer)
    if answer.status in (200, 201):
        return Refusal(Outcome.UNKNOWN, "unreadable_answer")
    if envelope is None or envelope.status is True:
        return Refusal(Outcome.UNKNOWN, "unexpected_answer")
    if answer.status in (401, 403):
        return Refusal(Outcome.NOT_SENT, "authentication_failed", envelope.message)
    if answer.status == 429 and envelope.code == "rate_limited":
        return Refusal(Outcome.NOT_SENT, "rate_limit", envelope.message)
    code = _known_code(envelope) if answer.status in (400, 404, 422) else ""
    if not code and answer.status == 400 and envelope.type == "validation_error":
        code = "invalid_params"
    if code in finals:
        return Refusal(Outcome.DECLINED, code, envelope.message)
    return Refusal(Outcome.UNKNOWN, "unexpected_answer", envelope.message)


def why_unread(answer: HttpAnswer) -> str:
    """The code for a question that was not answered. Only a text or code that says so is "not found"."""
    return refusal_of(answer, finals=frozenset({NOT_FOUND})).code


def usable(answer: HttpAnswer, kind: type[T]) -> T:
    """For calls that report no outcome. Raises OutcomeUnknown when the answer is not what was asked for."""
    data = data_of(answer, kind)
    if data is None:
        raise OutcomeUnknown(why_unread(answer), f"HTTP {answer.status}")
    return data


def report_refusal(refusal: Refusal, answer: HttpAnswer, **about: Any) -> GatewayReport:
    return GatewayReport(
        refusal.outcome,
        error_code=refusal.code,
        error_message=refusal.message,
        gateway_status=f"HTTP {answer.status}",
        **about,
    )


def unread(answer: HttpAnswer, **about: Any) -> GatewayReport:
    """The report of a look-up without a usable answer: it changes nothing."""
    return GatewayReport(
        Outcome.UNKNOWN, error_code=why_unread(answer), gateway_status=f"HTTP {answer.status}", **about
    )


def contradiction(detail: str, **about: Any) -> GatewayReport:
    return GatewayReport(Outcome.UNKNOWN, error_code="contradiction", error_message=detail, **about)


def no_answer(
    failure: NoAnswer, *, subject: Subject = Subject.CHARGE, is_question: bool = False, **about: Any
) -> GatewayReport:
    """A question that was not asked is as unknown as one that was not answered."""
    outcome = Outcome.NOT_SENT if isinstance(failure, NotSent) and not is_question else Outcome.UNKNOWN
    return GatewayReport(outcome, subject, error_code=failure.reason, error_message=failure.detail, **about)


def moment_of(*texts: str | None) -> datetime | None:
    """The first of these that is a time. Paystack writes ISO 8601 in UTC."""
    for text in texts:
        try:
            moment = datetime.fromisoformat(text or "")
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _envelope_of(answer: HttpAnswer) -> Envelope | None:
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        return _read_envelope(answer.body)
    except _UNREADABLE:
        return None


def _known_code(envelope: Envelope) -> str:
    message = envelope.message.lower()
    for part, code in _BY_MESSAGE.items():
        if part in message:
            return code
    return _BY_CODE.get(envelope.code or "", "")

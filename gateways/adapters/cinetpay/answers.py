"""Reads CinetPay's answers and writes reports. Only a JSON object with a code is an answer; all else is UNKNOWN.

Numbers come as text or as numbers, and lists may be nested; no number ever passes through a float.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.cinetpay.ids import transaction_id
from gateways.contract import GatewayReport, NextAction, Outcome, Subject
from gateways.errors import NoAnswer, NotSent
from gateways.http import HttpAnswer

Fields = Mapping[str, Any]

# Statuses under which a code of CinetPay's is a statement. Of 408, 409, 3xx and 5xx nothing can be concluded.
_SPEAKING = frozenset({200, 201, 202, 400, 401, 402, 403, 404, 405, 422, 429})
_DEPTH_MAX = 5
_TEXT_MAX = 200
# What of an answer is kept: no names, telephone numbers, addresses or tokens.
_SHOWN = (
    "amount", "currency", "status", "payment_method", "payment_date", "fund_availability_date", "lot", "sending_status",
    "treatment_status", "operator", "validated_at", "fee_amount", "transaction_id", "merchant_transaction_id",
    "client_transaction_id",
)  # fmt: skip
_PERSONAL = re.compile(r"\S+@\S+|\+?[0-9][0-9 ]{6,}[0-9]")

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of CinetPay's. `fields` is the whole object, `data` what the first generation wraps in it."""

    http_status: int
    code: str
    fields: Fields = field(repr=False)

    @property
    def data(self) -> Fields:
        found = self.fields.get("data")
        return found if isinstance(found, dict) else {}

    @property
    def items(self) -> list[Fields]:
        return list(_flat(self.fields.get("data"), depth=0))

    @property
    def request_id(self) -> str:
        return text(self.fields, "api_response_id")[:_TEXT_MAX]

    @property
    def message(self) -> str:
        """CinetPay's own words, without what might be somebody's number or address."""
        words = [text(self.fields, name) for name in ("message", "status", "description")]
        return _PERSONAL.sub("…", ": ".join(word for word in words if word))[:_TEXT_MAX]

    def says(self, *words: str) -> bool:
        return any(word in self.message.upper() for word in words)


@dataclass(frozen=True, slots=True)
class About:
    """What a call was about. `key` is the id we gave CinetPay for it; every report carries it."""

    subject: Subject
    reference: str
    key: str

    @classmethod
    def charge(cls, reference: str) -> "About":
        return cls(Subject.CHARGE, reference, transaction_id(reference))

    @classmethod
    def payout(cls, reference: str) -> "About":
        return cls(Subject.PAYOUT, reference, transaction_id(reference))

    def report(
        self,
        outcome: Outcome,
        *,
        answer: Answer | None = None,
        item: Fields | None = None,
        status: str = "",
        code: str = "",
        message: str = "",
        amount: Money | None = None,
        fee: Money | None = None,
        next_action: NextAction | None = None,
        keep: Mapping[str, str] | None = None,
    ) -> GatewayReport:
        return GatewayReport(
            outcome=outcome,
            subject=self.subject,
            gateway_payment_id=self.key,
            reference=self.reference,
            amount=amount,
            fee=fee,
            next_action=next_action,
            keep=keep or {},
            error_code=code,
            error_message=message or (answer.message if answer and code else ""),
            gateway_status=(status or (answer.code if answer else ""))[:_TEXT_MAX],
            request_id=answer.request_id if answer else "",
            raw=_raw(answer, item) if answer else {},
        )

    def unknown(self, code: str, *, answer: Answer | None = None, status: str = "") -> GatewayReport:
        return self.report(Outcome.UNKNOWN, answer=answer, code=code, status=status)

    def not_sent(self, code: str, message: str = "", *, answer: Answer | None = None) -> GatewayReport:
        return self.report(Outcome.NOT_SENT, answer=answer, code=code, message=message)

    def failed(self, failure: NoAnswer) -> GatewayReport:
        """For a call that moves money: what was not sent, and what nobody knows."""
        outcome = Outcome.NOT_SENT if isinstance(failure, NotSent) else Outcome.UNKNOWN
        return self.report(outcome, code=failure.reason, message=failure.detail)

    def unanswered(self, failure: NoAnswer) -> GatewayReport:
        """For a question: that it was not asked says nothing about the money."""
        return self.report(Outcome.UNKNOWN, code=failure.reason, message=failure.detail)


def read(answer: HttpAnswer) -> Answer | None:
    """None where it is not one of CinetPay's answers."""
    try:
        fields = _decode(answer.body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ArithmeticError):
        return None
    if not isinstance(fields, dict):
        return None
    code = text(fields, "code")
    return Answer(answer.status, code, fields) if code else None


def is_speaking(answer: HttpAnswer) -> bool:
    return answer.status in _SPEAKING


def why_silent(answer: HttpAnswer) -> str:
    return "unreadable_answer" if is_speaking(answer) else "unexpected_answer"


def speech(answer: HttpAnswer) -> Answer | None:
    """The answer, where its code may be believed."""
    return read(answer) if is_speaking(answer) else None


def text(fields: Fields, name: str) -> str:
    """A text or number as the text it was written as; nothing else counts."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def kept(fields: Fields, *names: str) -> dict[str, str]:
    """The named values that are there, for the report's `keep`."""
    return {name: value for name in names if (value := text(fields, name)) and len(value) <= 500}


def _flat(value: object, *, depth: int) -> list[Fields]:
    """Objects in lists in lists: `[[{…}]]` and `[{…}]` both come for the same call."""
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or depth > _DEPTH_MAX:
        return []
    return [found for inner in value for found in _flat(inner, depth=depth + 1)]


def _raw(answer: Answer, item: Fields | None) -> dict[str, Any]:
    inner = item if item is not None else answer.data or answer.fields
    shown = {name: value[:_TEXT_MAX] for name in _SHOWN if (value := text(inner, name))}
    return {"code": answer.code[:20], "message": answer.message, **shown}

"""What a transaction's status and reason mean for us. One mapping for answers and callbacks; others are UNKNOWN."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.mtn_momo.error_table import CONFIGURATION, EXPIRIES, FAILED, FAILURES, REJECTIONS
from gateways.adapters.mtn_momo.wording import APPROVE_ON_PHONE
from gateways.amounts import AmountNotRepresentable, read_decimal
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome, Subject

_REASONS = frozenset({*REJECTIONS, *EXPIRIES, *CONFIGURATION, *FAILURES} - {FAILED})
# Old texts of the sandbox use these as statuses; MTN's own clients do not know them.
_ODD_STATUSES: Mapping[str, Outcome] = {"TIMEOUT": Outcome.EXPIRED, "REJECTED": Outcome.DECLINED}
# Free text of MTN's may repeat a phone number.
_LONG_NUMBER = re.compile(r"[0-9]{6,}")
_TEXT_MAX = 200


class Party(msgspec.Struct, frozen=True, rename="camel"):
    party_id: str = ""

    def __repr__(self) -> str:
        return "Party()"


class Reason(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""


class Transaction(msgspec.Struct, frozen=True, rename="camel"):
    """The fields we read. What is not named here is dropped while parsing and cannot leak."""

    status: str
    amount: str
    currency: str
    external_id: str = ""
    financial_transaction_id: str | int | None = None
    reason: str | Reason | None = None
    payer: Party | None = None
    payee: Party | None = None

    def __repr__(self) -> str:
        return f"Transaction({self.status})"

    @property
    def reason_code(self) -> str:
        return self.reason.code if isinstance(self.reason, Reason) else self.reason or ""

    @property
    def reason_text(self) -> str:
        text = self.reason.message if isinstance(self.reason, Reason) else ""
        return _LONG_NUMBER.sub("…", text or self.reason_code)[:_TEXT_MAX]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a transaction before MTN is asked about it: whose report it becomes."""

    subject: Subject
    reference: str
    reference_id: str
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)

    def report(self, outcome: Outcome, **told: Any) -> GatewayReport:
        """A report that does not come from a transaction. The reference is ours: MTN said nothing to compare."""
        return GatewayReport(
            outcome,
            subject=self.subject,
            gateway_payment_id=self.reference_id,
            about=self.keep.get("about", ""),
            reference=self.reference,
            keep=dict(self.keep),
            **told,
        )


def report_transaction(told: Transaction, known: Known) -> GatewayReport:
    """Say what the transaction says, in our words: reference, amount and status are MTN's, whatever we asked."""
    outcome, code = _judged(told, known)
    is_settled = outcome in (Outcome.SUCCEEDED, Outcome.PENDING, Outcome.REQUIRES_ACTION)
    keep = {**known.keep, "accepted": "yes"}
    if told.status in _ODD_STATUSES:
        keep["odd_status"] = told.status
    return GatewayReport(
        outcome=outcome,
        subject=known.subject,
        gateway_payment_id=known.reference_id,
        about=known.keep.get("about", ""),
        reference=told.external_id,
        amount=amount_of(told),
        next_action=approve_on_phone() if outcome is Outcome.REQUIRES_ACTION else None,
        keep=keep,
        error_code=code,
        error_message="" if is_settled else told.reason_text,
        gateway_status=told.status[:_TEXT_MAX],
        raw=_raw(told),
    )


def approve_on_phone() -> NextAction:
    return NextAction(NextActionKind.PHONE_PROMPT, APPROVE_ON_PHONE)


def amount_of(told: Transaction) -> Money | None:
    """None where MTN's text is no amount that we can count."""
    try:
        return read_decimal(told.amount, told.currency)
    except AmountNotRepresentable:
        return None


def _judged(told: Transaction, known: Known) -> tuple[Outcome, str]:
    is_charge = known.subject is Subject.CHARGE
    match told.status:
        case "SUCCESSFUL":
            return Outcome.SUCCEEDED, ""
        case "PENDING" | "CREATED":
            return (Outcome.REQUIRES_ACTION if is_charge else Outcome.PENDING), ""
        case "FAILED":
            return _failed(told.reason_code, is_charge=is_charge)
        case "TIMEOUT" | "REJECTED" if is_charge and known.keep.get("odd_status") == told.status:
            # Said twice, in two readings: then it is meant. A payout stays in doubt until a person has asked MTN.
            return _ODD_STATUSES[told.status], told.status
        case _:
            return Outcome.UNKNOWN, "unlisted_status"


def _failed(reason: str, *, is_charge: bool) -> tuple[Outcome, str]:
    """Who refused or let it expire is told apart for charges only: nobody is asked about money that we send."""
    code = reason if reason in _REASONS else FAILED
    if is_charge and code in REJECTIONS:
        return Outcome.CANCELLED, code
    if is_charge and code in EXPIRIES:
        return Outcome.EXPIRED, code
    return Outcome.DECLINED, code


def _raw(told: Transaction) -> dict[str, Any]:
    return {
        "status": told.status[:_TEXT_MAX],
        "amount": told.amount[:_TEXT_MAX],
        "currency": told.currency[:_TEXT_MAX],
        "externalId": told.external_id[:_TEXT_MAX],
        "financialTransactionId": str(told.financial_transaction_id or "")[:_TEXT_MAX],
        "reason": _LONG_NUMBER.sub("…", told.reason_code)[:_TEXT_MAX],
    }

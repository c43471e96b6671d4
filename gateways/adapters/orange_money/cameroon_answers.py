"""What the answers of Cameroon's API mean. HTTP 200 is not yet a yes, and its amount is compared before it is money."""

import dataclasses
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from django.utils.translation import gettext_noop as _

from common.money import Money
from gateways.adapters.orange_money.amounts import from_wire
from gateways.adapters.orange_money.decoding import decoded
from gateways.adapters.orange_money.error_table import CAMEROON_REFUSALS, PAYMENT_FAILED
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome, Subject
from gateways.http import HttpAnswer

CURRENCY = "XAF"
_ACCEPTED = "200"
# Answers to a pay call after which only the status knows: refused, or the payToken was used before.
_ASK_AFTER = frozenset({417, 422})
_PROMPT = _("Confirm the payment on your phone with your Orange Money PIN.")

_OUTCOMES = {
    "PENDING": Outcome.PENDING,
    # Orange's own spelling first; the others are what a correction of it would look like.
    "SUCCESSFULL": Outcome.SUCCEEDED,
    "SUCCESSFUL": Outcome.SUCCEEDED,
    "SUCCESS": Outcome.SUCCEEDED,
    "FAILED": Outcome.DECLINED,
    "CANCELLED": Outcome.CANCELLED,
    "EXPIRED": Outcome.EXPIRED,
}


class _Data(msgspec.Struct, frozen=True):
    status: str
    payToken: str = ""  # noqa: N815 (Orange's own name)
    inittxnstatus: str | int | None = None
    txnstatus: str | int | None = None
    confirmtxnstatus: str | int | None = None
    txnid: str | None = None
    amount: Decimal | None = None


class _Body(msgspec.Struct, frozen=True):
    data: _Data


@dataclass(frozen=True, slots=True)
class Paid:
    """The answer to a pay call. After a refusal the status has to be read before anything is concluded."""

    report: GatewayReport
    is_refusal: bool = False


def outcome_of(status: str, *, is_payout: bool) -> Outcome:
    """Of a payout only FAILED gives the money back: what the other endings mean there, nobody has written down."""
    outcome = _OUTCOMES.get(status, Outcome.UNKNOWN)
    is_unclear = is_payout and outcome in (Outcome.CANCELLED, Outcome.EXPIRED)
    return Outcome.UNKNOWN if is_unclear else outcome


def paid(answer: HttpAnswer, *, asked: Money, begun: GatewayReport) -> Paid:
    report = dataclasses.replace(begun, gateway_status=f"HTTP {answer.status}")
    body = decoded(answer.body, _Body)
    code = _code_of(body.data, is_payout=begun.subject is Subject.PAYOUT) if body else ""
    if answer.status in _ASK_AFTER:
        return Paid(dataclasses.replace(report, error_code=_listed(code)), is_refusal=True)
    if answer.status == 401:
        return Paid(dataclasses.replace(report, outcome=Outcome.NOT_SENT, error_code="authentication_failed"))
    if answer.status not in (200, 201):
        return Paid(dataclasses.replace(report, error_code="unexpected_answer"))
    if body is None:
        return Paid(dataclasses.replace(report, error_code="unreadable_answer"))
    if code != _ACCEPTED:
        return Paid(dataclasses.replace(report, error_code=_listed(code)), is_refusal=True)
    translated = _translated(body.data, report)
    if translated.outcome is Outcome.PENDING and begun.subject is Subject.CHARGE:
        action = NextAction(NextActionKind.PHONE_PROMPT, _PROMPT)
        translated = dataclasses.replace(translated, outcome=Outcome.REQUIRES_ACTION, next_action=action)
    if translated.outcome in (Outcome.PENDING, Outcome.REQUIRES_ACTION) and translated.amount is None:
        # Nothing moved yet, and the order under this payToken is the one we just sent.
        translated = dataclasses.replace(translated, amount=asked)
    return Paid(translated)


def status(answer: HttpAnswer, *, known: GatewayReport) -> GatewayReport:
    report = dataclasses.replace(known, gateway_status=f"HTTP {answer.status}")
    if answer.status != 200:
        return dataclasses.replace(report, error_code="not_found" if answer.status == 404 else "unexpected_answer")
    body = decoded(answer.body, _Body)
    if body is None:
        return dataclasses.replace(report, error_code="unreadable_answer")
    if body.data.payToken != known.gateway_payment_id:
        return dataclasses.replace(report, error_code="contradiction")
    return _translated(body.data, report)


def with_reason(asked: GatewayReport, *, code: str) -> GatewayReport:
    """What the status says, with the reason that only the refusal told."""
    if asked.outcome is Outcome.DECLINED and code in CAMEROON_REFUSALS:
        return dataclasses.replace(asked, error_code=code)
    return asked


def _translated(data: _Data, report: GatewayReport) -> GatewayReport:
    if data.payToken not in ("", report.gateway_payment_id):
        return dataclasses.replace(report, error_code="contradiction")
    outcome = outcome_of(data.status, is_payout=report.subject is Subject.PAYOUT)
    code = {Outcome.UNKNOWN: "unlisted_status", Outcome.DECLINED: _reason(data)}.get(outcome, "")
    return dataclasses.replace(
        report,
        outcome=outcome,
        amount=from_wire(data.amount, CURRENCY),
        error_code=code,
        gateway_status=data.status,
        raw=_raw(data),
    )


def _reason(data: _Data) -> str:
    told = [str(code) for code in (data.confirmtxnstatus, data.txnstatus, data.inittxnstatus)]
    return next((code for code in told if code in CAMEROON_REFUSALS), PAYMENT_FAILED)


def _code_of(data: _Data, *, is_payout: bool) -> str:
    told = data.txnstatus if is_payout and data.txnstatus is not None else data.inittxnstatus
    return str(told)


def _listed(code: str) -> str:
    return code if code in CAMEROON_REFUSALS else "unexpected_answer"


def _raw(data: _Data) -> dict[str, str]:
    """No messages and no numbers of phones."""
    told = {
        "status": data.status,
        "payToken": data.payToken,
        "txnid": data.txnid,
        "inittxnstatus": data.inittxnstatus,
        "confirmtxnstatus": data.confirmtxnstatus,
        "amount": data.amount,
    }
    return {name: str(value) for name, value in told.items() if value is not None}

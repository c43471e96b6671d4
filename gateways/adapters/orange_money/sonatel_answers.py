"""What the answers of Sonatel's eWallet API mean. A status or code that is not listed is UNKNOWN, never failed."""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from common import clock
from common.money import Money, MoneyError
from gateways.adapters.orange_money.amounts import from_wire
from gateways.adapters.orange_money.decoding import decoded
from gateways.adapters.orange_money.error_table import PAYMENT_FAILED, SONATEL_REFUSALS
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome, Subject
from gateways.http import HttpAnswer
from gateways.pages import is_web_page

CURRENCY = "XOF"
# A payment begun in the last second of a QR code's life may take this long to show in the list.
_LATE_SECONDS = 900
_DONE = frozenset({200, 201, 202})
_NOT_A_REFUSAL = frozenset({408, 409, 425, 429})

_OUTCOMES = {
    "PRE_INITIATED": Outcome.REQUIRES_ACTION,
    "INITIATED": Outcome.REQUIRES_ACTION,
    "PENDING": Outcome.PENDING,
    "ACCEPTED": Outcome.PENDING,
    "SUCCESS": Outcome.SUCCEEDED,
    "FAILED": Outcome.DECLINED,
    "REJECTED": Outcome.DECLINED,
    "CANCELLED": Outcome.CANCELLED,
}
# Of several transactions with one reference, the one to hear about: money first, then doubt.
_RANKS = {Outcome.SUCCEEDED: 4, Outcome.UNKNOWN: 3, Outcome.PENDING: 2, Outcome.REQUIRES_ACTION: 2}


class Amount(msgspec.Struct, frozen=True):
    value: Decimal
    unit: str

    @property
    def money(self) -> Money | None:
        return from_wire(self.value, self.unit)


class Transaction(msgspec.Struct, frozen=True):
    """One transaction, as answers, lists and callbacks tell it."""

    status: str
    transactionId: str = ""  # noqa: N815 (Orange's own name)
    reference: str | None = None
    type: str | None = None
    amount: Amount | None = None


class _Links(msgspec.Struct, frozen=True):
    OM: str = ""
    MAXIT: str = ""


class _QrCode(msgspec.Struct, frozen=True):
    deepLink: str = ""  # noqa: N815 (Orange's own name)
    deepLinks: _Links | None = None  # noqa: N815


class _Error(msgspec.Struct, frozen=True):
    code: str | int


def shown(answer: HttpAnswer, *, known: GatewayReport, as_link: bool) -> GatewayReport:
    """The report on a QR code that was made. No money moves until the payer uses it."""
    report = dataclasses.replace(known, gateway_status=f"HTTP {answer.status}")
    if answer.status not in _DONE:
        return _refused(answer, report)
    told = decoded(answer.body, _QrCode)
    action = _action(told, as_link=as_link) if told else None
    if action is None:
        return dataclasses.replace(report, error_code="unreadable_answer")
    return dataclasses.replace(report, outcome=Outcome.REQUIRES_ACTION, next_action=action)


def moved(answer: HttpAnswer, *, known: GatewayReport) -> GatewayReport:
    """The report on a call that moves money at once: a one-step payment or a cash-in."""
    report = dataclasses.replace(known, gateway_status=f"HTTP {answer.status}")
    if answer.status not in _DONE:
        return _refused(answer, report)
    told = decoded(answer.body, Transaction)
    if told is None:
        return dataclasses.replace(report, error_code="unreadable_answer")
    if told.transactionId:
        report = dataclasses.replace(report, keep={**known.keep, "transaction_id": told.transactionId})
    return translated(told, report)


def status(answer: HttpAnswer, *, known: GatewayReport) -> GatewayReport:
    report = dataclasses.replace(known, gateway_status=f"HTTP {answer.status}")
    if answer.status != 200:
        return dataclasses.replace(report, error_code=_why_unread(answer))
    told = decoded(answer.body, Transaction)
    if told is None:
        return dataclasses.replace(report, error_code="unreadable_answer")
    if told.transactionId not in ("", known.keep.get("transaction_id", "")):
        return dataclasses.replace(report, error_code="contradiction")
    return translated(told, report)


def found(answer: HttpAnswer, *, known: GatewayReport) -> GatewayReport:
    report = dataclasses.replace(known, gateway_status=f"HTTP {answer.status}")
    rows = _rows(answer) if answer.status == 200 else None
    if rows is None:
        code = _why_unread(answer) if answer.status != 200 else "unreadable_answer"
        return dataclasses.replace(report, error_code=code)
    ours = [translated(row, report) for row in rows if row.reference == known.reference]
    if ours:
        return max(ours, key=lambda each: _RANKS.get(each.outcome, 1))
    if rows:
        # Asked for ours alone, it lists others: such a list cannot say that ours is not there.
        return dataclasses.replace(report, error_code="contradiction")
    return _not_there(report)


def balance(answer: HttpAnswer) -> Money | None:
    told = decoded(answer.body, Amount) if answer.status in _DONE else None
    return told.money if told else None


def translated(told: Transaction, report: GatewayReport) -> GatewayReport:
    """What a transaction says. Where it states no amount, ours binds: it stands under our reference."""
    if told.reference not in (None, "", report.reference):
        return dataclasses.replace(report, error_code="contradiction")
    outcome = _OUTCOMES.get(told.status, Outcome.UNKNOWN)
    if report.subject is Subject.PAYOUT and outcome is Outcome.REQUIRES_ACTION:
        outcome = Outcome.PENDING
    return dataclasses.replace(
        report,
        outcome=outcome,
        amount=told.amount.money if told.amount else report.amount,
        error_code={Outcome.UNKNOWN: "unlisted_status", Outcome.DECLINED: PAYMENT_FAILED}.get(outcome, ""),
        gateway_status=told.status,
        raw={"status": told.status, "transactionId": told.transactionId, "type": told.type},
    )


def kept_amount(keep: Mapping[str, str]) -> Money | None:
    minor = keep.get("amount_minor", "")
    try:
        return Money(int(minor), keep.get("currency", "")) if minor.isdecimal() else None
    except MoneyError:
        return None


def error_code_of(answer: HttpAnswer) -> str:
    error = decoded(answer.body, _Error)
    return str(error.code) if error else ""


def _refused(answer: HttpAnswer, report: GatewayReport) -> GatewayReport:
    code = error_code_of(answer)
    if answer.status == 401 and code:
        return dataclasses.replace(report, outcome=Outcome.NOT_SENT, error_code="authentication_failed")
    is_refusal = 400 <= answer.status < 500 and answer.status not in _NOT_A_REFUSAL and code in SONATEL_REFUSALS
    if is_refusal:
        return dataclasses.replace(report, outcome=Outcome.DECLINED, error_code=code, raw={"code": code})
    return dataclasses.replace(report, error_code="unexpected_answer", raw={"code": code})


def _not_there(report: GatewayReport) -> GatewayReport:
    """A QR code is no transaction until it is used: not there means not used while it lives, and then expired."""
    valid_until = report.keep.get("valid_until", "")
    if not valid_until.isdecimal():
        return dataclasses.replace(report, error_code="not_found")
    is_dead = clock.epoch() > int(valid_until) + _LATE_SECONDS
    return dataclasses.replace(report, outcome=Outcome.EXPIRED if is_dead else Outcome.REQUIRES_ACTION)


def _why_unread(answer: HttpAnswer) -> str:
    return "not_found" if answer.status == 404 and error_code_of(answer) else "unexpected_answer"


def _rows(answer: HttpAnswer) -> list[Transaction] | None:
    try:
        return msgspec.json.decode(answer.body, type=list[Transaction])
    except (msgspec.MsgspecError, RecursionError):
        return None


def _action(told: _QrCode, *, as_link: bool) -> NextAction | None:
    """The link in either case: drawn as a QR code it opens the app on the phone that scans it.

    Sonatel's own picture is too large to keep with a payment.
    """
    links = told.deepLinks or _Links()
    link = next((each for each in (told.deepLink, links.OM, links.MAXIT) if is_web_page(each)), "")
    return NextAction(NextActionKind.REDIRECT if as_link else NextActionKind.QR, link) if link else None

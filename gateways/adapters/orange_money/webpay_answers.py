"""What WebPay's answers mean. A status or code not listed is UNKNOWN; WebPay states no amount, so ours binds."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from common import clock
from common.money import Money, MoneyError
from gateways.adapters.orange_money.amounts import to_wire
from gateways.adapters.orange_money.decoding import decoded
from gateways.adapters.orange_money.error_table import (
    NOT_SUBSCRIBED,
    ORDER_ID_USED,
    ORDER_UNKNOWN,
    PAYMENT_FAILED,
    REQUEST_MALFORMED,
)
from gateways.amounts import AmountNotRepresentable
from gateways.contract import ChargeRequest, GatewayReport, NextAction, NextActionKind, Outcome
from gateways.http import HttpAnswer
from gateways.pages import is_web_page

OUTCOMES = {
    "INITIATED": Outcome.REQUIRES_ACTION,
    "PENDING": Outcome.PENDING,
    "SUCCESS": Outcome.SUCCEEDED,
    "FAILED": Outcome.DECLINED,
    "EXPIRED": Outcome.EXPIRED,
}
# A page lives ten minutes. Left alone it says INITIATED for ever; well after its life nobody can pay there any more.
_SURELY_DEAD_AFTER = timedelta(minutes=30)
_ORDER_ID_USED_CODE = 1204
# Orange's codes for a request that was not well formed; 23 is a missing field.
_MALFORMED_CODES = range(20, 29)


class _Created(msgspec.Struct, frozen=True):
    status: int | str
    pay_token: str
    payment_url: str
    notif_token: str


class _Status(msgspec.Struct, frozen=True):
    status: str
    order_id: str
    txnid: str | None = None


class _Error(msgspec.Struct, frozen=True):
    code: int
    message: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a status can be asked with, and what the page was."""

    pay_token: str = field(repr=False)
    amount: Money
    wire_amount: int
    payment_url: str = field(repr=False)
    created_epoch: int
    plain: Mapping[str, str] = field(repr=False)


def read_kept(keep: Mapping[str, str]) -> Kept | None:
    """None where the answer to the create was lost, and the pay_token with it."""
    token, minor, created = keep.get("pay_token", ""), keep.get("amount_minor", ""), keep.get("created", "")
    if not (token and minor.isdecimal() and created.isdecimal()):
        return None
    try:
        amount = Money(int(minor), keep.get("currency", ""))
        return Kept(token, amount, to_wire(amount), keep.get("payment_url", ""), int(created), keep)
    except (MoneyError, AmountNotRepresentable):
        return None


def created(answer: HttpAnswer, *, request: ChargeRequest, order_id: str) -> GatewayReport:
    """The report on a create. Whatever token came is kept, so that even a strange answer can be asked about."""
    report = GatewayReport(
        Outcome.UNKNOWN,
        gateway_payment_id=order_id,
        reference=request.reference,
        amount=request.amount,
        gateway_status=f"HTTP {answer.status}",
    )
    if answer.status not in (200, 201):
        return _refused(answer, report)
    told = decoded(answer.body, _Created)
    if told is None or not told.pay_token or not is_web_page(told.payment_url):
        return dataclasses.replace(report, error_code="unreadable_answer")
    report = dataclasses.replace(
        report,
        gateway_status=str(told.status),
        raw={"status": told.status, "order_id": order_id},
        keep={
            "pay_token": told.pay_token,
            "notif_token": told.notif_token,
            "payment_url": told.payment_url,
            "amount_minor": str(request.amount.minor),
            "currency": request.amount.currency,
            "created": str(clock.epoch()),
        },
    )
    if told.status != 201:
        return dataclasses.replace(report, error_code="unlisted_status")
    action = NextAction(NextActionKind.REDIRECT, told.payment_url)
    return dataclasses.replace(report, outcome=Outcome.REQUIRES_ACTION, next_action=action)


def status(answer: HttpAnswer, *, kept: Kept, blank: GatewayReport) -> GatewayReport:
    report = dataclasses.replace(blank, keep=kept.plain, gateway_status=f"HTTP {answer.status}")
    if answer.status not in (200, 201):
        return dataclasses.replace(report, error_code=_why_unread(answer))
    told = decoded(answer.body, _Status)
    if told is None:
        return dataclasses.replace(report, error_code="unreadable_answer")
    report = dataclasses.replace(report, gateway_status=told.status, raw=_raw(told))
    if told.order_id != blank.gateway_payment_id:
        return dataclasses.replace(report, error_code="contradiction")
    return _translated(told, kept=kept, report=report)


def _translated(told: _Status, *, kept: Kept, report: GatewayReport) -> GatewayReport:
    outcome = OUTCOMES.get(told.status, Outcome.UNKNOWN)
    report = dataclasses.replace(report, outcome=outcome, amount=kept.amount)
    match outcome:
        case Outcome.UNKNOWN:
            return dataclasses.replace(report, error_code="unlisted_status")
        case Outcome.DECLINED:
            return dataclasses.replace(report, error_code=PAYMENT_FAILED)
        case Outcome.REQUIRES_ACTION if _is_surely_dead(kept):
            return dataclasses.replace(report, outcome=Outcome.EXPIRED)
        case Outcome.REQUIRES_ACTION if is_web_page(kept.payment_url):
            action = NextAction(NextActionKind.REDIRECT, kept.payment_url)
            return dataclasses.replace(report, next_action=action)
        case _:
            return report


def _is_surely_dead(kept: Kept) -> bool:
    return clock.epoch() - kept.created_epoch > _SURELY_DEAD_AFTER.total_seconds()


def _refused(answer: HttpAnswer, report: GatewayReport) -> GatewayReport:
    error = decoded(answer.body, _Error)
    if error is None:
        return dataclasses.replace(report, error_code="unexpected_answer")
    outcome, code = _judged(answer.status, error.code)
    return dataclasses.replace(
        report,
        outcome=outcome,
        error_code=code,
        error_message=error.description or error.message,
        raw={"code": error.code, "message": error.message},
    )


def _judged(http_status: int, code: int) -> tuple[Outcome, str]:
    if code == _ORDER_ID_USED_CODE:
        # An order of this number exists, perhaps our own of a moment ago: nobody can say that nothing happened.
        return Outcome.UNKNOWN, ORDER_ID_USED
    if http_status == 400 and code in _MALFORMED_CODES:
        return Outcome.DECLINED, REQUEST_MALFORMED
    if http_status == 401:
        return Outcome.NOT_SENT, "authentication_failed"
    if http_status == 403 or (http_status == 404 and code == 60):
        return Outcome.NOT_SENT, NOT_SUBSCRIBED
    if http_status == 429:
        return Outcome.NOT_SENT, "rate_limit"
    return Outcome.UNKNOWN, "unexpected_answer"


def _why_unread(answer: HttpAnswer) -> str:
    """Never `not_found`: with a pay_token there was a page, and an order that Orange denies is for a person."""
    error = decoded(answer.body, _Error)
    if error is not None and answer.status == 404:
        return ORDER_UNKNOWN
    return "unexpected_answer"


def _raw(told: _Status) -> dict[str, str | None]:
    return {"status": told.status, "order_id": told.order_id, "txnid": told.txnid}

"""Money out: transfers to connected accounts and payouts to our own bank. Stripe pays nobody else.

A transfer has no status: it succeeds at once, and may be reversed. A payout that was paid may still fail within days.
"""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.stripe.amounts import from_wire, to_payout_wire, to_wire
from gateways.adapters.stripe.base import StripeAccount
from gateways.adapters.stripe.client import path_of
from gateways.adapters.stripe.error_table import FAILURES, PAYOUT_REFUSALS
from gateways.adapters.stripe.intents import Moment
from gateways.adapters.stripe.lists import UNREADABLE, Page, find_by_reference
from gateways.adapters.stripe.refusals import is_json, report_refusal, request_id_of, unknown, why_unread
from gateways.amounts import AmountNotRepresentable
from gateways.contract import DestinationKind, GatewayReport, LookUpRequest, Outcome, PayoutRequest, Subject
from gateways.errors import NotSent
from gateways.http import HttpAnswer

_TRANSFERS, _PAYOUTS = "/v1/transfers", "/v1/payouts"
_CONNECTED = re.compile(r"acct_[A-Za-z0-9]{1,250}")
_OWN_BANK = re.compile(r"(?:ba|card)_[A-Za-z0-9]{1,250}")
_OUTCOMES = {
    "pending": Outcome.PENDING,
    "in_transit": Outcome.PENDING,
    "paid": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
    "canceled": Outcome.CANCELLED,
}


class Movement(msgspec.Struct, frozen=True):
    """A transfer or a payout: the fields we read. What is not named here is dropped and cannot leak."""

    id: str
    object: str
    amount: int
    currency: str
    created: Moment
    livemode: bool
    metadata: dict[str, str] | None = None

    @property
    def reference(self) -> str:
        return (self.metadata or {}).get("reference", "")


class Transfer(Movement, frozen=True):
    reversed: bool = False
    amount_reversed: int = 0


class Payout(Movement, frozen=True, kw_only=True):
    status: str
    automatic: bool = False
    failure_code: str | None = None


_read_transfer = msgspec.json.Decoder(Transfer).decode
_read_payout = msgspec.json.Decoder(Payout).decode
_read_transfers = msgspec.json.Decoder(Page[Transfer]).decode
_read_payouts = msgspec.json.Decoder(Page[Payout]).decode


class PayingOut(StripeAccount):
    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        """A transfer for a connected account, a payout for our own bank."""

        def order() -> GatewayReport:
            path, fields = _fields(request)
            answer = self._api.post(path, fields, idempotency_key=f"payout:{request.reference}:create")
            if answer.status == 200:
                return _read(answer, path=path)
            return report_refusal(answer, subject=Subject.PAYOUT, listed=PAYOUT_REFUSALS)

        return self._ordered(order, subject=Subject.PAYOUT, reference=request.reference)

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._find_payout(request), subject=Subject.PAYOUT)

    def _find_payout(self, request: LookUpRequest) -> GatewayReport:
        key = request.gateway_payment_id
        if not key:
            return self._search_payouts(request)
        is_transfer = key.startswith("tr_")
        answer = self._api.get(path_of("transfers" if is_transfer else "payouts", key))
        if answer.status != 200:
            return unknown(answer, code=why_unread(answer), subject=Subject.PAYOUT)
        report = _read(answer, path=_TRANSFERS if is_transfer else _PAYOUTS)
        if report.gateway_payment_id in ("", key):
            return report
        return unknown(answer, code="contradiction", subject=Subject.PAYOUT)

    def _search_payouts(self, request: LookUpRequest) -> GatewayReport:
        """By our reference: it is a transfer or a payout, and only both lists together say that it is neither."""
        wanted = {"reference": request.reference, "since": request.since}
        transfers = find_by_reference(self._api, _TRANSFERS, decode=_read_transfers, **wanted)  # type: ignore[arg-type]
        if transfers.matches:
            return report_movement(transfers.matches[0], request_id=request_id_of(transfers.answer))
        if transfers.code != "not_found":
            return unknown(transfers.answer, code=transfers.code, subject=Subject.PAYOUT)
        payouts = find_by_reference(self._api, _PAYOUTS, decode=_read_payouts, **wanted)  # type: ignore[arg-type]
        if payouts.matches:
            return report_movement(payouts.matches[0], request_id=request_id_of(payouts.answer))
        return unknown(payouts.answer, code=payouts.code, subject=Subject.PAYOUT)


def report_movement(
    movement: Transfer | Payout, *, request_id: str = "", occurred_at: int | None = None
) -> GatewayReport:
    outcome, status = _outcome(movement)
    return GatewayReport(
        outcome=outcome,
        subject=Subject.PAYOUT,
        gateway_payment_id=movement.id,
        reference=movement.reference,
        amount=_amount(movement),
        occurred_at=datetime.fromtimestamp(occurred_at or movement.created, tz=UTC),
        livemode=movement.livemode,
        error_code=_error_code(outcome, movement),
        gateway_status=status,
        request_id=request_id,
        raw=_raw(movement, status=status),
    )


def _fields(request: PayoutRequest) -> tuple[str, dict[str, Any]]:
    destination = request.destination
    fields: dict[str, Any] = {
        "currency": request.amount.currency.lower(),
        "metadata": {"reference": request.reference},
    }
    if request.description:
        fields["description"] = request.description
    match destination.kind:
        case DestinationKind.GATEWAY_ACCOUNT if _CONNECTED.fullmatch(destination.value):
            return _TRANSFERS, fields | {"amount": to_wire(request.amount), "destination": destination.value}
        case DestinationKind.BANK_ACCOUNT if _OWN_BANK.fullmatch(destination.value):
            return _PAYOUTS, fields | {"amount": to_payout_wire(request.amount), "destination": destination.value}
        case _:
            raise NotSent("destination_unsupported", "neither a connected account nor a bank account of our own")


def _read(answer: HttpAnswer, *, path: str) -> GatewayReport:
    movement: Transfer | Payout | None
    try:
        read = _read_transfer if path == _TRANSFERS else _read_payout
        movement = read(answer.body) if is_json(answer) else None
    except UNREADABLE:
        movement = None
    if movement is None or f"/v1/{movement.object}s" != path:
        return unknown(answer, code="unreadable_answer", subject=Subject.PAYOUT)
    return report_movement(movement, request_id=request_id_of(answer))


def _outcome(movement: Transfer | Payout) -> tuple[Outcome, str]:
    if isinstance(movement, Payout):
        return _OUTCOMES.get(movement.status, Outcome.UNKNOWN), movement.status
    if movement.reversed:
        return Outcome.REVERSED, "reversed"
    return Outcome.SUCCEEDED, "partly_reversed" if movement.amount_reversed else "created"


def _amount(movement: Movement) -> Money | None:
    try:
        return from_wire(movement.amount, movement.currency)
    except AmountNotRepresentable:
        return None


def _error_code(outcome: Outcome, movement: Transfer | Payout) -> str:
    if outcome is Outcome.UNKNOWN:
        return "unlisted_status"
    if outcome is not Outcome.DECLINED or not isinstance(movement, Payout):
        return ""
    code = f"payout_{movement.failure_code}"
    return code if code in FAILURES else "payout_failed"


def _raw(movement: Transfer | Payout, *, status: str) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "id": movement.id,
        "status": status,
        "amount": movement.amount,
        "currency": movement.currency,
        "livemode": movement.livemode,
        "metadata": {"reference": movement.reference},
    }
    if isinstance(movement, Payout):
        return raw | {"failure_code": movement.failure_code}
    return raw | {"amount_reversed": movement.amount_reversed}

"""What Paystack paid to our bank and which payments were in it. Not known to test mode, and told by no webhook.

A cursor is `number of the settlement in the window:page of its transactions`. Settlements are read one at a time, and
the window ends in the past, so that none is pushed to another page while it is read.
"""

from datetime import UTC, datetime

import msgspec

from common.money import Money
from gateways.adapters.paystack import references
from gateways.adapters.paystack.amounts import from_wire
from gateways.adapters.paystack.answers import moment_of, usable
from gateways.adapters.paystack.client import PaystackApi
from gateways.amounts import AmountNotRepresentable
from gateways.contract import SettlementLine, SettlementPage
from gateways.errors import NotSent, OutcomeUnknown, Reason

_PAGE_SIZE = 100
_DONE = "success"


class _Settlement(msgspec.Struct, frozen=True):
    id: int | str
    status: str
    currency: str
    settlement_date: str
    effective_amount: int | str | None = None
    deductions: int | str | None = None


class _Line(msgspec.Struct, frozen=True):
    id: int | str
    reference: str
    amount: int | str
    currency: str
    fees: int | str | None = None
    paid_at: str | None = None
    paid_at_too: str | None = msgspec.field(name="paidAt", default=None)
    created_at: str | None = None


def settlements(api: PaystackApi, *, since: datetime, until: datetime, cursor: str) -> SettlementPage:
    number, page = _place(cursor)
    query = {"perPage": "1", "page": str(number), "from": _text(since), "to": _text(until)}
    found = usable(api.read("list_settlements", "settlement", query=query), list[_Settlement])
    if not found:
        return SettlementPage(())
    settlement = found[0]
    rows = usable(
        api.read(
            "settlement_transactions",
            "settlement",
            str(settlement.id),
            "transactions",
            query={"perPage": str(_PAGE_SIZE), "page": str(page)},
        ),
        list[_Line],
    )
    try:
        lines = [_payment(row, settlement) for row in rows] + (_whole(settlement) if page == 1 else [])
    except AmountNotRepresentable as wrong:
        raise OutcomeUnknown("unreadable_answer", str(wrong)) from None
    is_more = len(rows) == _PAGE_SIZE
    return SettlementPage(tuple(lines), f"{number}:{page + 1}" if is_more else f"{number + 1}:1")


def _payment(row: _Line, settlement: _Settlement) -> SettlementLine:
    gross = from_wire(row.amount, row.currency)
    fee = from_wire(row.fees or 0, row.currency)
    return SettlementLine(
        line_id=f"transaction:{row.id}",
        kind="payment",
        currency=gross.currency,
        gross_minor=gross.minor,
        fee_minor=fee.minor,
        net_minor=(gross - fee).minor,
        occurred_at=_moment(row.paid_at or row.paid_at_too or row.created_at or settlement.settlement_date),
        gateway_payment_id=row.reference,
        reference=references.ours(row.reference),
        settlement_id=_carried_by(settlement),
        available_at=_moment(settlement.settlement_date),
    )


def _whole(settlement: _Settlement) -> list[SettlementLine]:
    """What was taken off for refunds and disputes, in one sum because Paystack does not say more, and what left.

    Until the bank has it both still change, and a line once told must not.
    """
    if settlement.status != _DONE:
        return []
    sums = (("deduction", settlement.deductions), ("payout", settlement.effective_amount))
    amounts = [(kind, from_wire(wire or 0, settlement.currency)) for kind, wire in sums]
    return [_outgoing(kind, amount, settlement) for kind, amount in amounts if amount.is_positive]


def _outgoing(kind: str, amount: Money, settlement: _Settlement) -> SettlementLine:
    return SettlementLine(
        line_id=f"{kind}:{settlement.id}",
        kind=kind,
        currency=amount.currency,
        gross_minor=-amount.minor,
        fee_minor=0,
        net_minor=-amount.minor,
        occurred_at=_moment(settlement.settlement_date),
        settlement_id=_carried_by(settlement),
    )


def _carried_by(settlement: _Settlement) -> str:
    """Named once the bank has it; before that the same lines may yet come in another settlement."""
    return str(settlement.id) if settlement.status == _DONE else ""


def _moment(text: str) -> datetime:
    moment = moment_of(text)
    if moment is None:
        raise OutcomeUnknown("unreadable_answer", "a settlement without a time")
    return moment


def _place(cursor: str) -> tuple[int, int]:
    number, _, page = (cursor or "1:1").partition(":")
    if not (number.isdecimal() and page.isdecimal()):
        raise NotSent(Reason.INVALID_REQUEST, "not a cursor of ours")
    return int(number), int(page)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

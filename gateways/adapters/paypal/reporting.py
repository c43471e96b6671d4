"""PayPal's reports: transactions of at most 31 days at a time, in pages, some hours late, and balances.

There is no settlement object: money that goes to our bank is a row like any other (T04).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlencode

import msgspec

from gateways.adapters.paypal.amounts import from_wire
from gateways.adapters.paypal.shapes import Amount, moment
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayBalance, SettlementLine
from gateways.errors import OutcomeUnknown, Reason

WINDOW_MAX = timedelta(days=31)
WINDOW_LEAST = timedelta(seconds=2)
PAGE_SIZE = 500
_SECOND = timedelta(seconds=1)
# Done, and done but reversed by a later row. Pending and denied rows moved nothing.
_MOVED = frozenset({"S", "V"})
# The first three letters of a code group it; a code that is not listed is kept as `other`.
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "T00": "payment",
        "T01": "fee",
        "T02": "conversion",
        "T03": "deposit",
        "T04": "withdrawal",
        "T11": "reversal",
        "T12": "adjustment",
        "T15": "hold",
        "T21": "hold",
    }
)
_PRECISE: Mapping[str, str] = MappingProxyType(
    {"T0001": "payout", "T1107": "refund", "T1106": "reversal", "T1201": "chargeback", "T0106": "chargeback_fee"}
)


class Info(msgspec.Struct, frozen=True):
    transaction_id: str
    transaction_amount: Amount
    transaction_initiation_date: str
    transaction_event_code: str = ""
    transaction_status: str = ""
    transaction_updated_date: str = ""
    paypal_reference_id: str = ""
    paypal_reference_id_type: str = ""
    fee_amount: Amount | None = None
    custom_field: str = ""
    invoice_id: str = ""


class Row(msgspec.Struct, frozen=True):
    transaction_info: Info


class Transactions(msgspec.Struct, frozen=True):
    transaction_details: list[Row] = []
    page: int = 1
    total_pages: int = 0


class Balance(msgspec.Struct, frozen=True):
    available_balance: Amount | None = None
    withheld_balance: Amount | None = None


class Balances(msgspec.Struct, frozen=True):
    balances: list[Balance]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list we are: a window of time, both ends included, and a page of it."""

    since: datetime
    until: datetime
    page: int = 1

    @classmethod
    def first(cls, since: datetime, until: datetime) -> "Place":
        start = since.astimezone(UTC).replace(microsecond=0)
        return cls(start, max(start, min(start + WINDOW_MAX - _SECOND, _ceiling(until))))

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """Raises OutcomeUnknown: a cursor that is none of ours names no page."""
        try:
            since, until, page = cursor.split("/")
            return cls(datetime.fromisoformat(since), datetime.fromisoformat(until), int(page))
        except ValueError:
            raise OutcomeUnknown(Reason.INVALID_REQUEST, "not a cursor of this list") from None

    def path(self) -> str:
        query = {
            "start_date": _written(self.since),
            "end_date": _written(self.until),
            "fields": "transaction_info",
            "page_size": PAGE_SIZE,
            "page": self.page,
        }
        return f"/v1/reporting/transactions?{urlencode(query)}"

    def halved(self) -> "Place | None":
        """The first half of the window; None when it cannot be made smaller."""
        span = self.until - self.since
        half = timedelta(seconds=int(span.total_seconds()) // 2)
        return Place(self.since, self.since + half) if span > WINDOW_LEAST else None

    def next(self, *, total_pages: int, until: datetime) -> str:
        """The cursor of what follows: the next page, else the next window, else nothing."""
        if self.page < total_pages:
            return f"{self.since.isoformat()}/{self.until.isoformat()}/{self.page + 1}"
        if self.until >= _ceiling(until):
            return ""
        following = Place.first(self.until + _SECOND, until)
        return f"{following.since.isoformat()}/{following.until.isoformat()}/1"


def lines_of(transactions: Transactions) -> tuple[SettlementLine, ...]:
    """Raises OutcomeUnknown: a row whose amount cannot be read must not be left out."""
    infos = [row.transaction_info for row in transactions.transaction_details]
    return tuple(_line(info) for info in infos if info.transaction_status in _MOVED)


def balances_of(balances: Balances) -> tuple[GatewayBalance, ...]:
    found = []
    for balance in balances.balances:
        if balance.available_balance is None:
            continue
        try:
            available = from_wire(balance.available_balance.value, balance.available_balance.currency)
            withheld = balance.withheld_balance
            pending = from_wire(withheld.value, withheld.currency) if withheld is not None else None
        except AmountNotRepresentable as wrong:
            raise OutcomeUnknown("unreadable_answer", str(wrong)) from None
        found.append(GatewayBalance(available, pending))
    return tuple(found)


def _line(info: Info) -> SettlementLine:
    """PayPal writes a fee as a negative amount, a given-back fee as a positive one."""
    try:
        gross = from_wire(info.transaction_amount.value, info.transaction_amount.currency)
        told = from_wire(info.fee_amount.value, info.fee_amount.currency) if info.fee_amount else None
    except AmountNotRepresentable as wrong:
        raise OutcomeUnknown("unreadable_answer", str(wrong)) from None
    occurred_at = moment(info.transaction_initiation_date)
    if occurred_at is None or (told is not None and told.currency != gross.currency):
        raise OutcomeUnknown("unreadable_answer", "a row without a time, or with a fee in another currency")
    fee_minor = -told.minor if told is not None else 0
    code = info.transaction_event_code
    return SettlementLine(
        # One transaction id can have several rows.
        line_id=f"{info.transaction_id}:{code}",
        kind=_PRECISE.get(code) or _KINDS.get(code[:3], "other"),
        currency=gross.currency,
        gross_minor=gross.minor,
        fee_minor=fee_minor,
        net_minor=gross.minor - fee_minor,
        occurred_at=occurred_at,
        gateway_payment_id=info.paypal_reference_id if info.paypal_reference_id_type == "ODR" else "",
        reference=info.custom_field or info.invoice_id,
    )


def _ceiling(when: datetime) -> datetime:
    whole = when.astimezone(UTC).replace(microsecond=0)
    return whole if whole == when else whole + _SECOND


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

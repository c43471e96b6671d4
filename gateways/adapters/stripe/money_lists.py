"""What Stripe holds for us, line by line, and which transfer to our bank carried each line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from common.money import Money
from gateways.adapters.stripe.amounts import from_wire
from gateways.adapters.stripe.base import StripeAccount
from gateways.adapters.stripe.client import StripeApi
from gateways.adapters.stripe.customers import read_or_raise
from gateways.adapters.stripe.intents import Moment
from gateways.adapters.stripe.lists import PAGE_SIZE, Page, seconds
from gateways.amounts import AmountNotRepresentable
from gateways.contract import CredentialsCheck, GatewayBalance, SettlementLine, SettlementPage
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown

_LINES = "/v1/balance_transactions"
# To learn which payout carried a line, the payouts after it are read; never more pages of them than this.
_CARRIER_PAGES_MAX = 20
_REFUSED = frozenset({"authentication_failed", "credentials_unusable"})


class _Source(msgspec.Struct, frozen=True):
    """The charge, refund, dispute, transfer or payout behind a line."""

    id: str
    object: str = ""
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None


class _Line(msgspec.Struct, frozen=True):
    id: str
    type: str
    amount: int
    fee: int
    net: int
    currency: str
    created: Moment
    available_on: Moment
    status: str
    reporting_category: str = ""
    source: str | _Source | None = None


class _Amount(msgspec.Struct, frozen=True):
    amount: int
    currency: str


class _Balance(msgspec.Struct, frozen=True):
    object: str
    livemode: bool
    available: list[_Amount]
    pending: list[_Amount]


class _Carrier(msgspec.Struct, frozen=True):
    id: str
    automatic: bool


class _Carried(msgspec.Struct, frozen=True):
    id: str


_read_balance = msgspec.json.Decoder(_Balance).decode
_read_lines = msgspec.json.Decoder(Page[_Line]).decode
_read_carriers = msgspec.json.Decoder(Page[_Carrier]).decode
_read_carried = msgspec.json.Decoder(Page[_Carried]).decode


class ListingMoney(StripeAccount):
    def balances(self) -> Sequence[GatewayBalance]:
        balance = read_or_raise(self._api.get("/v1/balance"), _read_balance)
        waiting = {row.currency: _money(row.amount, row.currency) for row in balance.pending}
        return [
            GatewayBalance(_money(row.amount, row.currency), waiting.get(row.currency)) for row in balance.available
        ]

    def settlements(self, *, since: datetime, until: datetime, cursor: str = "") -> SettlementPage:
        """Newest first. A line names its settlement once an automatic payout has carried it."""
        fields: dict[str, Any] = {
            "created": {"gte": seconds(since), "lt": seconds(until)},
            "limit": PAGE_SIZE,
            "expand": ["data.source"],
        }
        if cursor:
            fields["starting_after"] = cursor
        page = read_or_raise(self._api.get(_LINES, fields), _read_lines)
        carriers = _carriers(self._api, [line for line in page.data if line.status == "available"])
        lines = tuple(_line(line, settlement_id=carriers.get(line.id, "")) for line in page.data)
        return SettlementPage(lines, page.data[-1].id if page.has_more and page.data else "")

    def check_credentials(self) -> CredentialsCheck:
        """Reads the balance, which every key may, unless it is a restricted one."""
        try:
            balance = read_or_raise(self._api.get("/v1/balance"), _read_balance)
        except NotSent as refused:
            if refused.reason in _REFUSED:
                return CredentialsCheck(False, f"Stripe does not take this key: {refused}")
            return CredentialsCheck(None, f"Stripe was not reached: {refused}")
        except NoAnswer as failure:
            return CredentialsCheck(None, f"Stripe gave no usable answer: {failure}")
        if balance.livemode is not self._credentials.livemode:
            return CredentialsCheck(False, "the key is of the other mode")
        return CredentialsCheck(True, "Stripe takes the key" + (" (live)" if balance.livemode else " (sandbox)"))


def _carriers(api: StripeApi, lines: list[_Line]) -> dict[str, str]:
    """Line -> the automatic payout that carried it. Only payouts made after a line can have carried it."""
    if not lines:
        return {}
    fields = {"created": {"gte": min(line.created for line in lines)}, "limit": PAGE_SIZE}
    payouts = read_or_raise(api.get("/v1/payouts", fields), _read_carriers).data
    wanted = {line.id for line in lines}
    found: dict[str, str] = {}
    pages = 0
    for payout in reversed([payout for payout in payouts if payout.automatic]):
        asked: dict[str, Any] = {"payout": payout.id, "limit": PAGE_SIZE}
        while pages < _CARRIER_PAGES_MAX and len(found) < len(wanted):
            pages += 1
            page = read_or_raise(api.get(_LINES, asked), _read_carried)
            found |= {line.id: payout.id for line in page.data if line.id in wanted}
            if not page.has_more or not page.data:
                break
            asked["starting_after"] = page.data[-1].id
    return found


def _line(line: _Line, *, settlement_id: str) -> SettlementLine:
    payment_id, reference = _payment_of(line)
    return SettlementLine(
        line_id=line.id,
        # Disputes are adjustments; only the category tells them from other ones.
        kind=line.reporting_category if line.type == "adjustment" and line.reporting_category else line.type,
        currency=line.currency.upper(),
        gross_minor=_money(line.amount, line.currency).minor,
        fee_minor=_money(line.fee, line.currency).minor,
        net_minor=_money(line.net, line.currency).minor,
        occurred_at=datetime.fromtimestamp(line.created, tz=UTC),
        gateway_payment_id=payment_id,
        reference=reference,
        settlement_id=settlement_id,
        available_at=datetime.fromtimestamp(line.available_on, tz=UTC),
    )


def _payment_of(line: _Line) -> tuple[str, str]:
    """The payment a line is about, or the transfer or payout itself, and our reference of it."""
    source = line.source
    if not isinstance(source, _Source):
        return source or "", ""
    return source.payment_intent or source.id, (source.metadata or {}).get("reference", "")


def _money(wire: int, currency: str) -> Money:
    try:
        return from_wire(wire, currency)
    except AmountNotRepresentable as odd:
        raise OutcomeUnknown("unreadable_answer", str(odd)) from None

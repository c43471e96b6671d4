"""What Pagadito does: registers transactions by its rules, tells their status, and moves it when somebody acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from simulator.pagadito.codes import Refused
from simulator.pagadito.notices import Notices
from simulator.pagadito.records import Records
from simulator.pagadito.state import (
    COMPLETED,
    EXPIRED,
    MOVES,
    PENDING,
    RATES,
    REGISTERED,
    VERIFYING,
    Merchant,
    Transaction,
    usd_value,
)
from simulator.wire import Json
from simulator.world import World

PAGE_SECONDS = 600
EXTENDED_SECONDS = 24 * 3600
MINIMUM_USD = Decimal("1.00")
ERN_LENGTH_MAX = 100
# El Salvador and Guatemala have no summer time.
_LOCAL = timedelta(hours=-6)


class WrongMove(ValueError):
    """The transaction is not in a status from which this can happen."""


@dataclass(frozen=True, slots=True)
class Order:
    ern: str
    amount: Decimal
    currency: str
    details: list[Json]
    is_extended: bool = False
    allows_pending: bool = False


class Trade:
    def __init__(self, *, world: World, records: Records, notices: Notices) -> None:
        self._world = world
        self._records = records
        self._notices = notices

    def register(self, merchant: Merchant, order: Order, *, token: str, base_url: str) -> Transaction:
        """Raises Refused. The caller holds the world's lock, as for all that follows."""
        _check(order, merchant=merchant)
        if self._records.by_ern(merchant.uid, order.ern) is not None:
            raise Refused("PG3018")
        now = self._world.now()
        transaction = Transaction(
            token=token,
            uid=merchant.uid,
            ern=order.ern,
            amount=str(order.amount.quantize(Decimal("0.01"))),
            currency=order.currency,
            description=str(order.details[0].get("description", "")),
            created=now,
            expires=now + (EXTENDED_SECONDS if order.is_extended else PAGE_SECONDS),
            base_url=base_url,
            allows_pending=order.allows_pending,
        )
        self._records.keep_transaction(transaction)
        return transaction

    def status(self, token: str, *, merchant: Merchant) -> Transaction:
        transaction = self._records.transactions.get(token)
        if transaction is None:
            raise Refused("PG3003")
        if transaction.uid != merchant.uid:
            raise Refused("PG3017")
        self.look_at_the_clock(transaction)
        return transaction

    def look_at_the_clock(self, transaction: Transaction) -> None:
        """A page nobody paid on in time is over; that is noticed when somebody looks."""
        if transaction.status == REGISTERED and self._world.now() >= transaction.expires:
            self.move(transaction, to=EXPIRED)

    def move(self, transaction: Transaction, *, to: str) -> None:
        """Raises WrongMove."""
        is_held_back = to == PENDING and not transaction.allows_pending
        if is_held_back or to not in MOVES.get(transaction.status, frozenset()):
            raise WrongMove(f"A transaction that is {transaction.status} cannot become {to}.")
        transaction.status = to
        if to in (COMPLETED, VERIFYING) and not transaction.reference:
            transaction.reference = f"{int.from_bytes(transaction.token[:8].encode()) % 10**10:010}"
            moment = datetime.fromtimestamp(self._world.now(), tz=UTC) + _LOCAL
            transaction.date_trans = moment.strftime("%Y-%m-%d %H:%M:%S")
        self._records.keep_transaction(transaction)
        self._notices.announce(transaction)


def rate_of(currency: str) -> Decimal:
    if currency not in RATES:
        raise Refused("PG3008")
    return RATES[currency]


def decimal_of(value: object) -> Decimal:
    """A number with two decimals at most. Raises Refused."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refused("PG2002") from None
    if not number.is_finite() or number <= 0 or number != number.quantize(Decimal("0.01")):
        raise Refused("PG2002")
    return number


def _check(order: Order, *, merchant: Merchant) -> None:
    if not order.ern or not order.details:
        raise Refused("PG2001")
    if len(order.ern) > ERN_LENGTH_MAX:
        raise Refused("PG2002")
    if "<script" in f"{order.ern} {order.details}".lower():
        raise Refused("PG3025")
    if order.currency not in merchant.currencies:
        raise Refused("PG3008")
    if sum((_line_total(line) for line in order.details), Decimal(0)) != order.amount:
        raise Refused("PG3004")
    if usd_value(order.amount, order.currency) < MINIMUM_USD:
        raise Refused("PG3009")
    if usd_value(order.amount, order.currency) > Decimal(merchant.maximum_usd):
        raise Refused("PG3006")


def _line_total(line: Mapping[str, object]) -> Decimal:
    if not {"quantity", "description", "price", "url_product"} <= set(line):
        raise Refused("PG2001")
    quantity = decimal_of(line["quantity"])
    return quantity * decimal_of(line["price"])

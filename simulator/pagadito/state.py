"""What the stand-in Pagadito knows: merchants, their open sessions, transactions and the notices sent about them."""

from dataclasses import dataclass, field
from decimal import Decimal

REGISTERED, VERIFYING, COMPLETED = "REGISTERED", "VERIFYING", "COMPLETED"
REVOKED, FAILED, CANCELED, EXPIRED = "REVOKED", "FAILED", "CANCELED", "EXPIRED"
PENDING, UNCOLLECTABLE = "PENDING", "UNCOLLECTABLE"
# What a payer, the review or time can make of a transaction.
MOVES = {
    REGISTERED: frozenset({VERIFYING, COMPLETED, FAILED, CANCELED, EXPIRED, PENDING}),
    PENDING: frozenset({COMPLETED, FAILED, UNCOLLECTABLE}),
    VERIFYING: frozenset({COMPLETED, REVOKED}),
    # Seen in the field: money taken back after it was there.
    COMPLETED: frozenset({REVOKED}),
}
CURRENCIES = ("USD", "GTQ", "HNL", "NIO", "CRC", "PAB", "DOP")
# Local units for one US dollar; near the truth, and always the same.
RATES = {
    "USD": Decimal("1.00"),
    "GTQ": Decimal("7.68"),
    "HNL": Decimal("26.20"),
    "NIO": Decimal("36.62"),
    "CRC": Decimal("505.10"),
    "PAB": Decimal("1.00"),
    "DOP": Decimal("61.35"),
}


@dataclass(slots=True)
class Merchant:
    """`uid` is its id. `return_url` is set in the panel, with {value} for the token and {ern_value} for the ERN."""

    uid: str
    wsk: str
    name: str = ""
    webhook_url: str = ""
    return_url: str = ""
    is_revoked: bool = False
    currencies: list[str] = field(default_factory=lambda: list(CURRENCIES))
    maximum_usd: str = "10000.00"
    # Whether a status states amount and currency; official replies do not, some are said to.
    tells_amount: bool = False
    # Whether the page turns other currencies into USD, as an integrator says.
    converts: bool = False


@dataclass(slots=True)
class Session:
    """A token of `connect`, good for one call."""

    token: str
    uid: str


@dataclass(slots=True)
class Transaction:
    """`amount` is text with two decimals. `base_url` is where the merchant reaches us: the page lives there too."""

    token: str
    uid: str
    ern: str
    amount: str
    currency: str
    description: str
    created: int
    expires: int
    base_url: str
    # Only then may it wait as PENDING.
    allows_pending: bool = False
    status: str = REGISTERED
    reference: str = ""
    date_trans: str = ""

    @property
    def minor(self) -> int:
        return int(Decimal(self.amount) * 100)


@dataclass(slots=True)
class Notice:
    """`body` is the event as sent; `is_waiting` until the merchant has taken it."""

    id: str
    notification: str
    uid: str
    token: str
    ern: str
    cert_url: str
    body: str
    is_waiting: bool = True


def usd_value(amount: Decimal, currency: str) -> Decimal:
    return (amount / RATES[currency]).quantize(Decimal("0.01"))

"""What the stand-in Stripe knows: accounts and their objects, flat records that become JSON only when shown."""

from collections import OrderedDict
from dataclasses import dataclass, field

from simulator.stripe.money_state import Dispute, Payout, Refund, SavedMethod, Transfer
from simulator.wire import Json

OPEN_STATUSES = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE_STATUSES = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")


@dataclass(slots=True)
class Intent:
    """`given` holds fields that are shown as they were sent; `charges` every attempt, the latest last."""

    id: str
    account: str
    amount: int
    currency: str
    created: int
    client_secret: str
    capture_method: str
    status: str = "requires_payment_method"
    metadata: dict[str, str] = field(default_factory=dict)
    given: Json = field(default_factory=dict)
    automatic: Json | None = None
    method_types: list[str] = field(default_factory=lambda: ["card"])
    amount_received: int = 0
    amount_capturable: int = 0
    payment_method: str | None = None
    card: str | None = None
    customer: str | None = None
    charges: list[str] = field(default_factory=list)
    last_error: Json | None = None
    next_action: Json | None = None
    return_url: str | None = None
    canceled_at: int | None = None
    cancellation_reason: str | None = None

    @property
    def reference(self) -> str:
        return reference_of(self.metadata)


@dataclass(slots=True)
class Charge:
    id: str
    account: str
    intent: str
    amount: int
    currency: str
    created: int
    card: str
    payment_method: str
    metadata: dict[str, str]
    given: Json
    customer: str | None = None
    status: str = "succeeded"
    captured: bool = False
    amount_captured: int = 0
    amount_refunded: int = 0
    refunded: bool = False
    authenticated: bool = False
    capture_before: int | None = None
    decline: Json | None = None
    balance_transaction: str | None = None
    disputed: bool = False


@dataclass(slots=True)
class Transaction:
    id: str
    account: str
    amount: int
    fee: int
    currency: str
    created: int
    available_on: int
    source: str
    description: str | None = None
    type: str = "charge"
    category: str = "charge"
    payout: str = ""


@dataclass(slots=True)
class Customer:
    id: str
    account: str
    created: int
    metadata: dict[str, str] = field(default_factory=dict)
    given: Json = field(default_factory=dict)


@dataclass(slots=True)
class Endpoint:
    id: str
    account: str
    url: str
    secret: str
    enabled_events: list[str]
    created: int
    description: str | None = None
    status: str = "enabled"
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Event:
    """`body` is the event as sent. `waiting` names the endpoints that have not taken it yet."""

    id: str
    account: str
    type: str
    created: int
    body: str
    payment: str
    references: list[str]
    waiting: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StoredAnswer:
    """The first answer given under an idempotency key; status 0 while that first request is under way."""

    account: str
    key: str
    fingerprint: str
    created: int
    request_id: str
    status: int = 0
    body: str = ""


@dataclass(slots=True)
class AccountRecord:
    id: str
    key: str
    name: str = ""
    is_revoked: bool = False
    connected: list[str] = field(default_factory=list)
    banks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    record: AccountRecord
    intents: dict[str, Intent] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    transactions: dict[str, Transaction] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    payouts: dict[str, Payout] = field(default_factory=dict)
    methods: dict[str, SavedMethod] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    events: OrderedDict[str, Event] = field(default_factory=OrderedDict)
    answers: OrderedDict[str, StoredAnswer] = field(default_factory=OrderedDict)

    @property
    def id(self) -> str:
        return self.record.id


def reference_of(metadata: dict[str, str]) -> str:
    """The caller's own reference: metadata named reference, else payment, attempt or order, else the first there is."""
    for name in ("reference", "payment", "attempt", "order"):
        if name in metadata:
            return metadata[name]
    return next(iter(metadata.values()), "")

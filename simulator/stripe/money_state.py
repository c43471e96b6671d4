"""Money that moves after a payment, as flat records: refunds, disputes, transfers, payouts; and kept methods."""

from dataclasses import dataclass, field

from simulator.wire import Json


@dataclass(slots=True)
class Refund:
    id: str
    account: str
    intent: str
    charge: str
    amount: int
    currency: str
    created: int
    status: str
    reason: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    failure_reason: str | None = None
    balance_transaction: str | None = None
    failure_balance_transaction: str | None = None


@dataclass(slots=True)
class Dispute:
    """`transactions` names the lines that moved money; an inquiry has none."""

    id: str
    account: str
    intent: str
    charge: str
    amount: int
    currency: str
    created: int
    status: str
    reason: str
    network: str = "visa"
    transactions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Transfer:
    id: str
    account: str
    amount: int
    currency: str
    created: int
    destination: str
    balance_transaction: str
    given: Json = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    amount_reversed: int = 0


@dataclass(slots=True)
class Payout:
    """`automatic` ones carry what was settled to the bank; others were asked for."""

    id: str
    account: str
    amount: int
    currency: str
    created: int
    destination: str
    balance_transaction: str
    status: str = "pending"
    automatic: bool = False
    given: Json = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    failure_code: str | None = None
    failure_balance_transaction: str | None = None


@dataclass(slots=True)
class SavedMethod:
    id: str
    account: str
    card: str
    created: int
    customer: str | None = None

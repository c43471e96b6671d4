"""What the stand-in Paystack knows: flat records per account. Amounts are in hundredths, as on the wire."""

from dataclasses import dataclass, field

from simulator.wire import Json


@dataclass(slots=True)
class AccountRecord:
    """`transfers` is how a transfer begins: success as in test mode, else pending. `business`: starter pays nobody."""

    id: str
    key: str
    name: str = ""
    webhook_url: str = ""
    is_revoked: bool = False
    currencies: list[str] = field(default_factory=lambda: ["NGN", "GHS", "KES", "ZAR", "USD", "XOF"])
    transfers: str = "success"
    needs_otp: bool = False
    business: str = "registered"
    payer_bears_fees: bool = False
    refund_seconds: int | None = 3
    balances: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Transaction:
    id: int
    account: str
    reference: str
    access_code: str
    email: str
    amount: int
    requested_amount: int
    currency: str
    created: int
    status: str = "abandoned"
    callback_url: str = ""
    channels: list[str] = field(default_factory=list)
    metadata: Json | str = ""
    channel: str = "card"
    card: str = ""
    gateway_response: str = "The transaction was not completed"
    fees: int | None = None
    paid: int | None = None
    authorization: str = ""
    refunded: int = 0
    charged_back: int = 0

    @property
    def taken_back(self) -> int:
        return self.refunded + self.charged_back


@dataclass(slots=True)
class Refund:
    id: int
    account: str
    transaction: int
    reference: str
    amount: int
    currency: str
    created: int
    merchant_note: str
    customer_note: str
    status: str = "pending"
    refunded_at: int | None = None


@dataclass(slots=True)
class Customer:
    id: int
    account: str
    code: str
    email: str
    created: int
    first_name: str = ""
    last_name: str = ""
    phone: str = ""


@dataclass(slots=True)
class Authorization:
    id: str
    account: str
    email: str
    card: str
    channel: str
    is_active: bool = True


@dataclass(slots=True)
class Recipient:
    id: int
    account: str
    code: str
    kind: str
    name: str
    account_number: str
    bank_code: str
    currency: str
    created: int


@dataclass(slots=True)
class Transfer:
    id: int
    account: str
    code: str
    reference: str
    recipient: str
    amount: int
    currency: str
    reason: str
    created: int
    status: str = "success"
    transferred: int | None = None
    gateway_response: str | None = None


@dataclass(slots=True)
class Dispute:
    id: int
    account: str
    transaction: int
    reference: str
    amount: int
    currency: str
    created: int
    due: int
    category: str = "chargeback"
    status: str = "awaiting-merchant-feedback"
    resolution: str | None = None
    resolved: int | None = None


@dataclass(slots=True)
class Settlement:
    """What is transferred to the bank in one go; pending until then."""

    id: int
    account: str
    currency: str
    date: int
    status: str = "pending"
    transactions: list[int] = field(default_factory=list)
    processed: int = 0
    fees: int = 0
    deductions: int = 0

    @property
    def effective(self) -> int:
        return self.processed - self.fees - self.deductions


@dataclass(slots=True)
class Event:
    """A webhook that has not been taken yet."""

    id: str
    account: str
    type: str
    body: str
    payment: str
    reference: str


@dataclass(slots=True)
class Account:
    record: AccountRecord
    transactions: dict[int, Transaction] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    authorizations: dict[str, Authorization] = field(default_factory=dict)
    recipients: dict[int, Recipient] = field(default_factory=dict)
    transfers: dict[int, Transfer] = field(default_factory=dict)
    disputes: dict[int, Dispute] = field(default_factory=dict)
    settlements: dict[int, Settlement] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    by_reference: dict[str, Transaction] = field(default_factory=dict)

    def transfer(self, key: str) -> Transfer | None:
        return next(
            (each for each in self.transfers.values() if key in (each.reference, each.code, str(each.id))), None
        )

    def transaction(self, key: str) -> Transaction | None:
        """By reference or by number, as Paystack takes either."""
        known = self.by_reference.get(key)
        return known or (self.transactions.get(int(key)) if key.isascii() and key.isdigit() else None)

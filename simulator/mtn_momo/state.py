"""What the stand-in MTN knows: accounts with their users and purses, and transactions. Amounts in minor units."""

from dataclasses import dataclass, field
from decimal import Decimal

from simulator.wire import Json

PLATFORMS = ("sandbox", "legacy", "new")
COLLECTION, DISBURSEMENT = "collection", "disbursement"
PRODUCTS = (COLLECTION, DISBURSEMENT)
REQUEST_TO_PAY, TRANSFER, REFUND = "requesttopay", "transfer", "refund"

_NO_DECIMALS = frozenset({"GNF", "RWF", "UGX", "XAF", "XOF"})
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "sandbox": ("EUR",),
    "mtnuganda": ("UGX",),
    "mtnghana": ("GHS",),
    "mtnivorycoast": ("XOF",),
    "mtnzambia": ("ZMW",),
    "mtncameroon": ("XAF",),
    "mtnbenin": ("XOF",),
    "mtncongo": ("XAF",),
    "mtnswaziland": ("SZL",),
    "mtnguineaconakry": ("GNF",),
    "mtnsouthafrica": ("ZAR",),
    "mtnliberia": ("LRD", "USD"),
    "mtnsouthsudan": ("SSP",),
    "mtnnigeria": ("NGN",),
    "mtnrwanda": ("RWF",),
}


def decimals(currency: str) -> int:
    return 0 if currency in _NO_DECIMALS else 2


def written(minor: int, *, currency: str) -> str:
    """`13.37` EUR, `5000` XOF."""
    return format(Decimal(minor).scaleb(-decimals(currency)), "f")


@dataclass(slots=True)
class AccountRecord:
    """One merchant in one country on one platform. `purses` are by product, then by currency.

    `unlisted_numbers` is what the sandbox does for numbers that are not magic: `ask` on the payer's page, or `succeed`
    at once. `slow_numbers` tells whether the numbers that are ongoing or delayed `stay` so or `succeed` after a while.
    """

    id: str
    platform: str
    environment: str
    name: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    purses: dict[str, dict[str, int]] = field(default_factory=dict)
    callback_host: str = ""
    callback_method: str = "PUT"
    is_revoked: bool = False
    refunds: bool = True
    unlisted_numbers: str = "ask"
    slow_numbers: str = "stay"
    prompt_seconds: int = 300
    settle_seconds: int | None = 2

    @property
    def currencies(self) -> tuple[str, ...]:
        return ENVIRONMENTS[self.environment]

    @property
    def is_sandbox(self) -> bool:
        return self.platform == "sandbox"


@dataclass(slots=True)
class ApiUser:
    """Who asks for tokens. On the sandbox it is made by API and has no secret until one is asked for."""

    id: str
    account: str
    platform: str
    callback_host: str = ""
    secret: str = ""


@dataclass(slots=True)
class Token:
    account: str
    product: str
    expires: float


@dataclass(slots=True)
class Transaction:
    """`id` is the X-Reference-Id it came under; `is_lost` ones were accepted and are never found again.

    `due` is when it ends by itself, as `ends_as` (status and reason), if it does.
    """

    id: str
    kind: str
    account: str
    platform: str
    amount: int
    currency: str
    created: int
    external_id: str = ""
    party_type: str = ""
    party: str = ""
    payer_message: str = ""
    payee_note: str = ""
    callback_url: str = ""
    about: str = ""
    status: str = "PENDING"
    reason: str = ""
    financial_id: str = ""
    is_lost: bool = False
    due: int | None = None
    ends_as: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.platform} {self.id}"


def transaction_shape(transaction: Transaction) -> Json:
    """As MTN shows it; the reference id is not among what it tells."""
    shape: Json = {"externalId": transaction.external_id}
    shape |= {
        "amount": written(transaction.amount, currency=transaction.currency),
        "currency": transaction.currency,
        "payerMessage": transaction.payer_message,
        "payeeNote": transaction.payee_note,
        "status": transaction.status,
    }
    side = "payer" if transaction.kind == REQUEST_TO_PAY else "payee"
    if transaction.party:
        shape[side] = {"partyIdType": transaction.party_type, "partyId": transaction.party}
    if transaction.financial_id:
        shape["financialTransactionId"] = transaction.financial_id
    if transaction.reason:
        # Both forms are seen: an object for what is collected, plain text for what is paid out.
        text = transaction.reason.replace("_", " ").capitalize()
        is_object = transaction.kind == REQUEST_TO_PAY
        shape["reason"] = {"code": transaction.reason, "message": text} if is_object else transaction.reason
    return shape

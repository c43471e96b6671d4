"""What the service asks of a gateway and what it hears back: frozen values, no database. Roles: `gateways.roles`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from common.money import Money


class Outcome(StrEnum):
    """How one gateway call or notice ended. An unlisted status or code is UNKNOWN, always."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    # The payer agreed; the money moves only when we collect it.
    APPROVED = "approved"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVERSED = "reversed"


class Subject(StrEnum):
    """What a report is about. A charge is the payment itself; the others point at it where the gateway tells."""

    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"
    DISPUTE = "dispute"


class WebhookTrust(StrEnum):
    """SIGNED is believed. Of the others only that something happened is believed: the gateway is asked what."""

    SIGNED = "signed"
    TOKEN = "token"
    HINT_ONLY = "hint_only"


class NextActionKind(StrEnum):
    CLIENT_SECRET = "client_secret"
    REDIRECT = "redirect"
    PHONE_PROMPT = "phone_prompt"
    INSTRUCTIONS = "instructions"
    QR = "qr"


class RetryRule(StrEnum):
    """What may follow a refusal with this code."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the payer must do: a client secret for the gateway's script, a page to open, or a text to follow."""

    kind: NextActionKind
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One row of a gateway's error table. Texts are msgids for gettext."""

    code: str
    retry: RetryRule
    who_must_act: str
    payer_text: str
    staff_text: str


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """What a gateway claims about one object, whichever way the claim came in.

    `amount` is None only where the gateway did not state one; a SUCCEEDED report without an amount is never booked.
    `gateway_payment_id` is the gateway's id of the subject, `about` its id of the payment a refund or dispute is about.
    `keep` is what the adapter wants back with every later call about this object: stored, never shown, it may hold
    tokens of this one payment. `fee` is what the gateway took, where it says so; it is not part of the outcome.
    `raw` is redacted already and safe to store and show. `retry_after` is how long the gateway asked not to be asked;
    `gateways.waiting` fills it in.
    """

    outcome: Outcome
    subject: Subject = Subject.CHARGE
    gateway_payment_id: str = ""
    about: str = ""
    reference: str = ""
    amount: Money | None = None
    occurred_at: datetime | None = None
    livemode: bool | None = None
    next_action: NextAction | None = None
    fee: Money | None = None
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)
    error_code: str = ""
    error_message: str = ""
    gateway_status: str = ""
    request_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One value an account signs in with.

    `is_fixed` ones never change: another value is another account, because what was started under the first can be
    asked about only there.
    """

    name: str
    text: str
    is_required: bool = True
    is_secret: bool = True
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class GatewayProfile:
    """What a gateway declares about itself. A value that is not declared means the worst case.

    `methods` are payment methods as the API names them (card, mobile_money, paypal, bank_transfer). Empty `countries`
    means any. `limits` are (least, most) per currency in minor units. `needs` names the fields of a ChargeRequest that
    it cannot do without. `key_retention` is how long the gateway surely recognises a repeated reference.
    `answers_within` is its patience, where the setting allows less; `payer_has` is how long a payment stays open.
    """

    code: str
    display_name: str
    webhook_trust: WebhookTrust = WebhookTrust.HINT_ONLY
    methods: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    credentials: tuple[CredentialField, ...] = ()
    key_retention: timedelta | None = None
    query_by_own_reference: bool = False
    not_found_is_final: bool = False
    cancelable: bool = False
    late_reversal_days: int | None = None
    max_processing_time: timedelta = timedelta(days=3)
    reference_max_length: int = 255
    answers_within: timedelta = timedelta(0)
    payer_has: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one gateway account signs in with; `repr` never shows the values."""

    values: Mapping[str, str] = field(repr=False)
    livemode: bool = False

    def get(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """One request for money. `reference` is ours, made before the call, and is also the idempotency key's seed.

    `payment_method` is the gateway's token of a saved or just entered method, `customer` the gateway's id of who saved
    it. `webhook_url` is where this account listens, for gateways that are told with each charge.
    """

    reference: str
    amount: Money
    description: str = ""
    method: str = ""
    payment_method: str = ""
    customer: str = field(default="", repr=False)
    payer_email: str = field(default="", repr=False)
    payer_phone: str = field(default="", repr=False)
    payer_name: str = field(default="", repr=False)
    country: str = ""
    language: str = ""
    return_url: str = ""
    cancel_url: str = ""
    webhook_url: str = ""
    expires_at: datetime | None = None
    capture: bool = True
    statement: str = ""


@dataclass(frozen=True, slots=True)
class LookUpRequest:
    """Ask for one object: by the gateway's id when we know it, else by our reference, not older than `since`.

    `keep` is what the last report of this object asked to keep; `amount` is what we asked for.
    """

    reference: str
    gateway_payment_id: str = ""
    since: datetime | None = None
    amount: Money | None = None
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """Take `amount` of an authorized charge, at most what was authorized. `reference` is the charge's."""

    reference: str
    gateway_payment_id: str
    amount: Money
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Send `amount` of a paid charge back. `reference` is the refund's own, `charge_reference` the charge's."""

    reference: str
    charge_reference: str
    gateway_payment_id: str
    amount: Money
    charged: Money
    reason: str = ""
    payer_phone: str = field(default="", repr=False)
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


class DestinationKind(StrEnum):
    MOBILE_MONEY = "mobile_money"
    BANK_ACCOUNT = "bank_account"
    EMAIL = "email"
    GATEWAY_ACCOUNT = "gateway_account"
    GATEWAY_RECIPIENT = "gateway_recipient"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a payout goes. `value`: phone number with country code, account number, e-mail address, or gateway's id."""

    kind: DestinationKind
    value: str = field(repr=False)
    name: str = field(default="", repr=False)
    country: str = ""
    bank_code: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class PayoutRequest:
    """Pay `amount` out. `reference` is ours and is the idempotency key's seed."""

    reference: str
    amount: Money
    destination: Destination
    description: str = ""
    webhook_url: str = ""


@dataclass(frozen=True, slots=True)
class GatewayBalance:
    """What the gateway holds for us in one currency; `pending` is not ours to use yet."""

    available: Money
    pending: Money | None = None


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One line of what the gateway says it did with our money.

    Net is gross less fee; money going out is negative, which is why these three are minor units. `settlement_id` names
    the transfer to our bank that carried it, once known.
    """

    line_id: str
    kind: str
    currency: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    occurred_at: datetime
    gateway_payment_id: str = ""
    reference: str = ""
    settlement_id: str = ""
    available_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SettlementPage:
    """`next_cursor` is empty on the last page. A page that could not be read raises NoAnswer."""

    lines: tuple[SettlementLine, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A method of payment the gateway keeps for a customer. Never a card number: the last digits at most."""

    token: str
    kind: str
    label: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class CredentialsCheck:
    """What a harmless call told about credentials: `works` is None when nobody answered."""

    works: bool | None
    text: str
    account_name: str = ""


@dataclass(frozen=True, slots=True)
class IncomingWebhook:
    """A webhook as it came in: raw bytes, headers in lower case, the query, the seconds since 1970 at arrival."""

    body: bytes
    headers: Mapping[str, str]
    received_epoch: int
    query: str = ""

    @property
    def digest(self) -> str:
        """The event's id where nothing in it tells a repeated webhook from another one."""
        return hashlib.sha256(self.body + b"\0" + self.query.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WebhookEnvelope:
    """What the intake needs to keep a verified webhook: its own id for deduplication, its type and its mode."""

    event_id: str
    event_type: str
    livemode: bool | None = None
    account: str = ""


class WebhookRefused(Exception):
    """The webhook is not genuine, too old, or cannot be checked: nothing of it may be believed."""

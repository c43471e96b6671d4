"""What a PaymentIntent means for us. One mapping for answers, lists and webhooks; a status not listed is UNKNOWN."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from common.money import Money
from gateways.adapters.stripe.amounts import from_wire
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome
from gateways.pages import is_web_page

# Seconds since 1970, within what a date can hold.
Moment = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
# The payer or time closed it, not us.
_EXPIRY_REASONS = frozenset({"automatic", "expired", "abandoned"})


class Card(msgspec.Struct, frozen=True):
    brand: str | None = None
    last4: str | None = None


class MethodDetails(msgspec.Struct, frozen=True):
    type: str = ""
    card: Card | None = None


class FeeLine(msgspec.Struct, frozen=True):
    """The balance transaction, where it is there already: with the fee, in the currency of the settlement."""

    fee: int
    currency: str


class Charge(msgspec.Struct, frozen=True):
    id: str
    created: Moment | None = None
    balance_transaction: str | FeeLine | None = None
    payment_method_details: MethodDetails | None = None


class PaymentError(msgspec.Struct, frozen=True):
    type: str = ""
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None

    @property
    def precise_code(self) -> str:
        """`card_declined` says little; the decline code beside it says why."""
        return self.decline_code or self.code or self.type


class Redirect(msgspec.Struct, frozen=True):
    url: str | None = None


class Action(msgspec.Struct, frozen=True):
    type: str = ""
    redirect_to_url: Redirect | None = None


class Intent(msgspec.Struct, frozen=True):
    """The fields we read. What is not named here is dropped while parsing and cannot leak."""

    id: str
    status: str
    amount: int
    currency: str
    livemode: bool
    created: Moment
    object: str = ""
    amount_received: int | None = None
    client_secret: str | None = None
    latest_charge: str | Charge | None = None
    last_payment_error: PaymentError | None = None
    next_action: Action | None = None
    cancellation_reason: str | None = None
    canceled_at: Moment | None = None
    metadata: dict[str, str] | None = None

    def __repr__(self) -> str:
        return f"Intent({self.id}, {self.status})"

    @property
    def reference(self) -> str:
        return (self.metadata or {}).get("reference", "")


def report_intent(intent: Intent, *, request_id: str = "", occurred_at: int | None = None) -> GatewayReport:
    """Say what the intent says, in our words. `occurred_at` in seconds since 1970 where an event states it."""
    error = intent.last_payment_error
    outcome = _outcome(intent)
    told = error if outcome is Outcome.DECLINED else None
    return GatewayReport(
        outcome=outcome,
        gateway_payment_id=intent.id,
        reference=intent.reference,
        amount=_amount(intent),
        occurred_at=datetime.fromtimestamp(occurred_at or _moment(intent), tz=UTC),
        livemode=intent.livemode,
        next_action=_next_action(intent) if outcome is Outcome.REQUIRES_ACTION else None,
        fee=_fee(intent) if outcome is Outcome.SUCCEEDED else None,
        error_code=_error_code(outcome, told),
        error_message=(told.message or "") if told else "",
        gateway_status=intent.status,
        request_id=request_id,
        raw=raw_intent(intent),
    )


def raw_intent(intent: Intent) -> dict[str, Any]:
    """What of the intent is safe to keep and show: no client secret, no names, no card beyond brand and last four."""
    raw: dict[str, Any] = {
        "id": intent.id,
        "status": intent.status,
        "amount": intent.amount,
        "amount_received": intent.amount_received,
        "currency": intent.currency,
        "livemode": intent.livemode,
        "created": intent.created,
        "cancellation_reason": intent.cancellation_reason,
        "metadata": {"reference": intent.reference},
    }
    if isinstance(intent.latest_charge, Charge):
        raw["latest_charge"] = intent.latest_charge.id
        raw |= _raw_card(intent.latest_charge)
    else:
        raw["latest_charge"] = intent.latest_charge
    if intent.last_payment_error is not None:
        raw["last_payment_error"] = {
            "code": intent.last_payment_error.code,
            "decline_code": intent.last_payment_error.decline_code,
            "message": intent.last_payment_error.message,
        }
    return raw


def _raw_card(charge: Charge) -> dict[str, Any]:
    card = charge.payment_method_details.card if charge.payment_method_details else None
    return {"card": {"brand": card.brand, "last4": card.last4}} if card else {}


def _outcome(intent: Intent) -> Outcome:
    match intent.status:
        case "succeeded":
            return Outcome.SUCCEEDED
        case "requires_capture":
            return Outcome.AUTHORIZED
        case "processing":
            return Outcome.PENDING
        case "requires_action" | "requires_confirmation":
            return Outcome.REQUIRES_ACTION
        case "requires_payment_method":
            return Outcome.REQUIRES_ACTION if intent.last_payment_error is None else Outcome.DECLINED
        case "canceled":
            return Outcome.EXPIRED if intent.cancellation_reason in _EXPIRY_REASONS else Outcome.CANCELLED
        case _:
            return Outcome.UNKNOWN


def _amount(intent: Intent) -> Money | None:
    """What was collected once it succeeded, else what is asked. None where Stripe's number is not one of ours."""
    wire = intent.amount
    if intent.status == "succeeded" and intent.amount_received is not None:
        wire = intent.amount_received
    try:
        return from_wire(wire, intent.currency)
    except AmountNotRepresentable:
        return None


def _fee(intent: Intent) -> Money | None:
    """None is not zero: the fee may come an hour later."""
    line = intent.latest_charge.balance_transaction if isinstance(intent.latest_charge, Charge) else None
    if not isinstance(line, FeeLine):
        return None
    try:
        return from_wire(line.fee, line.currency)
    except AmountNotRepresentable:
        return None


def _moment(intent: Intent) -> int:
    if intent.canceled_at is not None:
        return intent.canceled_at
    if isinstance(intent.latest_charge, Charge) and intent.latest_charge.created is not None:
        return intent.latest_charge.created
    return intent.created


def _next_action(intent: Intent) -> NextAction | None:
    redirect = intent.next_action.redirect_to_url if intent.next_action else None
    if redirect is not None and redirect.url and is_web_page(redirect.url):
        return NextAction(NextActionKind.REDIRECT, redirect.url)
    if intent.client_secret:
        return NextAction(NextActionKind.CLIENT_SECRET, intent.client_secret)
    return None


def _error_code(outcome: Outcome, told: PaymentError | None) -> str:
    if outcome is Outcome.UNKNOWN:
        return "unlisted_status"
    return told.precise_code if told else ""

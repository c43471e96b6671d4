"""What each state means to the person who reads it: its words, and a tone that says who must act.

Red is kept for books or somebody's money in need of repair; a declined card is daily life. Shape and word say the same
as the colour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.models import DeliveryState, EndpointState
from gateways.models import BreakerState, InboundState
from gateways.registry import PROFILES
from payments.models.attempt import NextStep
from payments.models.history import Source
from payments.models.payment import Flag
from payments.states import AttemptState, Status
from reconciliation.models import BankStatement, LineState


class Tone(StrEnum):
    RESTING = "resting"
    MOVING = "moving"
    DONE = "done"
    WAITING = "waiting"
    DOUBT = "doubt"
    REPAIR = "repair"


SHAPES: dict[Tone, str] = {
    Tone.RESTING: "–",
    Tone.MOVING: "→",
    Tone.DONE: "✓",
    Tone.WAITING: "!",
    Tone.DOUBT: "?",
    Tone.REPAIR: "✕",
}


@dataclass(frozen=True, slots=True)
class Label:
    tone: Tone
    words: Promise

    @property
    def shape(self) -> str:
        return SHAPES[self.tone]


PAYMENT: dict[str, Label] = {
    Status.PENDING: Label(Tone.MOVING, _("Pending")),
    Status.REQUIRES_ACTION: Label(Tone.MOVING, _("Payer must act")),
    Status.PROCESSING: Label(Tone.MOVING, _("Processing")),
    Status.AUTHORIZED: Label(Tone.MOVING, _("Authorized")),
    Status.COMPLETED: Label(Tone.DONE, _("Completed")),
    Status.PARTIALLY_REFUNDED: Label(Tone.DONE, _("Partly refunded")),
    Status.REFUNDED: Label(Tone.RESTING, _("Refunded")),
    Status.FAILED: Label(Tone.RESTING, _("Failed")),
    Status.CANCELLED: Label(Tone.RESTING, _("Cancelled")),
    Status.EXPIRED: Label(Tone.RESTING, _("Expired")),
}

ATTEMPT: dict[str, Label] = {
    AttemptState.SENDING: Label(Tone.MOVING, _("Sending")),
    AttemptState.UNKNOWN: Label(Tone.DOUBT, _("Outcome unknown")),
    AttemptState.PENDING: Label(Tone.MOVING, _("At the gateway")),
    AttemptState.AUTHORIZED: Label(Tone.MOVING, _("Authorized")),
    AttemptState.SUCCEEDED: Label(Tone.DONE, _("Succeeded")),
    AttemptState.LATE: Label(Tone.WAITING, _("Paid late")),
    AttemptState.DECLINED: Label(Tone.RESTING, _("Declined")),
    AttemptState.NOT_SENT: Label(Tone.RESTING, _("Not sent")),
    AttemptState.CANCELLED: Label(Tone.RESTING, _("Cancelled")),
    AttemptState.EXPIRED: Label(Tone.RESTING, _("Expired")),
    AttemptState.REVERSED: Label(Tone.REPAIR, _("Reversed")),
}

INBOUND: dict[str, Label] = {
    InboundState.RECEIVED: Label(Tone.MOVING, _("Received")),
    InboundState.APPLIED: Label(Tone.DONE, _("Applied")),
    InboundState.IGNORED: Label(Tone.RESTING, _("Ignored")),
    InboundState.PARKED: Label(Tone.REPAIR, _("Parked")),
    InboundState.DEAD: Label(Tone.REPAIR, _("Given up")),
}

FLAG: dict[str, Label] = {
    Flag.CONTRADICTION: Label(Tone.REPAIR, _("Contradiction")),
    Flag.MISMATCH: Label(Tone.REPAIR, _("Amount differs")),
    Flag.LATE_SUCCESS: Label(Tone.WAITING, _("Paid too late")),
    Flag.DUPLICATE_COLLECTION: Label(Tone.REPAIR, _("Collected twice")),
    Flag.UNRESOLVED: Label(Tone.REPAIR, _("Unresolved")),
    Flag.GOING_BACK: Label(Tone.REPAIR, _("Going back")),
}

WALLET: dict[str, Label] = {
    "active": Label(Tone.DONE, _("Active")),
    "frozen": Label(Tone.WAITING, _("Frozen")),
}

SWITCH: dict[str, Label] = {
    "on": Label(Tone.DONE, _("Active")),
    "off": Label(Tone.RESTING, _("Inactive")),
    "revoked": Label(Tone.RESTING, _("Revoked")),
    "expired": Label(Tone.RESTING, _("Expired")),
}

MODE: dict[str, Label] = {
    "live": Label(Tone.WAITING, _("Live")),
    "sandbox": Label(Tone.RESTING, _("Sandbox")),
}

CIRCUIT: dict[str, Label] = {
    BreakerState.CLOSED: Label(Tone.DONE, _("Answers")),
    BreakerState.OPEN: Label(Tone.WAITING, _("No calls")),
    BreakerState.HALF_OPEN: Label(Tone.MOVING, _("Trying again")),
}

RULE: dict[str, Label] = {
    "on": Label(Tone.DONE, _("In force")),
    "off": Label(Tone.RESTING, _("Switched off")),
}

BOOKS: dict[str, Label] = {
    "holds": Label(Tone.DONE, _("Books balance")),
    "differs": Label(Tone.REPAIR, _("Books differ")),
}

STATEMENT: dict[str, Label] = {
    BankStatement.State.IMPORTED: Label(Tone.DONE, _("Imported")),
    BankStatement.State.DIFFERS: Label(Tone.REPAIR, _("Does not add up")),
}

STATEMENT_LINE: dict[str, Label] = {
    LineState.RECEIVED: Label(Tone.MOVING, _("Received")),
    LineState.ANNOUNCED: Label(Tone.MOVING, _("Announced")),
    LineState.MATCHED: Label(Tone.DONE, _("Matched")),
    LineState.UNMATCHED: Label(Tone.WAITING, _("Unmatched")),
    LineState.IGNORED: Label(Tone.RESTING, _("Ignored")),
}

DELIVERY: dict[str, Label] = {
    DeliveryState.WAITING: Label(Tone.MOVING, _("Waiting")),
    DeliveryState.DELIVERED: Label(Tone.DONE, _("Delivered")),
    DeliveryState.FAILED: Label(Tone.WAITING, _("Not delivered")),
}

ENDPOINT: dict[str, Label] = {
    EndpointState.ACTIVE: Label(Tone.DONE, _("Active")),
    "failing": Label(Tone.WAITING, _("Failing")),
    EndpointState.PAUSED: Label(Tone.WAITING, _("Paused")),
    EndpointState.DISABLED: Label(Tone.RESTING, _("Disabled")),
}

# What a person should look at on a payment, in one column: a doubt of its attempt, else its flag.
ATTENTION: dict[str, Label] = {"unknown": ATTEMPT[AttemptState.UNKNOWN], **FLAG}

TERMS: dict[str, Label] = {
    "in_force": Label(Tone.DONE, _("In force")),
    "future": Label(Tone.MOVING, _("To come")),
    "past": Label(Tone.RESTING, _("Replaced")),
}

LABELS: dict[str, Mapping[str, Label]] = {
    "payment": PAYMENT,
    "attempt": ATTEMPT,
    "inbound": INBOUND,
    "flag": FLAG,
    "attention": ATTENTION,
    "wallet": WALLET,
    "switch": SWITCH,
    "mode": MODE,
    "circuit": CIRCUIT,
    "rule": RULE,
    "books": BOOKS,
    "terms": TERMS,
    "statement": STATEMENT,
    "statement_line": STATEMENT_LINE,
    "delivery": DELIVERY,
    "endpoint": ENDPOINT,
}

SOURCES: dict[str, Promise] = {
    Source.API: _("API call"),
    Source.ANSWER: _("Gateway answer"),
    Source.WEBHOOK: _("Webhook"),
    Source.POLL: _("Asked the gateway"),
    Source.STAFF: _("Finance staff"),
}

NEXT_STEPS: dict[str, Promise] = {
    NextStep.ASK: _("ask the gateway"),
    NextStep.RESEND: _("send again with the same reference"),
    NextStep.CANCEL: _("cancel at the gateway and read back"),
    NextStep.COLLECT: _("collect what the payer approved"),
}

WORDS: dict[str, Promise] = {
    "ticket_sale": _("Ticket sale"),
    "template_sale": _("Template sale"),
    "organizer": _("Organizer"),
    "designer": _("Designer"),
    "platform": _("Platform"),
    "card": _("Card"),
    "mobile_money": _("Mobile money"),
    "bank_debit": _("Bank debit"),
    "wallet": _("Electronic wallet"),
    "qr": _("QR code"),
    "ussd": _("USSD"),
    "completed": _("Payment completed"),
    "bank_transfer": _("Bank transfer"),
    "banked": _("Arrived at the bank"),
    "suspended": _("Money in, unexplained"),
    "withdrawn": _("Money out, unexplained"),
    "created": _("created"),
}


def label_of(noun: str, state: str) -> Label:
    """The label of a state. A state that is not in the table is a doubt shown by its raw name."""
    found = LABELS[noun].get(state)
    return found or Label(Tone.DOUBT, state)  # type: ignore[arg-type]


def words_of(code: str) -> Promise | str:
    """A code of purpose, owner, method or gateway in the reader's language; the code where we have no word for it."""
    if code in WORDS or code not in PROFILES:
        return WORDS.get(code, code)
    return PROFILES[code].display_name

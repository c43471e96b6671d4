"""The life of a payment as data: which news moves it where. A missing row is a contradiction: kept and shown."""

from enum import StrEnum

from gateways.contract import Outcome


class Status(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    COMPLETED = "completed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class AttemptKind(StrEnum):
    CHARGE = "charge"


class AttemptState(StrEnum):
    """How far one request to a gateway is known to have come. Doubt lives here, not on the payment."""

    SENDING = "sending"
    UNKNOWN = "unknown"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    # Paid although it had ended, or beside another attempt: its money is booked, the payment is not its own any more.
    LATE = "late"
    DECLINED = "declined"
    NOT_SENT = "not_sent"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVERSED = "reversed"


# At most one attempt of a payment may be in one of these; the database holds a unique index over them.
OPEN_ATTEMPT_STATES = frozenset(
    {
        AttemptState.SENDING,
        AttemptState.UNKNOWN,
        AttemptState.PENDING,
        AttemptState.AUTHORIZED,
        AttemptState.SUCCEEDED,
    }
)
# The gateway has taken the payer's money in these.
PAID_ATTEMPT_STATES = frozenset({AttemptState.SUCCEEDED, AttemptState.LATE})
# Nobody knows yet in these whether the gateway heard of the request.
UNHEARD_ATTEMPT_STATES = frozenset({AttemptState.SENDING, AttemptState.UNKNOWN})
# Nothing more is expected from the gateway in these; the sweep asks about all others.
UNPAID_STATUSES = frozenset({Status.FAILED, Status.CANCELLED, Status.EXPIRED})
PAID_STATUSES = frozenset({Status.COMPLETED, Status.PARTIALLY_REFUNDED, Status.REFUNDED})
OPEN_STATUSES = frozenset(Status) - UNPAID_STATUSES - PAID_STATUSES

ATTEMPT_STATE_OF: dict[Outcome, AttemptState] = {
    Outcome.SUCCEEDED: AttemptState.SUCCEEDED,
    Outcome.PENDING: AttemptState.PENDING,
    Outcome.REQUIRES_ACTION: AttemptState.PENDING,
    Outcome.APPROVED: AttemptState.PENDING,
    Outcome.AUTHORIZED: AttemptState.AUTHORIZED,
    Outcome.DECLINED: AttemptState.DECLINED,
    Outcome.NOT_SENT: AttemptState.NOT_SENT,
    Outcome.UNKNOWN: AttemptState.UNKNOWN,
    Outcome.CANCELLED: AttemptState.CANCELLED,
    Outcome.EXPIRED: AttemptState.EXPIRED,
    Outcome.REVERSED: AttemptState.REVERSED,
}

_WAITING = {
    Outcome.SUCCEEDED: Status.COMPLETED,
    Outcome.PENDING: Status.PROCESSING,
    Outcome.REQUIRES_ACTION: Status.REQUIRES_ACTION,
    Outcome.APPROVED: Status.PROCESSING,
    Outcome.AUTHORIZED: Status.AUTHORIZED,
    Outcome.DECLINED: Status.FAILED,
    Outcome.NOT_SENT: Status.FAILED,
    Outcome.CANCELLED: Status.CANCELLED,
    Outcome.EXPIRED: Status.EXPIRED,
}
# Older news can arrive after newer: gateways do not promise order. It changes nothing.
_OLDER_NEWS = (
    Outcome.PENDING,
    Outcome.REQUIRES_ACTION,
    Outcome.APPROVED,
    Outcome.UNKNOWN,
    Outcome.NOT_SENT,
    Outcome.DECLINED,
)


def _charge_rows() -> dict[tuple[Status, Outcome], Status]:
    rows: dict[tuple[Status, Outcome], Status] = {}
    for status in (Status.PENDING, Status.PROCESSING, Status.REQUIRES_ACTION):
        rows |= {(status, outcome): after for outcome, after in _WAITING.items()}
        rows[status, Outcome.UNKNOWN] = status
    rows |= {(Status.AUTHORIZED, outcome): Status.AUTHORIZED for outcome in (*_OLDER_NEWS, Outcome.AUTHORIZED)}
    rows |= {
        (Status.AUTHORIZED, Outcome.SUCCEEDED): Status.COMPLETED,
        (Status.AUTHORIZED, Outcome.CANCELLED): Status.CANCELLED,
        (Status.AUTHORIZED, Outcome.EXPIRED): Status.EXPIRED,
    }
    for status in PAID_STATUSES:
        rows |= {(status, outcome): status for outcome in (*_OLDER_NEWS, Outcome.AUTHORIZED, Outcome.SUCCEEDED)}
    for status in UNPAID_STATUSES:
        rows |= {(status, outcome): status for outcome in (*_OLDER_NEWS, Outcome.CANCELLED, Outcome.EXPIRED)}
        # The money arrived after we had given up: it is booked and flagged, never ignored.
        rows[status, Outcome.SUCCEEDED] = Status.COMPLETED
    return rows


TRANSITIONS: dict[tuple[Status, AttemptKind, Outcome], Status] = {
    (status, AttemptKind.CHARGE, outcome): after for (status, outcome), after in _charge_rows().items()
}


def next_status(status: Status, kind: AttemptKind, outcome: Outcome) -> Status | None:
    """The status after this news; None where the table has no row: a contradiction for a person to see."""
    return TRANSITIONS.get((status, kind, outcome))

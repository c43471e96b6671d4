"""Draws docs/states.md from the state table: `python -m tests.payments.state_page > docs/states.md`."""

import sys
from collections import defaultdict

from gateways.contract import Outcome
from payments.states import (
    ATTEMPT_STATE_OF,
    OPEN_ATTEMPT_STATES,
    OPEN_STATUSES,
    PAID_STATUSES,
    TRANSITIONS,
    AttemptKind,
    AttemptState,
    Status,
)

_INTRODUCTION = """\
# The states of a payment

This page is drawn from `payments/states.py` by `python -m tests.payments.state_page > docs/states.md`; a test
compares them. News of a gateway is one of the outcomes below, whichever way it came: as the answer to our call, by a
webhook, or because we asked. A pair that has no row is a contradiction: it is kept as evidence, moves nothing, and
flags the payment for a person.
"""

_ABOUT_PAIRS = """\
## Every pair

A row is where the payment is, a column what is told of its charge. A dot: it stays, and nothing is told to anybody.
A dash: a contradiction. What leads from an unpaid status to `completed` is money that came after it was given up: it is
booked, and the payment is flagged `late_success`, or `duplicate_collection` where another payment has its order by now.
"""

_ABOUT_ATTEMPTS = """\
## The states of an attempt

An attempt is one request to one gateway. It begins as `sending`, and doubt lives on it: the payment waits. At most one
attempt of a payment may be open; the database holds a unique index over that. Doubt never replaces knowledge, and an
end is left only for success.
"""

_MEANINGS = {
    Status.PENDING: "written down, not yet sent to a gateway",
    Status.REQUIRES_ACTION: "the payer has to do something: enter a card, confirm at the bank",
    Status.PROCESSING: "sent; the gateway has not decided, or has not answered and is being asked",
    Status.AUTHORIZED: "the money is held for us and not yet taken",
    Status.COMPLETED: "paid, and booked",
    Status.PARTIALLY_REFUNDED: "paid, and a part went back",
    Status.REFUNDED: "paid, and all of it went back",
    Status.FAILED: "declined, or never sent",
    Status.CANCELLED: "closed at the gateway because somebody asked for it",
    Status.EXPIRED: "closed at the gateway because it was not paid in time",
}


def page() -> str:
    parts = (_INTRODUCTION, _meanings(), _diagram(), _table(), _attempts())
    return "\n".join(parts)


def _meanings() -> str:
    rows = [f"| `{status}` | {_group(status)} | {_MEANINGS[status]} |" for status in Status]
    return "\n".join(["| status | group | means |", "|---|---|---|", *rows, ""])


def _group(status: Status) -> str:
    if status in OPEN_STATUSES:
        return "open"
    return "paid" if status in PAID_STATUSES else "unpaid"


def _diagram() -> str:
    arrows: dict[tuple[Status, Status], list[Outcome]] = defaultdict(list)
    for (before, _, outcome), after in TRANSITIONS.items():
        if before is not after:
            arrows[before, after].append(outcome)
    lines = [
        f"    {before} --> {after}: {', '.join(outcome for outcome in Outcome if outcome in arrows[before, after])}"
        for before in Status
        for after in Status
        if (before, after) in arrows
    ]
    return "\n".join(["## Moves", "", "```mermaid", "stateDiagram-v2", "    [*] --> processing", *lines, "```", ""])


def _table() -> str:
    heads = " | ".join(f"`{outcome}`" for outcome in Outcome)
    rows = [f"| `{status}` | {' | '.join(_cell(status, outcome) for outcome in Outcome)} |" for status in Status]
    return "\n".join([_ABOUT_PAIRS, f"| charge | {heads} |", f"|---|{'---|' * len(Outcome)}", *rows, ""])


def _cell(status: Status, outcome: Outcome) -> str:
    after = TRANSITIONS.get((status, AttemptKind.CHARGE, outcome))
    if after is None:
        return "–"
    return "·" if after is status else f"`{after}`"


def _attempts() -> str:
    first = f"| nothing yet | `{AttemptState.SENDING}` | {_is_open(AttemptState.SENDING)} |"
    rows = [f"| `{outcome}` | `{state}` | {_is_open(state)} |" for outcome, state in ATTEMPT_STATE_OF.items()]
    return "\n".join([_ABOUT_ATTEMPTS, "| told | the attempt is | open |", "|---|---|---|", first, *rows, ""])


def _is_open(state: AttemptState) -> str:
    return "yes" if state in OPEN_ATTEMPT_STATES else "no"


if __name__ == "__main__":
    sys.stdout.write(page())

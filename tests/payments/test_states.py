"""The life of a payment, walked whole: every status, every kind of attempt, every word of a gateway."""

import pytest

from gateways.contract import Outcome
from payments.states import (
    ATTEMPT_STATE_OF,
    OPEN_ATTEMPT_STATES,
    OPEN_STATUSES,
    PAID_STATUSES,
    TRANSITIONS,
    UNPAID_STATUSES,
    AttemptKind,
    AttemptState,
    Status,
    next_status,
)

# Rows: where the payment is. Columns: what is told of its charge. A dot: it stays. A dash: a contradiction.
EXPECTED = """
                    succeeded  approved    pending     requires_action  authorized  declined  not_sent  unknown  cancelled  expired  reversed
pending             completed  processing  processing  requires_action  authorized  failed    failed    .        cancelled  expired  -
processing          completed  .           .           requires_action  authorized  failed    failed    .        cancelled  expired  -
requires_action     completed  processing  processing  .                authorized  failed    failed    .        cancelled  expired  -
authorized          completed  .           .           .                .           .         .         .        cancelled  expired  -
completed           .          .           .           .                .           .         .         .        -          -        -
partially_refunded  .          .           .           .                .           .         .         .        -          -        -
refunded            .          .           .           .                .           .         .         .        -          -        -
failed              completed  .           .           .                -           .         .         .        .          .        -
cancelled           completed  .           .           .                -           .         .         .        .          .        -
expired             completed  .           .           .                -           .         .         .        .          .        -
"""  # noqa: E501


def expected() -> dict[tuple[Status, AttemptKind, Outcome], Status | None]:
    heads, *rows = (line.split() for line in EXPECTED.strip().splitlines())
    table: dict[tuple[Status, AttemptKind, Outcome], Status | None] = {}
    for name, *cells in rows:
        status = Status(name)
        for head, cell in zip(heads, cells, strict=True):
            after = {".": status, "-": None}.get(cell) if cell in ".-" else Status(cell)
            table[status, AttemptKind.CHARGE, Outcome(head)] = after
    return table


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", AttemptKind)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_news_leads_where_the_table_says(status: Status, kind: AttemptKind, outcome: Outcome) -> None:
    assert next_status(status, kind, outcome) == expected()[status, kind, outcome]


def test_the_expected_table_is_the_whole_product() -> None:
    assert set(expected()) == {
        (status, kind, outcome) for status in Status for kind in AttemptKind for outcome in Outcome
    }
    assert set(TRANSITIONS) == {key for key, after in expected().items() if after is not None}


def test_paid_money_is_never_unsaid() -> None:
    """B5: no news leads out of a paid status; that takes a refund or a dispute, which are rows of their own."""
    assert {after for (status, _, _), after in TRANSITIONS.items() if status in PAID_STATUSES} == PAID_STATUSES


def test_the_statuses_fall_into_three_groups() -> None:
    groups = (OPEN_STATUSES, UNPAID_STATUSES, PAID_STATUSES)

    assert sum(len(group) for group in groups) == len(Status)
    assert frozenset().union(*groups) == frozenset(Status)


@pytest.mark.parametrize("status", sorted(OPEN_STATUSES))
@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN])
def test_doubt_moves_no_payment(status: Status, outcome: Outcome) -> None:
    assert next_status(status, AttemptKind.CHARGE, outcome) is status


@pytest.mark.parametrize("status", sorted(UNPAID_STATUSES))
def test_only_money_that_arrived_leads_back_from_an_end(status: Status) -> None:
    leads_to = {next_status(status, AttemptKind.CHARGE, outcome) for outcome in Outcome}

    assert leads_to == {status, Status.COMPLETED, None}


def test_every_outcome_has_a_state_of_its_attempt() -> None:
    assert set(ATTEMPT_STATE_OF) == set(Outcome)
    assert set(ATTEMPT_STATE_OF.values()) == set(AttemptState) - {AttemptState.SENDING, AttemptState.LATE}


def test_an_attempt_is_open_as_long_as_it_may_have_taken_or_may_yet_take_money() -> None:
    over = {
        AttemptState.DECLINED,
        AttemptState.NOT_SENT,
        AttemptState.CANCELLED,
        AttemptState.EXPIRED,
        AttemptState.REVERSED,
        # Its money is in the books; the payment may have another attempt that is open.
        AttemptState.LATE,
    }

    assert set(AttemptState) - OPEN_ATTEMPT_STATES == over

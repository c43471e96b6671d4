"""Webhooks in any order, twice or never: the payment ends where it would have, with the same ledger."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.contract import Outcome
from payments.models import PaymentAttempt
from payments.states import PAID_STATUSES, Status
from tests.support.api import settle
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_payment, tell
from tests.support.webhooks import post, webhook_of
from wallets import ledger

pytestmark = pytest.mark.django_db

# What Stripe says over the life of an intent, in the order in which it happens.
PAID = ("requires_payment_method", "requires_action", "processing", "succeeded")
CLOSED = ("requires_payment_method", "requires_action", "canceled")
stories = st.sampled_from([PAID, CLOSED])


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """A story, and which of its events come in which order and batch: some twice or thrice, some not at all."""
    story = draw(stories)
    times = draw(st.lists(st.integers(0, 3), min_size=len(story), max_size=len(story)))
    sent = [number for number, count in enumerate(times) for _ in range(count)]
    order = draw(st.permutations(sent))
    batches = draw(st.lists(st.integers(0, 3), min_size=len(order), max_size=len(order)))
    return story, list(zip(order, batches, strict=True))


@pytest.mark.row("C3")
@settings(max_examples=30)
@given(delivered=deliveries())
def test_any_order_ends_in_one_state_and_one_ledger(merchant: Merchant, delivered: Any) -> None:
    """C3: shuffled, doubled and dropped; what never came is made up for by asking."""
    story, received = delivered
    in_order, shuffled = make_payment(merchant), make_payment(merchant)
    for status in story:
        post(merchant, webhook_of(in_order, status))
        settle()

    bodies = [webhook_of(shuffled, status) for status in story]
    for number, pause in received:
        assert post(merchant, bodies[number]).status == 200
        if pause == 0:
            settle()
    settle()
    _ask(shuffled, story)

    assert _end(shuffled) == _end(in_order)
    assert_books_balance()


def _ask(attempt: PaymentAttempt, story: tuple[str, ...]) -> None:
    attempt.refresh_from_db()
    if attempt.next_check_at is not None:
        tell(attempt, Outcome.SUCCEEDED if story is PAID else Outcome.CANCELLED)


def _end(attempt: PaymentAttempt) -> tuple[str, str, bool, list[tuple[str, int]]]:
    attempt.refresh_from_db()
    attempt.payment.refresh_from_db()
    entries = ledger.entries_of("payment", attempt.payment_id)
    lines = [(entry.account.kind, entry.amount_minor) for entry in entries]
    return attempt.payment.status, attempt.state, attempt.next_check_at is None, lines


@settings(max_examples=60)
@given(told=st.lists(st.sampled_from(Outcome), max_size=12), start=st.sampled_from(Status))
def test_no_story_at_all_takes_money_twice_or_unsays_it(merchant: Merchant, told: list[Outcome], start: Status) -> None:
    """Whatever a gateway says in whatever order, contradictions included."""
    attempt = make_payment(merchant, start)
    was_paid = start in PAID_STATUSES

    for outcome in told:
        tell(attempt, outcome)
        attempt.payment.refresh_from_db()
        was_paid = was_paid or outcome is Outcome.SUCCEEDED
        assert (attempt.payment.status in PAID_STATUSES) == was_paid

    entries = ledger.entries_of("payment", attempt.payment_id)
    assert len(entries) == (3 if was_paid else 0)
    assert sum(entry.amount_minor for entry in entries) == 0

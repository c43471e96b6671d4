"""Webhooks applied again: whatever they say, and however often, nothing happens twice."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common import clock, ids
from events.models import OutboxEvent
from gateways.inbox import PARKED_FOR
from gateways.models import InboundEvent, InboundState
from gateways.replay import Wanted, replay
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.models.payment import Flag
from payments.states import Status
from tests.gateways.stripe_samples import stripe_intent
from tests.support.api import settle
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_merchant, make_payment
from tests.support.webhooks import as_event, post, webhook_of

pytestmark = pytest.mark.django_db

NEWS = ("requires_action", "processing", "succeeded", "canceled", "requires_payment_method")


def everything() -> dict[str, Any]:
    """What a replay must leave as it is, but for when a gateway is next asked."""
    return {
        "payments": list(Payment.objects.order_by("pk").values()),
        "attempts": list(PaymentAttempt.objects.order_by("pk").values("state", "gateway_status", "error_code")),
        "history": PaymentHistory.objects.count(),
        "events": OutboxEvent.objects.count(),
        "books": counts(),
    }


def replay_all(*, times: int = 1) -> None:
    for _ in range(times):
        replay(InboundEvent.objects.all(), limit=1_000, now=clock.now())
        while settle():
            pass


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("replay_webhooks", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.row("C1", "H4")
@pytest.mark.parametrize("order", [NEWS, NEWS[::-1], NEWS[2:] + NEWS[:2]], ids=["in order", "backwards", "mixed"])
def test_replaying_whatever_was_applied_changes_nothing(merchant: Merchant, order: tuple[str, ...]) -> None:
    for status in ("succeeded", None):
        attempt = make_payment(merchant)
        for said in order if status is None else (status, *order):
            post(merchant, webhook_of(attempt, said))
            settle()
    before = everything()

    replay_all(times=3)

    assert everything() == before
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {InboundState.APPLIED}
    assert_books_balance()


def test_old_news_of_an_open_payment_only_has_the_gateway_asked(merchant: Merchant) -> None:
    """Applied again it would say what was so then."""
    attempt = make_payment(merchant)
    for said in ("requires_action", "processing"):
        post(merchant, webhook_of(attempt, said))
        settle()
    first = InboundEvent.objects.earliest("pk")

    replay(InboundEvent.objects.filter(pk=first.pk), limit=10, now=clock.now())
    settle()

    first.refresh_from_db()
    attempt.refresh_from_db()
    assert attempt.payment.status == Status.PROCESSING
    assert (first.state, first.payment_id) == (InboundState.APPLIED, attempt.payment_id)
    assert "the gateway is asked" in first.reason
    assert attempt.next_check_at is not None and attempt.next_check_at <= clock.now()


@pytest.mark.row("C25")
def test_a_refund_from_the_dashboard_is_shown_once_however_often_it_is_replayed(merchant: Merchant) -> None:
    """C25: flagged as going back; a person who took the flag off is not shown it again."""
    attempt = make_payment(merchant, Status.COMPLETED)
    refund = {
        "object": "refund", "id": "re_odd", "status": "succeeded", "amount": 4_21, "currency": "eur",
        "payment_intent": attempt.gateway_payment_id, "charge": "ch_odd", "created": clock.epoch(), "metadata": {},
    }  # fmt: skip
    post(merchant, as_event(refund, event_type="refund.created"))
    settle()
    attempt.payment.refresh_from_db()
    assert attempt.payment.flag == Flag.GOING_BACK
    Payment.objects.update(flag="")
    before = everything()

    replay_all(times=2)

    assert everything() == before


def test_what_was_given_up_is_applied_once_its_cause_is_mended(merchant: Merchant) -> None:
    """The payment's id came days too late: nobody tried any more."""
    attempt = make_payment(merchant)
    known = attempt.gateway_payment_id
    PaymentAttempt.objects.update(gateway_payment_id="")
    post(merchant, webhook_of(attempt, id=known))
    settle(after=PARKED_FOR + timedelta(seconds=1))
    assert InboundEvent.objects.get().state == InboundState.DEAD
    PaymentAttempt.objects.update(gateway_payment_id=known)

    assert run() == ["dead       1", "1 webhooks are applied again now."]
    settle()

    event = InboundEvent.objects.get()
    assert (event.state, event.payment_id, event.tries) == (InboundState.APPLIED, attempt.payment_id, 1)
    assert event.replayed_at is not None
    assert Payment.objects.get().status == Status.COMPLETED
    assert_books_balance()


def test_the_three_days_of_a_replayed_webhook_begin_anew(merchant: Merchant) -> None:
    post(merchant, webhook_of(make_payment(merchant), id="pi_of_somebody_else", metadata={}))
    InboundEvent.objects.update(received_at=clock.now() - 2 * PARKED_FOR)
    settle()
    assert InboundEvent.objects.get().state == InboundState.DEAD

    replay_all()

    assert InboundEvent.objects.get().state == InboundState.PARKED


def test_a_webhook_that_was_only_just_received_is_left_to_the_worker(merchant: Merchant) -> None:
    post(merchant, webhook_of(make_payment(merchant)))

    assert replay(InboundEvent.objects.all(), limit=10, now=clock.now()) == 0


def test_at_most_as_many_as_asked_for_are_replayed_the_oldest_first(merchant: Merchant) -> None:
    for _ in range(3):
        post(merchant, as_event(stripe_intent(), event_type="charge.updated"))
    settle()

    assert replay(InboundEvent.objects.all(), limit=2, now=clock.now()) == 2

    states = list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))
    assert states == [InboundState.RECEIVED, InboundState.RECEIVED, InboundState.IGNORED]


@pytest.fixture
def mixed(merchant: Merchant) -> dict[str, InboundEvent]:
    """One of each state but received, and one of another merchant that is dead."""
    other = make_merchant()
    for number in range(4):
        post(merchant, as_event(stripe_intent(), event_type=f"charge.type{number}"))
    post(other, as_event(stripe_intent(), event_type="charge.type0"))
    states = [InboundState.APPLIED, InboundState.IGNORED, InboundState.PARKED, InboundState.DEAD, InboundState.DEAD]
    events = list(InboundEvent.objects.order_by("pk"))
    for age, (event, state) in enumerate(zip(events, states, strict=True)):
        InboundEvent.objects.filter(pk=event.pk).update(state=state, received_at=clock.now() - timedelta(days=age))
    names = ("applied", "ignored", "parked", "dead", "others_dead")
    return dict(zip(names, InboundEvent.objects.order_by("pk"), strict=True))


def replayed(mixed: dict[str, InboundEvent]) -> set[str]:
    again = set(InboundEvent.objects.filter(state=InboundState.RECEIVED).values_list("pk", flat=True))
    return {name for name, event in mixed.items() if event.pk in again}


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], {"parked", "dead", "others_dead"}),
        (["--state", "all"], {"applied", "ignored", "parked", "dead", "others_dead"}),
        (["--state", "ignored", "--state", "dead"], {"ignored", "dead", "others_dead"}),
        (["--type", "charge.type0"], {"others_dead"}),
        (["--type", "charge.type0", "--state", "all"], {"applied", "others_dead"}),
        (["--gateway", "paypal"], set()),
        (["--until", "{two_days_ago}"], {"dead", "others_dead"}),
        (["--since", "{two_days_ago}"], {"parked"}),
        (["--account", "{account}"], {"parked", "dead"}),
        (["--id", "{applied}", "--id", "{dead}"], {"applied", "dead"}),
        (["--limit", "1"], {"parked"}),
    ],
)
def test_the_command_replays_what_its_words_select(
    merchant: Merchant, mixed: dict[str, InboundEvent], arguments: list[str], wanted: set[str]
) -> None:
    values = {
        "two_days_ago": (clock.now() - timedelta(days=2, hours=12)).isoformat(),
        "account": ids.show(ids.GATEWAY_ACCOUNT, merchant.account.public_id),
        "applied": mixed["applied"].dedupe_key,
        "dead": mixed["dead"].dedupe_key,
    }

    said = run(*[word.format(**values) for word in arguments])

    assert replayed(mixed) == wanted
    assert said[-1] == f"{len(wanted)} webhooks are applied again now."


def test_a_dry_run_says_how_many_and_does_nothing(mixed: dict[str, InboundEvent]) -> None:
    said = run("--dry-run")

    assert said == ["dead       2", "parked     1", "3 webhooks would be applied again."]
    assert replayed(mixed) == set()


@pytest.mark.parametrize(
    "arguments", [["--account", "gwa_x"], ["--since", "yesterday"], ["--state", "received"], ["--limit", "0"]]
)
def test_a_command_that_is_not_understood_replays_nothing(mixed: dict[str, InboundEvent], arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)

    assert replayed(mixed) == set()


def test_what_is_left_empty_selects_everything(mixed: dict[str, InboundEvent]) -> None:
    assert Wanted().rows().count() == 5

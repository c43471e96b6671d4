"""Types of webhooks that told us nothing are listed with how many came; what a gateway invents is bounded."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from common import clock
from gateways import unused_types
from gateways.models import InboundEvent, InboundState, UnusedEventType
from gateways.replay import replay
from tests.support.api import settle
from tests.support.factories import Merchant
from tests.support.webhooks import as_event, post

pytestmark = pytest.mark.django_db


def listed() -> dict[tuple[str, str], int]:
    return {(row.gateway, row.event_type): row.count for row in UnusedEventType.objects.all()}


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("unused_webhooks", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.row("C19")
def test_what_says_nothing_about_money_is_kept_with_its_type_and_counted(merchant: Merchant) -> None:
    """C19: also when it is applied again, once."""
    for event_type in ("charge.updated", "v2.of.the.future", "charge.updated"):
        post(merchant, as_event({"object": "charge", "id": "ch_1"}, event_type=event_type))
    settle()
    replay(InboundEvent.objects.all(), limit=10, now=clock.now())
    settle()

    assert listed() == {("stripe", "charge.updated"): 2, ("stripe", "v2.of.the.future"): 1}
    event = InboundEvent.objects.latest("pk")
    assert (event.state, event.event_type, event.reason) == (
        InboundState.IGNORED,
        "charge.updated",
        "says nothing about a payment",
    )


def test_the_first_and_the_last_time_are_kept() -> None:
    first, last = clock.now() - timedelta(days=2), clock.now()
    unused_types.count([("stripe", "charge.updated")], now=first)
    unused_types.count([("stripe", "charge.updated"), ("paypal", "X")], now=last)

    row = UnusedEventType.objects.get(gateway="stripe")
    assert (row.count, row.first_seen_at, row.last_seen_at) == (2, first, last)


def test_what_a_gateway_invents_is_counted_together_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unused_types, "TYPES_MAX", 2)
    for number in range(5):
        unused_types.count([("mtn_momo", f"odd.{number}")], now=clock.now())
    unused_types.count([("mtn_momo", "odd.0"), ("stripe", "a")], now=clock.now())

    assert listed() == {
        ("mtn_momo", "odd.0"): 2,
        ("mtn_momo", "odd.1"): 1,
        ("mtn_momo", "(others)"): 3,
        ("stripe", "a"): 1,
    }


def test_the_command_lists_them() -> None:
    assert "none has come yet" in said()
    unused_types.count([("stripe", "charge.updated"), ("paypal", "X")], now=clock.now())

    assert "charge.updated" in said() and "X" in said()
    assert "charge.updated" not in said("--gateway", "paypal")
    assert [(row["gateway"], row["type"], row["count"]) for row in json.loads(said("--json"))] == [
        ("paypal", "X", 1),
        ("stripe", "charge.updated", 1),
    ]

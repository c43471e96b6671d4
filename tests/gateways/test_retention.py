"""Webhooks are forgotten after thirteen months; those that failed are kept until a person has decided."""

from datetime import timedelta

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from common import clock
from gateways import retention
from gateways.models import InboundEvent, InboundState
from gateways.tasks import prune_webhooks
from tests.support.factories import Merchant

pytestmark = pytest.mark.django_db

OLD = timedelta(days=397)


def arrived(merchant: Merchant, name: str, *, state: InboundState, ago: timedelta) -> None:
    then = clock.now() - ago
    InboundEvent.objects.create(
        gateway_account=merchant.account,
        dedupe_key=name,
        event_type="payment_intent.succeeded",
        body=b"{}",
        received_at=then,
        next_try_at=then,
        state=state,
    )


def kept() -> list[str]:
    return list(InboundEvent.objects.order_by("pk").values_list("dedupe_key", flat=True))


def test_only_what_is_old_and_settled_is_forgotten(merchant: Merchant) -> None:
    for state in InboundState:
        arrived(merchant, f"old {state}", state=state, ago=OLD)
    arrived(merchant, "young", state=InboundState.APPLIED, ago=timedelta(days=395))

    prune_webhooks()

    assert settings.INBOX_KEEP_DAYS == 396
    assert kept() == ["old received", "old parked", "old dead", "young"]


def test_more_than_one_slice_is_forgotten(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_SLICE", 2)
    for number in range(5):
        arrived(merchant, f"dead {number}", state=InboundState.DEAD, ago=OLD)
        arrived(merchant, f"applied {number}", state=InboundState.APPLIED, ago=OLD)

    assert retention.prune(now=clock.now(), keep=timedelta(days=396)) == 5

    assert kept() == [f"dead {number}" for number in range(5)]


def test_the_setting_decides_how_long(merchant: Merchant, settings: Settings) -> None:
    arrived(merchant, "old", state=InboundState.IGNORED, ago=timedelta(days=3))
    settings.INBOX_KEEP_DAYS = 2

    prune_webhooks()

    assert kept() == []

"""What a scrape says of webhooks out: how tries ended, and what waits and since when."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from prometheus_client import REGISTRY

from common import clock
from events.metrics import WaitingCollector
from events.services import pausing, sending
from tenants.models import Tenant
from tests.events.making import Hooked, hook_up, tell, told
from tests.events.receiver import Receiver


def waiting() -> dict[str, float]:
    return {metric.name: metric.samples[0].value for metric in WaitingCollector().collect()}


def test_tries_are_counted_by_how_they_ended_and_measured(tenant: Tenant, hooked: Hooked, receiver: Receiver) -> None:
    def counted(result: str) -> float:
        return REGISTRY.get_sample_value("webhook_deliveries_total", {"result": result}) or 0

    before = counted("delivered"), counted("refused"), REGISTRY.get_sample_value("webhook_delivery_seconds_count") or 0
    told(tenant)
    sending.deliver()
    receiver.status = 500
    told(tenant)
    sending.deliver()

    assert (counted("delivered"), counted("refused")) == (before[0] + 1, before[1] + 1)
    assert REGISTRY.get_sample_value("webhook_delivery_seconds_count") == before[2] + 2


def test_what_waits_is_counted_with_the_age_of_the_oldest(tenant: Tenant, hooked: Hooked) -> None:
    now = clock.now()
    told(tenant, now=now - timedelta(minutes=10))
    told(tenant, now=now - timedelta(minutes=5))
    tell(tenant, now=now - timedelta(minutes=2))
    paused = hook_up(tenant, "http://127.0.0.1:9/other")
    pausing.pause(paused.endpoint.pk, now=now)

    found = waiting()

    assert (found["webhook_deliveries_waiting"], found["webhook_endpoints_paused"]) == (2, 1)
    assert found["outbox_undispatched"] == 2
    assert 590 < found["webhook_oldest_waiting_seconds"] < 660
    assert 110 < found["outbox_oldest_seconds"] < 180


def test_nothing_waiting_is_zero(db: None) -> None:
    assert set(waiting().values()) == {0}


def test_a_scrape_shows_them(db: None) -> None:
    page = Client().get("/metrics").content.decode()

    for name in ("webhook_deliveries_waiting", "webhook_delivery_seconds_bucket", "outbox_oldest_seconds"):
        assert name in page


def test_a_database_that_is_away_fails_no_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DatabaseError

    monkeypatch.setattr("events.metrics.connection.cursor", fail)

    assert list(WaitingCollector().collect()) == []

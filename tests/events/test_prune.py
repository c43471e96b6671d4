"""Deliveries are forgotten after their retention, with their tries; events are not."""

from datetime import timedelta

from pytest_django.fixtures import Settings

from events.models import Delivery, DeliveryTry, OutboxEvent
from events.services.prune import prune
from tenants.models import Tenant
from tests.events.making import Hooked, send_once, told
from tests.support.factories import NOON


def test_what_is_past_its_retention_goes_a_batch_at_a_time(tenant: Tenant, hooked: Hooked, settings: Settings) -> None:
    settings.WEBHOOK_RETENTION_DAYS = 30
    for days in (40, 35, 31, 29, 1):
        told(tenant, subject_id=days, now=NOON - timedelta(days=days))
    send_once(now=NOON, result="delivered", status=200)

    assert prune(now=NOON, batch=2) == 3

    assert sorted(Delivery.objects.values_list("event__subject_id", flat=True)) == [1, 29]
    assert DeliveryTry.objects.exclude(delivery__in=Delivery.objects.all()).count() == 0
    assert OutboxEvent.objects.count() == 5
    assert prune(now=NOON, batch=2) == 0

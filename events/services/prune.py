"""Deliveries are forgotten after their retention; the events themselves stay."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from events.models import Delivery, DeliveryTry


def prune(*, now: datetime, batch: int = 2_000) -> int:
    """Remove the oldest, a batch at a time, whatever became of them. Returns how many."""
    before = now - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    removed = 0
    while True:
        # Made in the order of their ids, near enough: the first that is young ends the search.
        oldest = list(Delivery.objects.order_by("id").values_list("id", "created_at")[:batch])
        old = [pk for pk, created_at in oldest if created_at < before]
        with transaction.atomic(durable=True):
            DeliveryTry.objects.filter(delivery_id__in=old).delete()
            count, _ = Delivery.objects.filter(pk__in=old).delete()
        removed += count
        if len(old) < batch:
            return removed

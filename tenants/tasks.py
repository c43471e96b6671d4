"""Housekeeping of what callers sent."""

from celery import shared_task

from common import clock
from common.jobs import once_per_period
from tenants.idempotency import prune


@shared_task
@once_per_period(seconds=3600)
def prune_idempotency() -> None:
    prune(now=clock.now())

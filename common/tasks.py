"""Housekeeping of what is known about jobs and tasks."""

from celery import shared_task

from common import clock, failures
from common.jobs import once_per_period


@shared_task
@once_per_period(seconds=3600)
def prune_records() -> None:
    failures.prune(now=clock.now())

"""Housekeeping of what gateways sent."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from common import clock
from gateways.retention import prune


@shared_task
def prune_webhooks() -> None:
    prune(now=clock.now(), keep=timedelta(days=settings.INBOX_KEEP_DAYS))

"""Periodic work of events out; each is safe to run twice and in two places at once."""

from celery import shared_task

from common import clock
from common.queue import wake
from events.services import dispatch, sending, streaming
from events.services.prune import prune

_DELIVER_TASK = "events.tasks.deliver_webhooks"


@shared_task
def dispatch_events() -> None:
    if dispatch.dispatch(now=clock.now()):
        wake(_DELIVER_TASK)


@shared_task
def deliver_webhooks() -> None:
    sending.deliver()


@shared_task
def publish_stream() -> None:
    streaming.publish(now=clock.now())


@shared_task
def prune_deliveries() -> None:
    prune(now=clock.now())

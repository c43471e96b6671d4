"""The Celery application, and every periodic job of the service on one screen.

No task is queued for later than now: what waits for a time waits in a row, and a periodic job finds it. Losing all
that the broker holds therefore loses nothing, and delivering it twice does nothing twice.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_failure, task_prerun, task_unknown, worker_shutting_down
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payments_project.settings.local")

app = Celery("payments_project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Which worker does what: webhooks never wait behind calls to a slow gateway.
QUEUES: dict[str, str] = {
    "reconciliation.tasks.settle_inbox": "settle",
    "reconciliation.tasks.sweep_attempts": "gateways",
    "payments.tasks.run_claim": "gateways",
    "reconciliation.tasks.verify_books": "default",
    "common.tasks.prune_records": "default",
    "tenants.tasks.prune_idempotency": "default",
    "events.tasks.dispatch_events": "events",
    "events.tasks.deliver_webhooks": "events",
    "events.tasks.publish_stream": "events",
    "events.tasks.prune_deliveries": "default",
    "gateways.tasks.prune_webhooks": "default",
}
app.conf.task_routes = {task: {"queue": queue} for task, queue in QUEUES.items()}

# Jobs of seconds claim rows, so that a second beat finds nothing left to do; the longer ones are taken once per period
# (common/jobs.py) or remove what is old, which is gone the second time.
# Written into the database by beat when it starts, and shown in the console from there.
PERIODIC_JOBS: dict[str, tuple[str, int]] = {
    "Settle webhooks nobody woke us for": ("reconciliation.tasks.settle_inbox", 1),
    "Ask gateways about open attempts": ("reconciliation.tasks.sweep_attempts", 2),
    "Verify the books": ("reconciliation.tasks.verify_books", 900),
    "Forget old idempotency keys": ("tenants.tasks.prune_idempotency", 3600),
    "Make deliveries of new events": ("events.tasks.dispatch_events", 1),
    "Send webhooks that are due": ("events.tasks.deliver_webhooks", 2),
    "Publish events to the stream": ("events.tasks.publish_stream", 2),
    "Forget old failures and runs": ("common.tasks.prune_records", 3600),
    "Forget old deliveries": ("events.tasks.prune_deliveries", 3600),
    "Forget old webhooks of gateways": ("gateways.tasks.prune_webhooks", 3600),
}
app.conf.beat_schedule = {
    # A run that could not start in time is dropped: the next one does its work.
    name: {"task": task, "schedule": seconds, "options": {"expires": max(seconds * 2, 10)}}
    for name, (task, seconds) in PERIODIC_JOBS.items()
}


@task_prerun.connect
def _drop_broken_connections(**_kwargs: object) -> None:
    """A connection that failed in the last task is opened anew; without this a worker would outlive its database."""
    close_old_connections()


@worker_shutting_down.connect
def _claim_no_more(**_kwargs: object) -> None:
    """What is under way is finished and written down; the rest is left to other workers."""
    from common import stopping
    from events.services import sending

    stopping.ask()
    sending.stop()


@task_failure.connect
def _show_to_people(
    sender: Any = None, exception: BaseException | None = None, kwargs: dict[str, object] | None = None, **_rest: object
) -> None:
    from common import clock, failures

    if exception is not None:
        failures.record(task=sender.name, arguments=kwargs or {}, error=exception, now=clock.now())


@task_unknown.connect
def _show_what_nobody_knows(name: str = "", exc: BaseException | None = None, **_rest: object) -> None:
    """A task of another release. It was a wake-up only: this release's own jobs do the work."""
    from common import clock, failures

    failures.record(task=name, arguments={}, error=exc or KeyError(), now=clock.now())


@setup_logging.connect
def _keep_our_logging(**_kwargs: object) -> None:
    """Celery would replace the log configuration of the settings; a receiver is its way of being told not to."""

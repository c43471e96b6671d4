"""Periodic work of reconciliation; each is safe to run twice and in two places at once.

Settling and the sweep claim rows: a second run at the same time gets other rows or none, so they need no period.
"""

from celery import shared_task

from common import clock
from common.jobs import once_per_period
from reconciliation import apply, invariants, sweep

# Longer than common.queue.wake waits between two wake-ups of one process.
LINGER_SECONDS = 0.35
# A task ends well before its time limit; the next one goes on.
DRAIN_SECONDS_MAX = 30.0


@shared_task
def settle_inbox() -> None:
    apply.drain_inbox(linger_seconds=LINGER_SECONDS, seconds_max=DRAIN_SECONDS_MAX)


@shared_task
def sweep_attempts() -> None:
    sweep.sweep(now=clock.now())


@shared_task
@once_per_period(seconds=900)
def verify_books() -> None:
    invariants.verify_books(now=clock.now())

"""How the domain asks for work later: by the name of a task and ids, after the commit, and never as the only record.

Losing such a message loses nothing: PostgreSQL holds the truth and a periodic job finds what was not done.
"""

import logging
from collections.abc import Mapping

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from common import clock

logger = logging.getLogger(__name__)


def enqueue(task: str, **ids: int | str) -> None:
    """Send the task now. A broker that is away is logged and forgotten: the sweeper does the work."""
    _send(task, ids, expires_seconds=None)


# A broker that swallows connections would hold up every request for its time-out.
_LEFT_ALONE_SECONDS = 3.0
_away_until = 0.0


def _send(task: str, ids: Mapping[str, int | str], *, expires_seconds: int | None) -> None:
    global _away_until  # noqa: PLW0603 - what this process last saw of the broker
    if clock.monotonic() < _away_until:
        return
    try:
        current_app.send_task(task, kwargs=dict(ids), retry=False, expires=expires_seconds)
    except (OperationalError, OSError) as error:
        _away_until = clock.monotonic() + _LEFT_ALONE_SECONDS
        logger.warning(
            "broker unreachable, work waits for the sweeper", extra={"task": task, "reason": type(error).__name__}
        )


def enqueue_after_commit(task: str, **ids: int | str) -> None:
    """Send the task once the open transaction has committed; at once when none is open."""
    transaction.on_commit(lambda: enqueue(task, **ids))


_WAKE_SECONDS = 0.2
_WAKE_EXPIRES_SECONDS = 5
_woken_at: dict[str, float] = {}


def wake(task: str) -> None:
    """Ask for a task at most five times a second from this process. It lingers longer, so nothing is missed."""
    now = clock.monotonic()
    if now - _woken_at.get(task, 0.0) >= _WAKE_SECONDS:
        _woken_at[task] = now
        # While a worker is at it nobody takes the wake-ups: old ones must not pile up behind it.
        _send(task, {}, expires_seconds=_WAKE_EXPIRES_SECONDS)

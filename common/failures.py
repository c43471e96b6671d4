"""Tasks that failed, written down for people. Never the only copy of work: that is in the rows a task works on."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from traceback import extract_tb
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from common.database import drop_stale_connection
from common.models import JobRun, TaskFailure

logger = logging.getLogger(__name__)

RETENTION = timedelta(days=30)

_RECORD = """
INSERT INTO common_taskfailure (task, about, error, times, first_failed_at, last_failed_at)
VALUES (%(task)s, %(about)s, %(error)s, 1, %(now)s, %(now)s)
ON CONFLICT (task, about, error)
DO UPDATE SET times = common_taskfailure.times + 1, last_failed_at = excluded.last_failed_at
"""


def record(*, task: str, arguments: Mapping[str, object], error: BaseException, now: datetime) -> None:
    """Count one failure. A database that is away is no second failure: the log has the first."""
    drop_stale_connection(error)
    about = " ".join(f"{name}={value}" for name, value in sorted(arguments.items()) if name.endswith("_id"))
    said: dict[str, str | datetime] = {
        "task": task[:100],
        "about": about[:200],
        "error": _kind_and_place(error)[:200],
        "now": now,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, said)
    except (DatabaseError, InterfaceError) as away:
        logger.warning("a failed task could not be recorded", extra={"task": task, "reason": type(away).__name__})


def prune(*, now: datetime) -> None:
    """Forget what nobody asks about any more."""
    TaskFailure.objects.filter(last_failed_at__lt=now - RETENTION).delete()
    JobRun.objects.filter(period_from__lt=now - RETENTION).delete()


def _kind_and_place(error: BaseException) -> str:
    place = _last_place_of_ours(error.__traceback__)
    return f"{type(error).__name__} at {place}" if place else type(error).__name__


def _last_place_of_ours(trace: TracebackType | None) -> str:
    root = Path(settings.BASE_DIR)
    ours = [
        frame
        for frame in extract_tb(trace)
        if Path(frame.filename).is_relative_to(root) and "site-packages" not in frame.filename
    ]
    return f"{Path(ours[-1].filename).relative_to(root)}:{ours[-1].lineno} {ours[-1].name}" if ours else ""

"""Jobs that run once per period, however many beats there are and whatever their clocks say.

The first who inserts the row of (job, period) runs; everybody else finds it and returns. Who dies in the middle leaves
the rest to the next period. Jobs of every second or two do not need this: they claim rows, and what one has claimed
the other does not get.
"""

from collections.abc import Callable
from functools import wraps

from django.db import connection

# Rows are told apart by the clock of the database alone. A clock that was set back finds the later period taken.
_TAKE = """
WITH now AS (
    SELECT clock_timestamp() AS at,
           date_bin(make_interval(secs => %(seconds)s), clock_timestamp(), 'epoch') AS period_from
)
INSERT INTO common_jobrun (job, period_from, started_at)
SELECT %(job)s::varchar, now.period_from, now.at FROM now
WHERE NOT EXISTS (SELECT 1 FROM common_jobrun r WHERE r.job = %(job)s::varchar AND r.period_from >= now.period_from)
ON CONFLICT (job, period_from) DO NOTHING
RETURNING id
"""
_FINISH = "UPDATE common_jobrun SET finished_at = clock_timestamp() WHERE id = %s"


def once_per_period(*, seconds: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Decorate the function of a periodic task. `seconds` is its schedule, see `payments_project/celery.py`."""

    def decorate(work: Callable[[], None]) -> Callable[[], None]:
        job = f"{work.__module__}.{work.__name__}"

        @wraps(work)
        def run() -> None:
            taken = _take(job, seconds=seconds)
            if taken is not None:
                work()
                _finish(taken)

        run.period_seconds = seconds  # type: ignore[attr-defined]
        return run

    return decorate


def _take(job: str, *, seconds: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"job": job, "seconds": seconds})
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _finish(run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [run_id])

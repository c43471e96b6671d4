"""When the gateway is asked next about an attempt. Every open attempt has such a time."""

from datetime import datetime, timedelta

from django.conf import settings

_LONGEST = timedelta(hours=6)
# A fifth longer at most.
_SPREAD_PARTS, _SPREAD_WHOLE = 1_000, 5_000
# Neighbours are far apart when ids are multiplied by the golden ratio.
_GOLDEN_PARTS = 618


def lease_until(now: datetime) -> datetime:
    """When a sender that has not concluded is taken to be dead."""
    return now + timedelta(seconds=settings.LEASE_SECONDS)


def first_check_at(now: datetime, *, expires_at: datetime) -> datetime:
    return min(now + timedelta(seconds=settings.FIRST_CHECK_SECONDS), expires_at)


def next_check_at(
    now: datetime,
    *,
    checks: int,
    expires_at: datetime,
    attempt_id: int = 0,
    retry_after: timedelta | None = None,
) -> datetime:
    """Twice as long after every check, to six hours at most; never past the moment the payment expires.

    Attempts that fell into the same outage are not asked about in the same moment. A gateway that asked to be left
    alone is left alone for as long, and a little longer.
    """
    wait = min(timedelta(seconds=settings.FIRST_CHECK_SECONDS) * 2 ** min(checks, 12), _LONGEST)
    due = now + _spread(wait, attempt_id)
    if expires_at > now:
        due = min(due, expires_at)
    return due if retry_after is None else max(due, now + _spread(retry_after, attempt_id))


def _spread(wait: timedelta, attempt_id: int) -> timedelta:
    """A little longer, by a part of its own for each attempt."""
    return wait + wait * (attempt_id * _GOLDEN_PARTS % _SPREAD_PARTS) / _SPREAD_WHOLE

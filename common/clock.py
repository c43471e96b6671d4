"""The only reader of the system clock. Entry points ask here once and pass the time in."""

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    return datetime.now(UTC)


def now_for(offset_seconds: int) -> datetime:
    """The time of a tenant whose sandbox clock was moved by `offset_seconds`."""
    return now() + timedelta(seconds=offset_seconds)


def monotonic() -> float:
    """Seconds for measuring durations and deadlines; never a date."""
    return time.monotonic()


def epoch() -> int:
    """Whole seconds since 1970, for signatures and tokens that carry a time stamp."""
    return int(time.time())


def pause(seconds: float) -> None:
    time.sleep(seconds)

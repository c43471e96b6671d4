"""When a delivery is tried again: the schedule that Standard Webhooks 1.0.0 names, some 75 hours in ten tries."""

from datetime import timedelta

# Before the first try, the second, and so on.
SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER_PERMILLE_MAX = 100


def wait_after(tries: int, *, jitter_permille: int) -> timedelta | None:
    """How long to wait after so many failed tries, up to a tenth longer by the jitter; None when it is given up."""
    if tries >= len(SCHEDULE):
        return None
    return SCHEDULE[tries] * (1000 + jitter_permille) // 1000

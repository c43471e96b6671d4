"""When a delivery is tried again: the schedule that Standard Webhooks 1.0.0 names, some 75 hours in ten tries.

WEBHOOK_RETRY_SECONDS may name another.
"""

from datetime import timedelta

from django.conf import settings

# Before the first try, the second, and so on.
SCHEDULE = (timedelta(0), *(timedelta(seconds=seconds) for seconds in settings.WEBHOOK_RETRY_SECONDS))
JITTER_PERMILLE_MAX = 100


def wait_after(tries: int, *, jitter_permille: int) -> timedelta | None:
    """How long to wait after so many failed tries, up to a tenth longer by the jitter; None when it is given up."""
    if tries >= len(SCHEDULE):
        return None
    return SCHEDULE[tries] * (1000 + jitter_permille) // 1000

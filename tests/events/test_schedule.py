"""The schedule of Standard Webhooks: ten tries in some 75 hours, spread a little, then no more."""

from datetime import timedelta

import pytest

from events.schedule import JITTER_PERMILLE_MAX, SCHEDULE, wait_after


def test_the_schedule_is_the_one_of_the_specification() -> None:
    seconds = [round(wait.total_seconds()) for wait in SCHEDULE]

    assert seconds == [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize("tries", range(1, 10))
def test_a_failed_try_is_followed_by_the_next_at_most_a_tenth_later(tries: int) -> None:
    assert wait_after(tries, jitter_permille=0) == SCHEDULE[tries]
    assert wait_after(tries, jitter_permille=JITTER_PERMILLE_MAX) == SCHEDULE[tries] * 11 / 10


def test_after_the_tenth_there_is_none() -> None:
    assert wait_after(10, jitter_permille=0) is None

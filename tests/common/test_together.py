"""Writing together: who comes while another writes is written with the next, and nobody pays for another's error."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import connection, transaction

from common.together import Together
from tests.support.simulator import wait_until
from tests.support.threads import raised, together

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 6


class Desk:
    """Doubles numbers. The first batch, and every batch with `stuck`, stays until it is let go."""

    def __init__(self, *, stuck: int = -1, wrong: int = -1) -> None:
        self.batches: list[list[int]] = []
        self.first_may_go = threading.Event()
        self.stuck_may_go = threading.Event()
        self._stuck = stuck
        self._wrong = wrong

    def work(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if len(self.batches) == 1:
            self.first_may_go.wait(timeout=20)
        if self._stuck in numbers:
            self.stuck_may_go.wait(timeout=20)
        if self._wrong in numbers:
            raise ValueError(f"{self._wrong} cannot be doubled")
        return [2 * number for number in numbers]


def callers_of(writing: Together[int, int]) -> list[Callable[[], int]]:
    return [partial(writing, number) for number in range(1, CALLERS + 1)]


def let_go_when_all_wait(desk: Desk, writing: Together[int, int]) -> None:
    def let_go() -> None:
        wait_until(lambda: len(writing._waiting) == CALLERS - 1)
        desk.first_may_go.set()

    threading.Thread(target=let_go).start()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody goes ahead on his own in these tests, however slow the machine."""
    monkeypatch.setattr("common.together._PATIENCE_SECONDS", 60.0)


@pytest.mark.usefixtures("patient")
def test_who_comes_meanwhile_is_written_by_the_next_in_one_go() -> None:
    desk = Desk()
    writing = Together(desk.work)
    let_go_when_all_wait(desk, writing)

    results = together(callers_of(writing))

    assert results == [2, 4, 6, 8, 10, 12]
    assert [len(batch) for batch in desk.batches] == [1, CALLERS - 1]


def test_a_lone_caller_waits_for_nobody() -> None:
    desk = Desk()
    desk.first_may_go.set()
    writing = Together(desk.work)

    assert [writing(1), writing(2)] == [2, 4]
    assert desk.batches == [[1], [2]]


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("wrong", range(1, CALLERS + 1))
def test_the_error_of_one_reaches_no_other(wrong: int) -> None:
    desk = Desk(wrong=wrong)
    writing = Together(desk.work)
    let_go_when_all_wait(desk, writing)

    results = together(callers_of(writing))

    assert [str(error) for error in raised(results)] == [f"{wrong} cannot be doubled"]
    assert results[wrong - 1] in raised(results)
    assert [result for result in results if isinstance(result, int)] == [
        2 * number for number in range(1, CALLERS + 1) if number != wrong
    ]


def test_nobody_waits_long_for_a_writing_that_hangs() -> None:
    """One item of one tenant waits for a lock: those of the others go on without it."""
    desk = Desk(stuck=0)
    desk.first_may_go.set()
    writing = Together(desk.work)
    hanging = threading.Thread(target=lambda: writing(0))
    hanging.start()
    wait_until(lambda: desk.batches == [[0]])
    try:
        assert together(callers_of(writing)) == [2, 4, 6, 8, 10, 12]
        assert hanging.is_alive()
    finally:
        desk.stuck_may_go.set()
        hanging.join(timeout=20)
    assert writing(7) == 14
    assert (writing._under_way, len(writing._waiting)) == (0, 0)


@pytest.mark.usefixtures("patient")
def test_what_is_written_in_a_transaction_stays_in_it() -> None:
    """It commits or not with the rest of that transaction, so nobody else may write it or be written with it."""

    def work(numbers: Sequence[int]) -> list[bool]:
        return [connection.in_atomic_block for _ in numbers]

    writing = Together(work)
    writing._under_way = 1
    with transaction.atomic():
        assert writing(1) is True


@pytest.mark.usefixtures("patient")
def test_no_call_is_lost_or_mixed_up_among_many() -> None:
    desk = Desk()
    desk.first_may_go.set()
    writing = Together(desk.work)

    def many(first: int) -> list[int]:
        return [writing(number) for number in range(first, first + 200)]

    results = together([partial(many, first) for first in range(0, 1_600, 200)])

    assert results == [[2 * number for number in range(first, first + 200)] for first in range(0, 1_600, 200)]
    assert sorted(number for batch in desk.batches for number in batch) == list(range(1_600))
    assert (writing._under_way, len(writing._waiting)) == (0, 0)

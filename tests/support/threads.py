"""Many callers at once, each with a connection of its own, all let go at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def together(jobs: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """What each returned or raised, in the order of the jobs."""
    gate = threading.Barrier(len(jobs))
    results: list[Result | Exception] = [RuntimeError("never ran")] * len(jobs)

    def run(number: int) -> None:
        try:
            gate.wait(timeout=30)
            results[number] = jobs[number]()
        except Exception as error:  # noqa: BLE001  # a thread's failure belongs to the test that started it
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def raised(results: Sequence[object], kind: type[Exception] = Exception) -> list[Exception]:
    return [result for result in results if isinstance(result, kind)]

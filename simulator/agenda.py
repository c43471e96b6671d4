"""Work to be done at a time: a heap of due moments and a few threads that take what is due."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

Job = Callable[[], None]

logger = logging.getLogger("simulator.agenda")


class Agenda:
    def __init__(self, *, name: str, threads: int, farewell: Job | None = None) -> None:
        """`farewell` is called once by each thread when it ends."""
        self._farewell = farewell
        self._heap: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._running = 0
        self._stopping = False
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def add(self, job: Job, *, delay_seconds: float = 0.0) -> None:
        with self._changed:
            heapq.heappush(self._heap, (time.monotonic() + delay_seconds, next(self._order), job))
            self._changed.notify()

    def clear(self) -> None:
        with self._changed:
            self._heap.clear()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._heap.clear()
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Jobs that are due later or being done now."""
        with self._changed:
            return len(self._heap) + self._running

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:
                logger.exception("a timed job failed")
            finally:
                with self._changed:
                    self._running -= 1
        if self._farewell is not None:
            self._farewell()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._stopping:
                if self._heap and (left := self._heap[0][0] - time.monotonic()) <= 0:
                    self._running += 1
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(left if self._heap else None)
            return None

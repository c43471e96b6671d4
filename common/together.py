"""What several threads of a process want written at the same time goes to PostgreSQL as one statement and one commit.

A lone request is not held up: who comes while nobody writes does so at once. Who comes meanwhile waits, and the first
of those writes for all of them. Nobody waits for company, nor long for others: where a writing hangs, the next begins.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from django.db import connection

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

_ITEMS_MAX = 50
# Longer than a commit takes, unless it waits for a lock that somebody holds.
_PATIENCE_SECONDS = 0.1


@dataclass(slots=True, eq=False)
class _Entry(Generic[Item, Result]):
    """What one thread brought; its bell rings when another has written it, or when it is this thread's turn to."""

    item: Item
    bell: threading.Lock = field(default_factory=threading.Lock)
    is_taken: bool = False
    is_written: bool = False
    result: Result | None = None


class Together(Generic[Item, Result]):
    """Calls `work` with the items of several threads; it returns a result for each, in the order given.

    `work` must be one transaction, and lead to the same when it is done again: where it fails for several, each thread
    does its own alone, so that one item's error reaches no other.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._guard = threading.Lock()
        self._waiting: deque[_Entry[Item, Result]] = deque()
        self._under_way = 0

    def __call__(self, item: Item) -> Result:
        """The result for this item. Raises what `work` raises for it alone."""
        if connection.in_atomic_block:
            # It belongs to the caller's transaction and so to no other.
            return self._work([item])[0]
        mine: _Entry[Item, Result] = _Entry(item)
        if self._is_next(mine):
            self._write(mine)
        return cast("Result", mine.result) if mine.is_written else self._work([item])[0]

    def _is_next(self, mine: _Entry[Item, Result]) -> bool:
        """Wait while others write. Whether this thread is the one to write then; else it was taken along."""
        with self._guard:
            if not self._under_way:
                self._under_way += 1
                return True
            mine.bell.acquire()
            self._waiting.append(mine)
        if not mine.bell.acquire(timeout=_PATIENCE_SECONDS):
            with self._guard:
                if mine in self._waiting:
                    self._waiting.remove(mine)
                    self._under_way += 1
                    return True
            mine.bell.acquire()
        return not mine.is_taken

    def _write(self, mine: _Entry[Item, Result]) -> None:
        """Write this thread's and all that wait, then leave it to the next who does."""
        with self._guard:
            others = [self._waiting.popleft() for _ in range(min(len(self._waiting), _ITEMS_MAX - 1))]
            for entry in others:
                entry.is_taken = True
        entries = [mine, *others]
        try:
            for entry, result in zip(entries, self._work([entry.item for entry in entries]), strict=True):
                entry.result, entry.is_written = result, True
        except Exception as error:
            if not others:
                raise
            logger.warning(
                "what several wanted written failed, each does its own",
                extra={"rows": len(entries), "reason": type(error).__name__},
            )
        finally:
            self._leave()
            for entry in others:
                entry.bell.release()

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().bell.release()
            else:
                self._under_way -= 1

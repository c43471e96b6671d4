"""Values a process may trust for a few seconds before it asks the database again."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from common import clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_all: list["Remembered"] = []


class Remembered(Generic[Key, Value]):
    """A small cache by key. `seconds` 0 remembers nothing. Dropped whole when it is full: it only saves time."""

    def __init__(self, *, seconds: float, entries_max: int = 10_000) -> None:
        self.seconds = seconds
        self.entries_max = entries_max
        self._entries: dict[Key, tuple[float, Value]] = {}
        _all.append(self)

    def get(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > clock.monotonic() else None

    def put(self, key: Key, value: Value, *, seconds: float | None = None) -> Value:
        if len(self._entries) >= self.entries_max:
            self._entries.clear()
        self._entries[key] = (clock.monotonic() + (self.seconds if seconds is None else seconds), value)
        return value

    def get_or_load(self, key: Key, load: Callable[[], Value]) -> Value:
        value = self.get(key)
        return self.put(key, load()) if value is None else value

    def clear(self) -> None:
        self._entries.clear()


def forget_everything() -> None:
    """Empty every cache of this process; for tests, whose database forgets too."""
    for cache in _all:
        cache.clear()

"""How many forged webhooks one source may send to one address before it is no longer listened to for a while.

Per process and in memory: it saves work and keeps the log readable, nothing depends on it. Counted by the webhook
address as well, so that whoever has a gateway send rubbish to an address he knows does not close all others to it.
"""

import threading
from collections.abc import Callable

from django.conf import settings

from common import clock, sources
from common.sources import Address

_SOURCES_MAX = 10_000
_MINUTE = 60.0


class Patience:
    """A bucket for each source: every forgery takes one out, a minute fills it again."""

    def __init__(self, *, now: Callable[[], float] = clock.monotonic) -> None:
        self._now = now
        self._left: dict[tuple[str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def is_at_end(self, address: Address | None, path: str) -> bool:
        return self._is_counted(address) and self._remaining(_key(address, path)) < 1

    def note_forgery(self, address: Address | None, path: str) -> None:
        if not self._is_counted(address):
            return
        key = _key(address, path)
        with self._lock:
            if len(self._left) >= _SOURCES_MAX and key not in self._left:
                self._left.clear()
            self._left[key] = (max(self._remaining(key) - 1, 0), self._now())

    def forget(self) -> None:
        self._left.clear()

    def _remaining(self, key: tuple[str, str]) -> float:
        most = float(settings.WEBHOOK_FORGERIES_PER_MINUTE)
        left, at = self._left.get(key, (most, 0.0))
        return min(left + (self._now() - at) * most / _MINUTE, most)

    @staticmethod
    def _is_counted(address: Address | None) -> bool:
        # A proxy of ours that the settings do not count would make everybody one source.
        return settings.WEBHOOK_FORGERIES_PER_MINUTE > 0 and not sources.is_our_own(address)


def _key(address: Address | None, path: str) -> tuple[str, str]:
    assert address is not None, "only known sources are counted"
    return sources.site_of(address), path


patience = Patience()

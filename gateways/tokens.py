"""Access tokens: one per account of a process, renewed before it ends by one thread while the others wait.

A token that could not be had means that the business call was not sent, whatever became of the call for the token.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from common import clock
from gateways.errors import NoAnswer, NotSent
from gateways.http import HttpAnswer

_KEPT_MAX = 1_000
# A little longer than one call for a token may take: who waits for it must not wait for ever.
_WAIT_SECONDS_MAX = 45.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """A token as the gateway gave it. `seconds` is how long we use it; at 0 it serves the one call it was for."""

    text: str = field(repr=False)
    seconds: float


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    text: str = field(default="", repr=False)
    good_until: float = 0.0
    failure: NotSent | None = None
    failed_at: float = 0.0


class Tokens:
    """The tokens of one process. A key is made by `key_of` from all that another account would have otherwise."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._guard = threading.Lock()

    def call(
        self,
        key: str,
        *,
        fetch: Callable[[], Fetched],
        send: Callable[[str], HttpAnswer],
        is_refused: Callable[[HttpAnswer], bool],
    ) -> HttpAnswer:
        """Send with a token; when it was refused, which executed nothing, once more with a fresh one."""
        token = self.get(key, fetch)
        answer = send(token)
        if not is_refused(answer):
            return answer
        self.drop(key, token)
        return send(self.get(key, fetch))

    def get(self, key: str, fetch: Callable[[], Fetched]) -> str:
        """The token of this key; `fetch` is called at most once at a time. Raises NotSent."""
        slot = self._slot(key)
        if slot.good_until > (asked_at := clock.monotonic()):
            return slot.text
        if not slot.lock.acquire(timeout=_WAIT_SECONDS_MAX):
            raise NotSent("token_unavailable", "another call for a token takes too long")
        try:
            if slot.good_until > clock.monotonic():
                return slot.text
            if slot.failure is not None and slot.failed_at > asked_at:
                # It failed for the one we waited for; a hundred waiting threads must not ask one after the other.
                raise NotSent(slot.failure.reason, slot.failure.detail)
            return _renew(slot, fetch)
        finally:
            slot.lock.release()

    def drop(self, key: str, text: str) -> None:
        """Forget a token that was refused, unless another took its place meanwhile."""
        slot = self._slot(key)
        with slot.lock:
            if slot.text == text:
                slot.good_until = 0.0

    def _slot(self, key: str) -> _Slot:
        with self._guard:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            if len(self._slots) > _KEPT_MAX:
                self._slots.popitem(last=False)
            return slot


def key_of(*parts: str) -> str:
    """A digest, so that a dump of the table shows no credentials."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _renew(slot: _Slot, fetch: Callable[[], Fetched]) -> str:
    try:
        fetched = _fetched(fetch)
    except NotSent as failure:
        slot.failure, slot.failed_at = failure, clock.monotonic()
        raise
    slot.text, slot.failure = fetched.text, None
    slot.good_until = clock.monotonic() + fetched.seconds
    return slot.text


def _fetched(fetch: Callable[[], Fetched]) -> Fetched:
    try:
        return fetch()
    except NotSent:
        raise
    except NoAnswer as failure:
        raise NotSent("token_unavailable", f"the call for a token: {failure.reason}") from None


TOKENS = Tokens()
# A forked child starts anew: a lock that its parent held would never be given back.
os.register_at_fork(after_in_child=TOKENS.clear)

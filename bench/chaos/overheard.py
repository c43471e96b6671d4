"""What the simulator remembers for a while only, its newest calls and webhooks, written down before it forgets them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.shops import HINTING
from bench.chaos.simulator import Control

_LIES = frozenset({"wrong_amount", "wrong_currency", "wrong_reference", "live_mode_answer", "unknown_status"})
_KEPT_ERROR = "status_500_not_executed"
_AT_ONCE = 500
# What the simulator keeps of each; asked for more it gives no more.
_CALLS_MAX, _TRIES_MAX = 50_000, 2_000


@dataclass(slots=True)
class Overheard:
    """Call `listen` every few seconds: each time only what is new is asked for.

    `acknowledged` are ids of events for which a gateway was told that they are taken, `lied_about` references about
    which the simulator was told to lie, `lists_lied` the accounts of which it lied in a list, and `kept_errors` the
    references whose key a gateway answers with a kept error for a day.
    """

    acknowledged: set[str] = field(default_factory=set)
    lied_about: set[str] = field(default_factory=set)
    lists_lied: set[str] = field(default_factory=set)
    kept_errors: set[str] = field(default_factory=set)
    _calls_until: float = 0.0
    _tries_until: float = 0.0

    def listen(self, control: Control) -> None:
        """Raises ControlFailed; what was missed then is heard the next time."""
        calls, self._calls_until = _newer(control, "requests", "calls", since=self._calls_until, most=_CALLS_MAX)
        for call in calls:
            if call["fault"] in _LIES:
                self.lied_about |= {call["reference"]} - {""}
                # A list names no payment, and may hold any of its account.
                self.lists_lied |= set() if call["reference"] else {call["account"]}
            if call["fault"] == _KEPT_ERROR and call["gateway"] != HINTING:
                self.kept_errors |= {call["reference"]} - {""}
        tries, self._tries_until = _newer(control, "webhooks", "tries", since=self._tries_until, most=_TRIES_MAX)
        self.acknowledged |= {one["event"] for one in tries if one["result"] in ("200", "202", "204")}


def _newer(
    control: Control, path: str, name: str, *, since: float, most: int
) -> tuple[Iterable[dict[str, Any]], float]:
    """Entries of that moment and later, newest first, and the moment of the newest."""
    limit = _AT_ONCE
    while True:
        found: list[dict[str, Any]] = control.call("GET", f"/{path}?limit={limit}")[name]
        if len(found) < limit or found[-1]["at"] < since or limit >= most:
            return found, found[0]["at"] if found else since
        limit = min(limit * 4, most)

"""Keeps a set of children running: starts them in order, heals the ones that die, stops them in reverse order."""

import json
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType

from devstack.processes import Child
from devstack.terminal import say

_RESTARTS_MAX = 3
_RESTART_WINDOW_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """A person or the system asked the stack to stop. Not an Exception, so that nothing swallows it."""


def stop_on_signals() -> None:
    """Turn the first Ctrl-C, SIGTERM or hang-up into StopRequested; later ones do not disturb the stopping."""

    def request_stop(number: int, _frame: FrameType | None) -> None:
        for one in _STOP_SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise StopRequested(signal.Signals(number).name)

    for one in _STOP_SIGNALS:
        signal.signal(one, request_stop)


class RestartBudget:
    """At most three restarts in any minute; a fourth waits until the first is a minute old."""

    def __init__(self) -> None:
        self._restarts: deque[float] = deque(maxlen=_RESTARTS_MAX)

    def wait_seconds(self, *, now: float) -> float:
        if len(self._restarts) < _RESTARTS_MAX:
            return 0.0
        return max(0.0, self._restarts[0] + _RESTART_WINDOW_SECONDS - now)

    def spend(self, *, now: float) -> None:
        self._restarts.append(now)


class Supervisor:
    """The children of one stack. Use as a context manager: leaving it stops them all."""

    def __init__(self, *, pid_file: Path, is_quiet: bool = False) -> None:
        self._pid_file = pid_file
        self._is_quiet = is_quiet
        self._children: list[Child] = []
        self._budgets: dict[str, RestartBudget] = {}
        self._due: dict[str, float] = {}

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def start(self, starter: Callable[[], Child]) -> Child:
        """Start one more child, to be stopped before those that are here already."""
        child = starter()
        self._children.append(child)
        self._budgets[child.name] = RestartBudget()
        self._write_pids()
        return child

    def dead_children(self) -> list[Child]:
        return [child for child in self._children if not child.is_alive]

    def watch(self, *, each_turn: Callable[[], None]) -> None:
        """Heal the children that die, until StopRequested."""
        while True:
            each_turn()
            for child in self.dead_children():
                self._heal(child, now=time.monotonic())
            time.sleep(_PAUSE_SECONDS)

    def _heal(self, child: Child, *, now: float) -> None:
        if child.name not in self._due:
            self._announce_death(child, now=now)
        if now < self._due[child.name]:
            return
        del self._due[child.name]
        self._budgets[child.name].spend(now=now)
        child.reap()
        child.start()
        self._write_pids()
        say(f"{child.name} is running again as process {child.pid}.")

    def _announce_death(self, child: Child, *, now: float) -> None:
        wait = self._budgets[child.name].wait_seconds(now=now)
        self._due[child.name] = now + wait
        say(f"\n{child.name} (process {child.pid}) {child.ending()}. Its last lines:")
        for line in child.last_lines(count=6):
            say(f"    {line}")
        if wait:
            say(f"{child.name} died {_RESTARTS_MAX + 1} times within a minute; it is restarted in {wait:.0f} s.")

    def _stop(self) -> None:
        if not self._is_quiet:
            say("\nStopping …")
        while self._children:
            child = self._children.pop()
            # The ending is read first: a child that died by itself was not stopped by us.
            died = None if child.is_alive else child.ending()
            seconds = child.stop()
            if not self._is_quiet:
                say(f"  {child.name:<14}{died or f'stopped in {seconds:.1f} s'}")
        self._pid_file.unlink(missing_ok=True)

    def _write_pids(self) -> None:
        pids = {child.name: child.pid for child in self._children}
        draft = self._pid_file.with_suffix(".draft")
        draft.write_text(json.dumps(pids) + "\n")
        draft.replace(self._pid_file)

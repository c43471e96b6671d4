"""One child process: started in a session of its own, logging to a file, never outliving the stack."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.identity import OURSELVES, Identity

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and how to ask it to stop."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds_max: float = 8.0
    identity: Identity = OURSELVES


class Child:
    """A program that was started, and can be started again after it died."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.start()

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def start(self) -> None:
        program = self.program
        with program.log.open("ab") as log:
            program.log.chmod(0o600)
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [*program.identity.command_prefix, *program.command],
                env=dict(program.environment),
                cwd=program.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C reaches the stack only, which then stops its children in order.
                start_new_session=True,
                preexec_fn=die_with_parent(program.stop_signal),
                user=program.identity.user,
                group=program.identity.group,
                extra_groups=None if program.identity.user is None else [],
            )

    def stop(self) -> float:
        """Ask the program to end, insist after a while, and return the seconds it took."""
        started = time.monotonic()
        if self._process.poll() is None:
            self._process.send_signal(self.program.stop_signal)
            try:
                self._process.wait(self.program.stop_seconds_max)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.reap()
        return time.monotonic() - started

    def reap(self) -> None:
        """End what the program left behind in its session, e.g. web workers whose parent was killed."""
        # An error means that nobody is left in the session.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(5)

    def ending(self) -> str:
        """Say how the program ended: `ended with code 1`, `was killed by SIGKILL`."""
        code = self._process.poll()
        if code is None:
            return "is running"
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def last_lines(self, *, count: int = 15) -> list[str]:
        """Return the end of what the program wrote since it was started."""
        with self.program.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - 20_000))
            text = log.read().decode(errors="replace")
        return [line for line in text.splitlines() if line.strip()][-count:]


def die_with_parent(stop_signal: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """Make a child that is told to stop when its parent dies, however that happens (Linux only)."""
    parent = os.getpid()

    def prepare() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            # The parent died before the line above could take effect.
            os._exit(1)

    return prepare


def rotate_log(path: Path) -> Path:
    """Keep one earlier log beside the one that starts now."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and path.stat().st_size:
        path.replace(path.with_suffix(".previous.log"))
    path.touch(mode=0o600)
    return path

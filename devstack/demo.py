"""`make demo`: tell the demo's story against the running stack, starting one for the occasion when there is none."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devstack import folder as folders
from devstack import programs, running
from devstack.errors import ProgramFailed
from devstack.processes import die_with_parent
from devstack.supervisor import StopRequested, stop_on_signals
from devstack.terminal import say

_READY_SECONDS_MAX = 90
_STOP_SECONDS_MAX = 60


def demo(arguments: list[str]) -> int:
    """Run `manage.py demo` and return its exit code."""
    stop_on_signals()
    try:
        folder = folders.prepare(folders.default_path())
        if folders.is_held(folder):
            return _tell(arguments, environment=_wait_until_ready(folder, starter=None))
        with _own_stack(folder) as environment:
            return _tell(arguments, environment=environment)
    except StopRequested:
        return 128 + signal.SIGTERM


def _tell(arguments: list[str], *, environment: Mapping[str, str]) -> int:
    command = programs.manage("demo", *arguments)
    return subprocess.run(command, env={**os.environ, **environment}, cwd=folders.ROOT, check=False).returncode


@contextmanager
def _own_stack(folder: Path) -> Iterator[dict[str, str]]:
    """Run a stack in the background while the demo lasts."""
    log = folder / "run.log"
    say(f"No stack is running; starting one (its log: {log}) …")
    with log.open("wb") as output:
        log.chmod(0o600)
        stack = subprocess.Popen(
            [sys.executable, "-m", "devstack", "run"],
            cwd=folders.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
    try:
        yield _wait_until_ready(folder, starter=stack)
    finally:
        stack.terminate()
        stack.wait(_STOP_SECONDS_MAX)


def _wait_until_ready(folder: Path, *, starter: subprocess.Popen[bytes] | None) -> dict[str, str]:
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while time.monotonic() < deadline:
        environment = running.environment_of(folder)
        if environment is not None:
            return environment
        if starter is not None and starter.poll() is not None:
            raise _failed(f"The stack did not start (exit code {starter.returncode}):", folder=folder)
        time.sleep(0.1)
    raise _failed(f"The stack was not ready after {_READY_SECONDS_MAX} s:", folder=folder)


def _failed(sentence: str, *, folder: Path) -> ProgramFailed:
    log = folder / "run.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return ProgramFailed(sentence, last_lines=lines[-20:])

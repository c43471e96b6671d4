"""The stack of the crash tests: who is killed is gone with all it has started when the killing is over."""

import subprocess
import sys
from pathlib import Path

from bench.chaos.stack import Stack, _is_gone
from devstack.processes import Child, Program

_STARTS_ONE_MORE = (
    "import subprocess, sys, time;"
    "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True);"
    "print(inner.pid, flush=True); time.sleep(60)"
)


def test_who_is_killed_is_gone_with_all_it_has_started(tmp_path: Path) -> None:
    log = tmp_path / "odd.log"
    program = Program(
        name="odd", command=(sys.executable, "-c", _STARTS_ONE_MORE), environment={}, cwd=tmp_path, log=log
    )
    stack = Stack(folder=tmp_path, seed=7)
    stack._children["odd"] = child = Child(program)
    while not (told := log.read_text() if log.exists() else ""):
        pass

    stack.kill("odd")

    assert not child.is_alive
    assert _is_gone(int(told))


def test_who_runs_is_not_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        assert not _is_gone(running.pid)
        running.communicate(b"\n", timeout=30)

    assert _is_gone(running.pid)

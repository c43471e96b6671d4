"""Children: healed when they die, stopped in reverse order, and none outlives the stack."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from devstack import folder as folders
from devstack import running
from devstack.processes import Child, Program, rotate_log
from devstack.supervisor import RestartBudget, StopRequested, Supervisor
from devstack.tailing import Tail


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], Program]:
    def make(name: str, script: str) -> Program:
        return Program(
            name=name,
            command=("/bin/sh", "-c", script),
            environment={"PATH": os.environ["PATH"]},
            cwd=tmp_path,
            log=rotate_log(tmp_path / "logs" / f"{name}.log"),
        )

    return make


def _stop_once(is_so: Callable[[], bool]) -> Callable[[], None]:
    """Ask the supervisor to stop once something is so, or after ten seconds."""
    deadline = time.monotonic() + 10

    def look() -> None:
        if is_so() or time.monotonic() > deadline:
            raise StopRequested

    return look


@pytest.mark.row("H8")
def test_a_killed_child_is_named_and_started_again(
    tmp_path: Path, program: Callable[[str, str], Program], capsys: pytest.CaptureFixture[str]
) -> None:
    """H8: without hands."""
    with Supervisor(pid_file=tmp_path / "pids.json") as supervisor:
        child = supervisor.start(partial(Child, program("worker", "echo at work; exec sleep 60")))
        killed = child.pid
        _wait_for(lambda: child.last_lines() == ["at work"])
        os.kill(killed, signal.SIGKILL)

        with pytest.raises(StopRequested):
            supervisor.watch(each_turn=_stop_once(lambda: child.is_alive and child.pid != killed))

        assert child.is_alive
    said = capsys.readouterr().out
    assert f"worker (process {killed}) was killed by SIGKILL. Its last lines:\n    at work\n" in said
    assert "worker is running again as process " in said


def test_children_are_stopped_in_reverse_order(
    tmp_path: Path, program: Callable[[str, str], Program], capsys: pytest.CaptureFixture[str]
) -> None:
    with Supervisor(pid_file=tmp_path / "pids.json") as supervisor:
        for name in ("first", "second"):
            supervisor.start(partial(Child, program(name, "exec sleep 60")))

        assert (tmp_path / "pids.json").exists()

    said = capsys.readouterr().out
    assert said.index("second") < said.index("first")
    assert not (tmp_path / "pids.json").exists()


def test_what_a_killed_child_left_behind_is_ended(tmp_path: Path, program: Callable[[str, str], Program]) -> None:
    child = Child(program("web", f"sleep 60 & echo $! > {tmp_path}/orphan; wait"))
    _wait_for(lambda: (tmp_path / "orphan").exists() and (tmp_path / "orphan").read_text())
    orphan = int((tmp_path / "orphan").read_text())
    os.kill(child.pid, signal.SIGKILL)

    child.stop()

    _wait_for(lambda: not _is_running(orphan))


def test_a_child_that_will_not_stop_is_killed(program: Callable[[str, str], Program], tmp_path: Path) -> None:
    stubborn = program("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    child = Child(Program(**{name: getattr(stubborn, name) for name in stubborn.__slots__} | _IMPATIENT))
    _wait_for(lambda: child.last_lines() == ["ready"])

    child.stop()

    assert child.ending() == "was killed by SIGKILL"


def test_a_child_ends_when_the_stack_itself_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from devstack.processes import Child, Program;"
        "folder = pathlib.Path(sys.argv[1]);"
        "program = Program(name='x', command=('sleep', '60'), environment={}, cwd=folder, log=folder / 'x.log');"
        "print(Child(program).pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=folders.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        child = int(parent.stdout.readline())
        parent.kill()

    _wait_for(lambda: not _is_running(child))


def test_a_fourth_restart_within_a_minute_waits() -> None:
    budget = RestartBudget()
    for now in (100.0, 110.0, 120.0):
        assert budget.wait_seconds(now=now) == 0
        budget.spend(now=now)

    assert budget.wait_seconds(now=130.0) == 30.0
    assert budget.wait_seconds(now=160.0) == 0


def test_new_lines_carry_the_name_of_their_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "web.log"
    log.write_text("before\n")
    tail = Tail([("web", log)])

    with log.open("a") as file:
        file.write("whole\nhalf")
    tail.show_new_lines()

    assert capsys.readouterr().out == "web           | whole\n"


def test_a_running_stack_can_be_reached_until_it_stops(tmp_path: Path) -> None:
    environment = {"PUBLIC_URL": "http://127.0.0.1:8000", "HOME": "/somewhere"}
    with folders.held(tmp_path), running.announced(tmp_path, environment=environment):
        assert running.environment_of(tmp_path) == {"PUBLIC_URL": "http://127.0.0.1:8000"}

    assert running.environment_of(tmp_path) is None


_IMPATIENT = {"stop_seconds_max": 0.2}


def _wait_for(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        # An orphan that ended may stay listed as a zombie until the system collects it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

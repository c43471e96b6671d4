"""`python -m devstack exec`: one command beside an embedded database and broker, whose exit code is ours."""

import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from devstack import backing, environment, running, state
from devstack import folder as folders
from devstack.errors import StackError
from devstack.processes import die_with_parent
from devstack.supervisor import StopRequested, Supervisor, stop_on_signals


def execute(command: list[str], *, is_fresh: bool, is_durable: bool) -> int:
    """Run the command and return its exit code. Fresh: on an empty database that is removed afterwards."""
    stop_on_signals()
    try:
        base = folders.prepare(folders.default_path())
        if is_fresh:
            with folders.throw_away(base) as folder:
                return _with_own_stack(command, folder=folder, is_durable=is_durable)
        if folders.is_held(base):
            return _beside_running_stack(command, folder=base)
        return _with_own_stack(command, folder=base, is_durable=is_durable)
    except StopRequested:
        return 128 + signal.SIGTERM


def _with_own_stack(command: list[str], *, folder: Path, is_durable: bool) -> int:
    with folders.held(folder), Supervisor(pid_file=folder / "pids.json", is_quiet=True) as supervisor:
        running.forget(folder)
        kept = state.load(folder)
        back = backing.start_embedded(supervisor, folder=folder, state=kept, is_durable=is_durable)
        return _run(command, environment=_environment(back, state=kept, folder=folder))


def _beside_running_stack(command: list[str], *, folder: Path) -> int:
    kept = state.read(folder)
    back = backing.already_running(folder=folder, state=kept)
    return _run(command, environment=_environment(back, state=kept, folder=folder))


def _environment(back: backing.Backing, *, state: state.State, folder: Path) -> dict[str, str]:
    return environment.of_command(database=back.database, broker=back.broker, state=state, folder=folder)


def _run(command: list[str], *, environment: Mapping[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=dict(environment), preexec_fn=die_with_parent())
    except OSError as error:
        raise StackError(f"{command[0]} cannot be run ({error.strerror}).") from error
    _pass_signals_on(process)
    code = process.wait()
    return code if code >= 0 else 128 - code


def _pass_signals_on(process: subprocess.Popen[bytes]) -> None:
    """Let the command decide what a signal means. The terminal sends it Ctrl-C itself."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            process.send_signal(number)

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, pass_on)

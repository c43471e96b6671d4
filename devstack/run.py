"""`make run`: the whole service on this machine, from an empty folder to a page that answers, until Ctrl-C."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from devstack import backing, environment, programs, running, state
from devstack import folder as folders
from devstack.errors import ProgramFailed
from devstack.ports import LOOPBACK, Ports
from devstack.processes import Child, Program, die_with_parent, rotate_log
from devstack.supervisor import StopRequested, Supervisor, stop_on_signals
from devstack.tailing import Tail
from devstack.terminal import say

_LIVE_SECONDS_MAX = 60
_STEP_SECONDS_MAX = 300


def run() -> int:
    """Run the stack until it is asked to stop. Returns the exit code."""
    stop_on_signals()
    try:
        folder = folders.prepare(folders.default_path())
        with folders.held(folder):
            running.forget(folder)
            _run_in(folder)
    except StopRequested:
        say("Everything is stopped.")
    return 0


def _run_in(folder: Path) -> None:
    started = time.monotonic()
    ports = Ports.from_environment(os.environ)
    kept = state.load(folder)
    with Supervisor(pid_file=folder / "pids.json") as supervisor:
        say("Starting the database and the broker, where the environment names none …")
        back = backing.start_what_is_missing(supervisor, folder=folder, state=kept)
        service = environment.of_service(
            database=back.database, broker=back.broker, state=kept, ports=ports, folder=folder
        )
        # The seed tells the simulator where its webhooks go.
        simulator = supervisor.start(partial(Child, programs.of_simulator(service, ports=ports, folder=folder)))
        _prepare_data(service, owner=environment.of_owner(service, database=back.database), folder=folder)
        say("Starting the service …")
        chosen = _service_programs(service, ports=ports, folder=folder)
        children = [simulator, *(supervisor.start(partial(Child, program)) for program in chosen)]
        _wait_until_live(supervisor, web=_named("web", children), ports=ports)
        tail = Tail([(child.name, child.program.log) for child in children])
        with running.announced(folder, environment=service):
            _welcome(service, ports=ports, folder=folder, seconds=time.monotonic() - started)
            supervisor.watch(each_turn=tail.show_new_lines)


def _service_programs(service: Mapping[str, str], *, ports: Ports, folder: Path) -> list[Program]:
    return [
        programs.of_web(service, ports=ports, folder=folder),
        *programs.of_workers(service, folder=folder),
        programs.of_beat(service, folder=folder),
    ]


def _prepare_data(service: Mapping[str, str], *, owner: Mapping[str, str], folder: Path) -> None:
    say("Preparing the tables …")
    _do_step("prepare_database", environment=owner, folder=folder)
    say("Preparing the demo data (a month of history at the first start) …")
    for line in _do_step("seed_demo", environment=service, folder=folder):
        say(f"  {line}")


def _do_step(command: str, *, environment: Mapping[str, str], folder: Path) -> list[str]:
    """Run one manage.py command to its end and return what it wrote."""
    log = rotate_log(folder / "logs" / f"{command}.log")
    with log.open("wb") as output:
        result = subprocess.run(
            programs.manage(command),
            env=dict(environment),
            cwd=folders.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(),
            timeout=_STEP_SECONDS_MAX,
            check=False,
        )
    lines = log.read_text(errors="replace").splitlines()
    if result.returncode != 0:
        message = f"`manage.py {command}` ended with code {result.returncode}; the whole log: {log}. Its last lines:"
        raise ProgramFailed(message, last_lines=lines[-15:])
    return lines


def _wait_until_live(supervisor: Supervisor, *, web: Child, ports: Ports) -> None:
    deadline = time.monotonic() + _LIVE_SECONDS_MAX
    while not _is_live(ports.web):
        for child in supervisor.dead_children():
            message = (
                f"{child.name} {child.ending()} while it started; the whole log: {child.program.log}. Its last lines:"
            )
            raise ProgramFailed(message, last_lines=child.last_lines())
        if time.monotonic() > deadline:
            message = f"The service does not answer on /health/live after {_LIVE_SECONDS_MAX} s. The last lines of web:"
            raise ProgramFailed(message, last_lines=web.last_lines())
        time.sleep(0.1)


def _is_live(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health/live", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _welcome(service: Mapping[str, str], *, ports: Ports, folder: Path, seconds: float) -> None:
    address = f"http://{LOOPBACK}:{ports.web}"
    say(f"\nThe payment service is up after {seconds:.1f} s. Ctrl-C stops it.\n")
    say(f"  API         {address}/api/v1/")
    say(f"  Swagger     {address}/api/docs")
    say(f"  Console     {address}/admin")
    say(f"  Simulator   {service['SIMULATOR_URL']}")
    for line in _access_lines(folder / "demo_access.json"):
        say(line)
    say(f"  Data, logs  {folder}\n")


def _access_lines(path: Path) -> list[str]:
    """Say how to log in, as `seed_demo` left it."""
    if not path.exists():
        return []
    access = json.loads(path.read_text())
    return [
        f"  Login       {access['console']['user']}  {access['console']['password']}",
        f"  Settings    {access['administrator']['user']}  {access['administrator']['password']}",
        f"  API key     {access['api_key']}",
        f"  Gateway     {access['gateway_account']} of tenant {access['tenant']}",
    ]


def _named(name: str, children: list[Child]) -> Child:
    return next(child for child in children if child.name == name)

"""The stack that is beaten: its database, broker, simulator and processes, and how each is killed and started again.

Built from devstack, but without its supervisor: here dying is the purpose, and what died is started by who killed it.
"""

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from bench.chaos.apps import ARMED, DEATHS
from bench.usage import family
from devstack import environment, programs, state
from devstack.folder import ROOT
from devstack.ports import LOOPBACK, Ports, free_port, is_free
from devstack.postgres import Postgres
from devstack.processes import Child, Program
from devstack.valkey import Valkey

SERVICE = ("web", "worker-settle", "worker", "beat")
_LIVE_SECONDS_MAX = 60
_GONE_SECONDS_MAX = 20
_QUIET = {
    "WEB_ACCESS_LOG": "off",
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "bench.chaos.settings",
}


@dataclass(slots=True)
class Stack:
    """Use `begin` and `end`."""

    folder: Path
    seed: int
    ports: Ports = field(default_factory=lambda: Ports(web=free_port(), simulator=free_port()))
    _postgres: Postgres | None = None
    _valkey: Valkey | None = None
    _children: dict[str, Child] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    owner_url: str = field(default="", repr=False)
    _programs: Mapping[str, Program] = field(default_factory=dict)

    @property
    def simulator_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.simulator}"

    @property
    def deaths(self) -> Path:
        """Where armed processes write the step at which they die."""
        return self.folder / "deaths"

    def begin(self) -> None:
        """Database with tables, broker and simulator; the service's own processes are started by name."""
        kept = state.load(self.folder)
        self._postgres, self._valkey = Postgres(folder=self.folder, state=kept), Valkey(folder=self.folder, state=kept)
        self._children["postgres"] = self._postgres.start()
        self._children["valkey"] = self._valkey.start()
        database = self._postgres.place
        made = environment.of_service(
            database=database, broker=self._valkey.place, state=kept, ports=self.ports, folder=self.folder
        )
        addresses = {"PUBLIC_URL": f"http://{LOOPBACK}:{self.ports.web}", "SIMULATOR_URL": self.simulator_url}
        self.environment = {**made, **_QUIET, **addresses, DEATHS: str(self.deaths)}
        self.owner_url = database.owner_url
        self._programs = self._service_programs()
        self._start_simulator()
        owner = environment.of_owner(self.environment, database=database)
        subprocess.run(programs.manage("prepare_database"), env=owner, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def end(self) -> None:
        for name in SERVICE:
            if name in self._children:
                self.kill(name)
        for name in reversed(list(self._children)):
            self._children.pop(name).stop()

    def connect(self) -> psycopg.Connection:
        """As the owner, who may read everything."""
        return psycopg.connect(self.owner_url, autocommit=True, connect_timeout=5)

    # --- The service's own processes ---------------------------------------------------------------------------------

    def start(self, name: str, *, armed: str = "") -> None:
        """`armed` is `step:passes`: the process kills itself when it has passed the step that often."""
        program = self._programs[name]
        if armed:
            program = replace(program, environment={**program.environment, ARMED: armed})
        self._children[name] = Child(program)

    def start_service(self) -> None:
        """Of the processes those that do not run already."""
        for name in SERVICE:
            if name not in self._children or not self.is_alive(name):
                self.start(name)
        self.wait_until_live()

    def wait_until_live(self) -> None:
        until = time.monotonic() + _LIVE_SECONDS_MAX
        while not _answers(f"http://{LOOPBACK}:{self.ports.web}/health/live"):
            web = self._children["web"]
            if not web.is_alive or time.monotonic() > until:
                raise RuntimeError("the web process did not come up:\n" + "\n".join(web.last_lines()))
            time.sleep(0.1)

    def is_alive(self, name: str) -> bool:
        return self._children[name].is_alive

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all it has started. Over when the last is gone."""
        child = self._children[name]
        # Stopped first, so that it starts nothing more between being looked at and being killed.
        _signal([child.pid], signal.SIGSTOP)
        pids = family(child.pid)
        _signal(pids, signal.SIGKILL)
        child.reap()
        _wait_until_gone(pids)

    def pause(self, name: str) -> Callable[[], None]:
        """Stop it in its tracks, as a frozen machine does; returns what lets it go on."""
        pids = family(self._children[name].pid)
        _signal(pids, signal.SIGSTOP)
        return lambda: _signal(pids, signal.SIGCONT)

    def _service_programs(self) -> Mapping[str, Program]:
        found = [
            programs.of_web(self.environment, ports=self.ports, folder=self.folder),
            *programs.of_workers(self.environment, folder=self.folder),
            programs.of_beat(self.environment, folder=self.folder),
        ]
        return {program.name: program for program in found}

    # --- What stands below it ----------------------------------------------------------------------------------------

    def crash_database(self) -> None:
        """The postmaster and every backend at once, with nothing written that was not written; then a start."""
        self.kill("postgres")
        assert self._postgres is not None
        self._children["postgres"] = self._postgres.start()

    def lose_broker(self, *, seconds: float) -> None:
        """Kill the broker, throw away all it held, and leave it away for a while."""
        self.kill("valkey")
        for path in (self.folder / "valkey").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        time.sleep(seconds)
        assert self._valkey is not None
        self._children["valkey"] = self._valkey.start()

    def _start_simulator(self) -> None:
        program = programs.of_simulator(self.environment, ports=self.ports, folder=self.folder)
        program = replace(program, command=(*program.command, "--seed", str(self.seed)))
        self._children["simulator"] = Child(program)
        until = time.monotonic() + _LIVE_SECONDS_MAX
        while is_free(self.ports.simulator):
            if time.monotonic() > until:
                raise RuntimeError("the simulator did not come up")
            time.sleep(0.05)


def _wait_until_gone(pids: list[int]) -> None:
    """A database does not start while a process of the one before still holds its memory."""
    until = time.monotonic() + _GONE_SECONDS_MAX
    while not all(_is_gone(pid) for pid in pids):
        if time.monotonic() > until:
            raise RuntimeError(f"of {pids} some outlive their death")
        time.sleep(0.01)


def _is_gone(pid: int) -> bool:
    """Also who has ended and whom nobody has asked about yet."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return told.rpartition(")")[2].split()[0] in ("Z", "X")


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)
    except OSError:
        return False

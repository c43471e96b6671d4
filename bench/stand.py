"""The test stand: both sides with their databases, and how their processes are started, asked and stopped."""

import json
import os
import secrets
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench import contents, databases, usage
from bench.contents import Contents
from bench.databases import Database
from devstack import ports, programs
from devstack.folder import ROOT
from devstack.processes import Child, Program, die_with_parent

_START_SECONDS_MAX = 40
_SETTLED_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Side:
    """The service or the naive reference: its rows and the environment of its processes."""

    name: Literal["service", "naive"]
    database: Database
    contents: Contents
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stand:
    service: Side
    naive: Side
    rounds: int
    is_quick: bool
    folder: Path

    def size(self, usual: int) -> int:
        """How many of something a round handles."""
        return max(usual // 5, 1) if self.is_quick else usual


@dataclass(frozen=True, slots=True)
class Web:
    """A web server that answers, and what it and its database used so far."""

    port: int
    side: Side
    child: Child

    def cpu_seconds(self) -> float:
        return usage.cpu_seconds([*usage.family(self.child.pid), *databases.server_pids(self.side.database)])


@contextmanager
def made(*, rounds: int, is_quick: bool, folder: Path) -> Iterator[Stand]:
    """Make both databases with the same contents, and drop them in the end."""
    for name, value in _secrets().items():
        os.environ.setdefault(name, value)
    with ExitStack() as undo:
        original = databases.make(databases.SERVICE)
        undo.callback(databases.drop, original)
        filled = contents.fill(_environment("bench.settings", url=original.owner_url))
        copy = databases.copy(original, databases.NAIVE)
        undo.callback(databases.drop, copy)
        databases.without_triggers(copy)
        service = Side("service", original, filled, _environment("bench.settings", url=original.app_url))
        naive = Side("naive", copy, filled, _environment("bench.naive_settings", url=copy.owner_url))
        yield Stand(service, naive, rounds, is_quick, folder)


def _environment(settings: str, *, url: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings, "PYTHONUNBUFFERED": "1"}


@contextmanager
def web(stand: Stand, side: Side, **extra: str) -> Iterator[Web]:
    """Serve one side by granian, both with the same options."""
    port = ports.free_port()
    folder = stand.folder / side.name
    folder.mkdir(exist_ok=True)
    program = programs.of_web(side.environment | extra, ports=ports.Ports(web=port, simulator=0), folder=folder)
    with running([program]) as children:
        _wait_for_port(port, children[0])
        yield Web(port, side, children[0])


@contextmanager
def running(wanted: Sequence[Program]) -> Iterator[list[Child]]:
    """Start the programs and stop them in the end."""
    children: list[Child] = []
    try:
        for program in wanted:
            children.append(Child(program))
        yield children
    finally:
        for child in children:
            child.stop()


def workers(stand: Stand) -> list[Program]:
    """The service's Celery workers and beat, as every installation has them."""
    environment = stand.service.environment
    folder = stand.folder / stand.service.name
    return [*programs.of_workers(environment, folder=folder), programs.of_beat(environment, folder=folder)]


def wait_until_settled(side: Side) -> None:
    """Return as soon as no webhook waits."""
    deadline = time.monotonic() + _SETTLED_SECONDS_MAX
    with side.database.connect() as connection:
        while connection.execute("SELECT 1 FROM gateways_inboundevent WHERE state = 'received' LIMIT 1").fetchone():
            if time.monotonic() > deadline:
                raise TimeoutError("webhooks wait for a minute and nobody settles them")
            time.sleep(0.005)


class Settler:
    """A process that settles when it is asked to; see management/commands/settle_bench.py."""

    def __init__(self, side: Side, rule: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "settle_bench", rule],
            cwd=ROOT,
            env=side.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - nothing else runs in this process while it starts one
        )
        self.result()

    def __enter__(self) -> "Settler":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def ask(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, float | str]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a settler ended before it answered")
        answer: dict[str, float | str] = json.loads(line)
        return answer


def _wait_for_port(port: int, child: Child) -> None:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while ports.is_free(port):
        if not child.is_alive or time.monotonic() > deadline:
            raise RuntimeError(f"{child.name} did not start: " + "\n".join(child.last_lines()))
        time.sleep(0.1)
    # The port is taken before the application is loaded.
    time.sleep(1.5)


def _secrets() -> dict[str, str]:
    """What a process needs that is not started by the stack."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CREDENTIALS_KEYS": f"bench:{b64encode(secrets.token_bytes(32)).decode()}",
        "API_KEY_PEPPER": secrets.token_urlsafe(32),
        "JWT_HS256_SECRET": secrets.token_urlsafe(32),
        "SIMULATOR_URL": "http://127.0.0.1:1",
        # A line per request is for people who watch `make run`; it costs both sides the same.
        "WEB_ACCESS_LOG": "off",
    }

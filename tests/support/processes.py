"""A broker and Celery processes of one test's own, to be stopped, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kombu import Connection

from devstack.binaries import valkey_program
from payments_project.celery import app
from tests.support.simulator import wait_until
from tests.support.web import ROOT, environment_of_test, free_port


class Broker:
    """A Valkey or Redis that keeps nothing on disk: killed, it has lost all that it held."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "broker.log"
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        command = [str(valkey_program()), "--bind", "127.0.0.1", "--port", str(self._port), "--save", ""]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([*command, "--appendonly", "no"], stdout=log, stderr=log)
        wait_until(self._answers)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(timeout=10)

    def tell(self, command: str) -> str:
        with socket.create_connection(("127.0.0.1", self._port), timeout=2) as link:
            link.sendall(f"{command}\r\n".encode())
            return link.recv(200).decode().strip()

    def send(self, task: str, **ids: int) -> None:
        """What the service itself sends, to this broker."""
        with Connection(self.url) as link:
            app.send_task(task, kwargs=ids, connection=link)

    def _answers(self) -> bool:
        with suppress(OSError):
            return self.tell("PING") == "+PONG"
        return False


@dataclass
class Process:
    """One process of the service in a session of its own."""

    process: subprocess.Popen[bytes]
    log: Path = field(repr=False)

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def ask_to_stop(self) -> None:
        """As a supervisor does: the first process is told, and tells its own."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, *, seconds: float = 30) -> int:
        return self.process.wait(timeout=seconds)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        self.process.wait(timeout=10)


@contextmanager
def running_celery(folder: Path, *arguments: str, broker: str, simulator: str) -> Iterator[Process]:
    """`arguments` are those of celery: worker -Q settle -P solo."""
    log = folder / f"celery-{arguments[0]}-{free_port()}.log"
    command = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "-A", "payments_project.celery:app"]
    environment: dict[str, Any] = environment_of_test(simulator=simulator) | {"CELERY_BROKER_URL": broker}
    with log.open("wb") as output:
        started = subprocess.Popen(
            [*command, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    process = Process(started, log)
    try:
        yield process
    finally:
        process.kill()


def worker(name: str, *, queues: str) -> tuple[str, ...]:
    """The arguments of a worker as `make run` starts it."""
    pool = ("-P", "solo") if queues == "settle" else ("-P", "threads", "-c", "4")
    return ("worker", "-n", f"{name}@%h", "-Q", queues, *pool, "--without-mingle", "--without-gossip")


BEAT = ("beat", "--pidfile=")
EVERY_QUEUE = "gateways,events,default"

"""The embedded broker: a Valkey server on loopback, with a password, whose queued tasks survive a stop."""

import os
import socket
import time
from pathlib import Path

from devstack import binaries, processes
from devstack.errors import StackError
from devstack.places import BrokerPlace
from devstack.ports import LOOPBACK
from devstack.state import State, write_private

_START_SECONDS_MAX = 15
_CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """One server in one data folder."""

    def __init__(self, *, folder: Path, state: State) -> None:
        self._state = state
        self._base = folder / "valkey"
        self._log = folder / "logs" / "valkey.log"
        self._server = binaries.valkey_program()

    @property
    def place(self) -> BrokerPlace:
        return BrokerPlace(url=self._url(database=0), cache_url=self._url(database=1))

    def start(self) -> processes.Child:
        processes.rotate_log(self._log)
        configuration = self._write_configuration()
        child = processes.Child(
            processes.Program(
                name="valkey",
                command=(str(self._server), str(configuration)),
                environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                cwd=self._base,
                log=self._log,
            )
        )
        try:
            self._wait(child)
        except BaseException:
            child.stop()
            raise
        return child

    def _write_configuration(self) -> Path:
        path = self._base / "valkey.conf"
        text = _CONFIGURATION.format(
            host=LOOPBACK, port=self._state.valkey_port, password=self._state.valkey_password, folder=self._base
        )
        try:
            self._base.mkdir(mode=0o700, exist_ok=True)
            write_private(path, text=text)
        except OSError as error:
            raise StackError(f"The broker's folder {self._base} cannot be used ({error.strerror}).") from error
        return path

    def _wait(self, child: processes.Child) -> None:
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not self._answers():
            if not child.is_alive:
                words = (child.last_lines(count=1) or ["it said nothing"])[0]
                raise StackError(f"The broker could not start on {self._base}: {words} The whole log: {self._log}.")
            if time.monotonic() > deadline:
                raise StackError(f"The broker does not answer after {_START_SECONDS_MAX} s; see {self._log}.")
            time.sleep(0.02)

    def _answers(self) -> bool:
        """Say whether the server is up and has read its data: it answers PING with an error while it loads."""
        try:
            with socket.create_connection((LOOPBACK, self._state.valkey_port), timeout=2) as connection:
                connection.sendall(f"AUTH {self._state.valkey_password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(200)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")

    def _url(self, *, database: int) -> str:
        return f"redis://:{self._state.valkey_password}@{LOOPBACK}:{self._state.valkey_port}/{database}"

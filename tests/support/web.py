"""The service's web process as it runs in production, on the database of the test, and a plain client for it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from django.db import connection

from tests.support.factories import Merchant, body_of_payment

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def is_replay(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"


@dataclass
class Web:
    """One web process. `kill` is SIGKILL: nothing is finished, nothing is said."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path = field(repr=False)

    def request(
        self, method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None, seconds: float = 20
    ) -> Answer:
        address = urlsplit(self.url)
        link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=seconds)
        try:
            sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            link.request(method, path, body=sent, headers={"Content-Type": "application/json"} | (headers or {}))
            answer = link.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            link.close()

    def create(self, merchant: Merchant, *, key: str, seconds: float = 20, **fields: Any) -> Answer:
        headers = {"Authorization": f"Bearer {merchant.key}", "Idempotency-Key": key}
        return self.request(
            "POST", "/api/v1/payments", body=body_of_payment(**fields), headers=headers, seconds=seconds
        )

    def get(self, merchant: Merchant, path: str) -> Answer:
        return self.request("GET", path, headers={"Authorization": f"Bearer {merchant.key}"})

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()


@contextmanager
def running_web(folder: Path, *options: str, simulator: str, threads: int = 8, **environment: str) -> Iterator[Web]:
    """A process of its own group, so that its death takes its worker along."""
    port = free_port()
    log = folder / f"web-{port}.log"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(threads), "--log-level", "warning", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "payments_project.wsgi:application"],
            cwd=ROOT,
            env=environment_of_test(simulator=simulator) | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    web = Web(process, f"http://127.0.0.1:{port}", log)
    try:
        _wait_for_answers(web)
        yield web
    finally:
        web.stop()


def environment_of_test(*, simulator: str) -> dict[str, str]:
    """What another process needs to work on the database of this test."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "payments_project.settings.test",
        "DATABASE_URL": database_url(),
        "SIMULATOR_URL": simulator,
    }


def database_url(*, user: str = "", password: str = "") -> str:
    settings = connection.settings_dict
    name, host = settings["NAME"], settings["HOST"]
    user, password = user or settings["USER"], password or settings["PASSWORD"]
    secret = f":{quote(password, safe='')}" if password else ""
    if host.startswith("/"):
        return f"postgres://{quote(user)}{secret}@{quote(host, safe='')}:{settings['PORT']}/{name}"
    return f"postgres://{quote(user)}{secret}@{host}:{settings['PORT']}/{name}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_answers(web: Web) -> None:
    until = time.monotonic() + 30
    while True:
        assert web.process.poll() is None, web.log.read_text()
        try:
            if web.request("GET", "/health/live", seconds=2).status == 200:
                return
        except OSError:
            assert time.monotonic() < until, web.log.read_text()
            time.sleep(0.05)

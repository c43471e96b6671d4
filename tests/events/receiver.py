"""A receiver of webhooks on a free port of loopback: remembers what came and answers as told."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names in lower case."""

    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def event(self) -> dict[str, Any]:
        return orjson.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`status` and `body` are what it answers; `hold` is set while it keeps callers waiting."""

    url: str = ""
    status: int = 204
    body: bytes = b""
    location: str = ""
    received: list[Received] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.let_go.set()

    def take(self, received: Received) -> None:
        with self.lock:
            self.received.append(received)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        self.let_go.wait(timeout=20)
        with self.lock:
            self.busy -= 1

    def ids(self) -> list[str]:
        return [received.id for received in list(self.received)]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(receiver))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/in"
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.take(Received(self.path, body, headers))
            try:
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)
            except OSError:
                return  # The caller has gone.

        def do_GET(self) -> None:
            receiver.take(Received(self.path, b"", {}))

        def log_message(self, *arguments: object) -> None:
            """Nothing: tests read what was received."""

    return Handler


@contextmanager
def raw_listener(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says whatever `answer` does with the accepted connection, request unread."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    answer(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/in"
        thread.join(timeout=10)


def free_port_url() -> str:
    """An address of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/in"


def wait_until(what: Callable[[], object], *, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.01)

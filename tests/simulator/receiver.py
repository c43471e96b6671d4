"""A shop's webhook endpoint on a free port: checks nothing by itself, remembers everything, answers as told."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names in lower case."""

    body: bytes
    headers: dict[str, str]
    query: str = ""
    method: str = "POST"
    at: float = field(default_factory=time.monotonic)

    @property
    def signature(self) -> str:
        return self.headers["stripe-signature"]

    @property
    def event(self) -> dict:
        return orjson.loads(self.body)


class Receiver:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks"

    def types(self) -> list[str]:
        return [received.event["type"] for received in list(self.received)]

    def forget(self) -> None:
        self.received.clear()

    def wait_for(self, what: Callable[[], object], *, seconds: float = 5.0) -> None:
        until = time.monotonic() + seconds
        while not what():
            heard = [received.body[:300] for received in list(self.received)]
            assert time.monotonic() < until, f"still missing after {seconds} s; received {heard}"
            time.sleep(0.01)

    def wait_for_type(self, event_type: str) -> Received:
        self.wait_for(lambda: event_type in self.types())
        return next(received for received in self.received if received.event["type"] == event_type)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.received.append(
                Received(
                    body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    query=self.path.partition("?")[2],
                    method=self.command,
                )
            )
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_PUT = do_POST  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            return

    return Handler

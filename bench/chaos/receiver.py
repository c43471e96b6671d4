"""The shops' receiver of webhooks: verifies what comes, misbehaves by the seed, and notes what it has taken.

In the process of the harness, on loopback. Imports nothing of the service, so that it shares no mistake: signatures are
verified by the package of Standard Webhooks.
"""

import json
import random
import socket
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

_LOOPBACK = "127.0.0.1"
# Longer than the service waits for a receiver (WEBHOOK_TOTAL_SECONDS of settings.py).
TOO_LATE_SECONDS = 1.3
_FORGERIES_SHOWN_MAX = 20


class Manner(StrEnum):
    """How a delivery is answered. Only what is answered with success has been taken."""

    TAKE = "taken"
    REFUSE = "answered 500"
    HANG_UP = "hung up on"
    TOO_LATE = "answered too late"


_WEIGHTS = {Manner.TAKE: 90, Manner.REFUSE: 5, Manner.HANG_UP: 4, Manner.TOO_LATE: 1}


@dataclass(frozen=True, slots=True)
class Came:
    """One version of a genuine delivery: where it came to, under which id, and its body. `taken` is how often."""

    path: str
    webhook_id: str
    event_id: str
    body: bytes
    timestamp: int
    taken: int = 0


@dataclass(slots=True)
class Receiver:
    """Use `begin` and `end`. `is_calm`: everything is taken."""

    random: random.Random
    is_calm: bool = True
    manners: Counter[str] = field(default_factory=Counter)
    forgeries: deque[str] = field(default_factory=lambda: deque(maxlen=_FORGERIES_SHOWN_MAX))
    _secrets: dict[str, str] = field(default_factory=dict, repr=False)
    _came: dict[tuple[str, str, bytes], Came] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None, "it has begun"
        return f"http://{_LOOPBACK}:{self._server.server_port}"

    def begin(self) -> None:
        self._server = _Server((_LOOPBACK, 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def expect(self, path: str, *, secret: str) -> None:
        """Deliveries to this path are signed with this secret."""
        self._secrets[path] = secret

    def came(self) -> list[Came]:
        """Every genuine delivery, each version of it once."""
        with self._guard:
            return list(self._came.values())

    def judge(self, path: str, headers: dict[str, str], body: bytes) -> Manner:
        """Verify, choose how to answer, and note it."""
        came = self._verified(path, headers, body)
        with self._guard:
            (manner,) = self.random.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))
            manner = Manner.REFUSE if came is None else Manner.TAKE if self.is_calm else manner
            self.manners[manner] += 1
            if came is not None:
                self._note(came, manner)
        return manner

    def _verified(self, path: str, headers: dict[str, str], body: bytes) -> Came | None:
        """None where the signature does not hold; then it is remembered as a forgery."""
        try:
            Webhook(self._secrets[path]).verify(body, headers, json_parse=False)
            event_id = str(json.loads(body)["id"])
        except (WebhookVerificationError, KeyError, ValueError, TypeError) as error:
            with self._guard:
                self.forgeries.append(f"{path}: {type(error).__name__}: {error}")
            return None
        return Came(path, headers["webhook-id"], event_id, body, int(headers["webhook-timestamp"]))

    def _note(self, came: Came, manner: Manner) -> None:
        key = (came.path, came.webhook_id, came.body)
        before = self._came.get(key, came)
        is_taken = manner is Manner.TAKE
        self._came[key] = Came(
            came.path, came.webhook_id, came.event_id, before.body, came.timestamp, before.taken + is_taken
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed in the middle is what this is about."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) != length:
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(receiver.judge(urlsplit(self.path).path, headers, body))

        def _answer(self, manner: Manner) -> None:
            match manner:
                case Manner.TAKE:
                    self._say(204)
                case Manner.REFUSE:
                    self._say(500)
                case Manner.HANG_UP:
                    self.connection.shutdown(socket.SHUT_RDWR)
                case Manner.TOO_LATE:
                    # No success: a sender that was frozen meanwhile still hears it, and rightly believes it.
                    time.sleep(TOO_LATE_SECONDS)
                    self._say(500)

        def _say(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """No line per request."""

    return Handler

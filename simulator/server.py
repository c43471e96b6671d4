"""The HTTP/1.1 server: a thread per connection, keep-alive, no work beyond what an exchange needs.

It knows nothing about gateways: it reads a request, asks the application, and sends the answer in the manner it names.
"""

import logging
import socket
import threading
from collections.abc import Callable

from simulator.manners import transmit
from simulator.wire import Request, Response

HEAD_BYTES_MAX = 65_536
BODY_BYTES_MAX = 1_048_576
IDLE_SECONDS_MAX = 120.0

logger = logging.getLogger("simulator.server")


class BadRequest(Exception):
    """The bytes received are not a request this server reads; the connection ends after the answer."""

    def __init__(self, *, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Server:
    def __init__(self, *, application: Callable[[Request], Response], host: str, port: int) -> None:
        self._application = application
        self._listener = _listen(host=host, port=port)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._stopping = False
        self._reopen: threading.Timer | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), name="accept", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        if self._reopen is not None:
            self._reopen.cancel()
        self._close_listener()
        self._close_connections()

    def go_dark(self, *, seconds: float) -> None:
        """Refuse every connection for a while, as a gateway does that is down; then listen again."""
        self._close_listener()
        self._close_connections()
        self._reopen = threading.Timer(seconds, self._listen_again)
        self._reopen.daemon = True
        self._reopen.start()

    def _listen_again(self) -> None:
        if not self._stopping:
            self._listener = _listen(host=self.host, port=self.port)
            self.start()

    def _close_listener(self) -> None:
        # shutdown wakes the thread that waits in accept; close alone does not.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("listener was closed already")
        self._listener.close()

    def _close_connections(self) -> None:
        with self._guard:
            connections = list(self._connections)
        for sock in connections:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(IDLE_SECONDS_MAX)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with self._guard:
            self._connections.add(sock)
        try:
            _Conversation(sock=sock, application=self._application).run()
        except OSError:
            logger.debug("connection ended by the other side")
        finally:
            with self._guard:
                self._connections.discard(sock)
            sock.close()


class _Conversation:
    """The exchanges of one connection, one after the other."""

    def __init__(self, *, sock: socket.socket, application: Callable[[Request], Response]) -> None:
        self._sock = sock
        self._application = application
        self._pending = b""

    def run(self) -> None:
        while True:
            try:
                request = self._read_request()
            except BadRequest as refusal:
                text = str(refusal).encode()
                transmit(Response(status=refusal.status, body=text, content_type="text/plain"), sock=self._sock)
                return
            if request is None or not transmit(self._application(request), sock=self._sock):
                return
            if request.headers.get("connection", "").lower() == "close":
                return

    def _read_request(self) -> Request | None:
        head = self._read_head()
        if head is None:
            return None
        request = parse_head(head)
        request.body = self._read_body(request.headers)
        return request

    def _read_head(self) -> bytes | None:
        while b"\r\n\r\n" not in self._pending:
            if len(self._pending) > HEAD_BYTES_MAX:
                raise BadRequest(status=400, message="The request head is too long.")
            received = self._sock.recv(65_536)
            if not received:
                return None
            self._pending += received
        head, _, self._pending = self._pending.partition(b"\r\n\r\n")
        return head

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            raise BadRequest(status=411, message="Send a Content-Length.")
        stated = headers.get("content-length", "0")
        if not (stated.isascii() and stated.isdigit()):
            raise BadRequest(status=400, message="Content-Length must be a number.")
        length = int(stated)
        if length > BODY_BYTES_MAX:
            raise BadRequest(status=413, message="The request body is too large.")
        if headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._pending) < length:
            received = self._sock.recv(65_536)
            if not received:
                raise ConnectionResetError("The caller closed in the middle of a body.")
            self._pending += received
        body, self._pending = self._pending[:length], self._pending[length:]
        return body


def parse_head(head: bytes) -> Request:
    """Request line and headers of one request; header names in lower case."""
    lines = head.decode("latin-1").split("\r\n")
    try:
        method, target, version = lines[0].split(" ")
    except ValueError:
        raise BadRequest(status=400, message="The request line is malformed.") from None
    if not version.startswith("HTTP/1."):
        raise BadRequest(status=400, message="Only HTTP/1.1 is spoken here.")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    path, _, query = target.partition("?")
    return Request(method=method, path=path, query=query, headers=headers, body=b"")


def _listen(*, host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(512)
    return listener

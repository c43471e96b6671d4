"""A server that answers with given bytes at a given pace: for what no decent gateway does."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Script:
    pieces: tuple[bytes, ...] = ()
    pause_seconds: float = 0.0
    reset: bool = False
    keep_open: bool = False


class ScriptedServer:
    """Each connection gets the pieces, one after the other, with a pause between them; requests are kept."""

    def __init__(self, *, certificate: Path | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self._script = Script()
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http{'s' if self._context else ''}://127.0.0.1:{self.port}"

    def says(
        self, pieces: Iterable[bytes], *, pause_seconds: float = 0.0, reset: bool = False, keep_open: bool = False
    ) -> None:
        self._script = Script(tuple(pieces), pause_seconds=pause_seconds, reset=reset, keep_open=keep_open)

    def answers(self, body: bytes, *, status: str = "200 OK", content_type: str = "application/json") -> None:
        """One whole answer per request, on a connection that stays open."""
        head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        self.says([head.encode() + body], keep_open=True)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                while self._exchange(connection):
                    pass

    def _exchange(self, connection: socket.socket) -> bool:
        request = _read_request(connection)
        if not request:
            return False
        script = self._script
        self.requests.append(request)
        for piece in script.pieces:
            connection.sendall(piece)
            time.sleep(script.pause_seconds)
        if script.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        return script.keep_open


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body

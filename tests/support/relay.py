"""A way to a server that can be cut: what goes through is passed on, and once it is cut nobody listens any more."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.db import connection


class Relay:
    """Listens on one port of its own, also after it was cut and mended."""

    def __init__(self, target: tuple[str, int] | str) -> None:
        self._target = target
        self._port = 0
        self._pairs: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.mend()

    @property
    def port(self) -> int:
        return self._port

    def cut(self) -> None:
        """Refuse new connections and break those there are."""
        assert self._listener is not None
        listener, self._listener = self._listener, None
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for end in self._pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def mend(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(64)
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = self._connected()
            self._pairs += [near, far]
            threading.Thread(target=_pass_on, args=(near, far), daemon=True).start()

    def _connected(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target, timeout=10)
        far = socket.socket(socket.AF_UNIX)
        far.connect(self._target)
        return far


def _pass_on(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    with near, far, selectors.DefaultSelector() as selector:
        for end in other:
            end.setblocking(True)
            selector.register(end, selectors.EVENT_READ)
        with contextlib.suppress(OSError):
            while True:
                for key, _ in selector.select():
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(65536)
                    if not data:
                        return
                    other[source].sendall(data)


@contextmanager
def relayed_database() -> Iterator[tuple[Relay, str]]:
    """The database of the test behind a relay, and the address under which another process finds it there."""
    settings = connection.settings_dict
    host, port = settings["HOST"] or "127.0.0.1", int(settings["PORT"] or 5432)
    relay = Relay(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    user, password = quote(settings["USER"]), quote(settings["PASSWORD"], safe="")
    try:
        yield relay, f"postgres://{user}:{password}@127.0.0.1:{relay.port}/{settings['NAME']}"
    finally:
        relay.cut()

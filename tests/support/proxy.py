"""What stands between us and PostgreSQL and can lose a message: the question, or only its answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection


class Proxy:
    """Loses the connection once, at the first message that holds the armed words."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.lost = 0
        self._words = b""
        self._is_delivered = False
        self._passing = 0
        self._target = (connection.settings_dict["HOST"], int(connection.settings_dict["PORT"] or 5432))
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, words: bytes, *, delivered: bool, after: int = 0) -> None:
        """`delivered`: the server gets the message and does what it says; nobody hears of it. `after` as many more."""
        self._words, self._is_delivered, self._passing = words, delivered, after

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = self._connect()
                answers_lost = threading.Event()
                for pump in (self._carry_questions, self._carry_answers):
                    threading.Thread(target=pump, args=(client, server, answers_lost), daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = self._target
        if host.startswith("/"):
            link = socket.socket(socket.AF_UNIX)
            link.connect(f"{host}/.s.PGSQL.{port}")
            return link
        return socket.create_connection((host, port))

    def _carry_questions(self, client: socket.socket, server: socket.socket, answers_lost: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if self._is_the_one(data):
                    self._words = b""
                    self.lost += 1
                    if not self._is_delivered:
                        break
                    answers_lost.set()
                server.sendall(data)
        _end(client, server)

    def _is_the_one(self, data: bytes) -> bool:
        if not self._words or self._words not in data:
            return False
        self._passing -= 1
        return self._passing < 0

    def _carry_answers(self, client: socket.socket, server: socket.socket, answers_lost: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(65_536)) and not answers_lost.is_set():
                client.sendall(data)
        _end(client, server)


@contextmanager
def database_behind_a_proxy() -> Iterator[Proxy]:
    """This thread's connection goes through it; afterwards it is as it was."""
    before = connection.settings_dict
    proxy = Proxy()
    # Nothing can be found in what is encrypted.
    plain = before["OPTIONS"] | {"sslmode": "disable", "gssencmode": "disable"}
    connection.close()
    connection.settings_dict = before | {"HOST": "127.0.0.1", "PORT": proxy.port, "OPTIONS": plain}
    try:
        yield proxy
    finally:
        connection.close()
        connection.settings_dict = before
        proxy.close()


def _end(*links: socket.socket) -> None:
    for link in links:
        with suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
        link.close()

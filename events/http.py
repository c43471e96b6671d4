"""The one HTTP client for webhooks out: one POST to one resolved and judged address, no redirect, no second chance.

The name is resolved once and the connection goes to that very address, so that a name that moves in between gains
nothing. One deadline holds for all of it; only the first kilobyte of an answer is ever read.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from common import clock
from events.addresses import Target, WebhookUrlRefused, is_public, judge_url

TOTAL_SECONDS: int = settings.WEBHOOK_TOTAL_SECONDS
ANSWER_BYTES_MAX = 1024
_PIECE = 8 * 1024
_GONE = 410


class Result(StrEnum):
    """How a request ended, in one word; docs/events.md says what each means."""

    DELIVERED = "delivered"
    REDIRECT = "redirect"
    GONE = "gone"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    DNS_FAILED = "dns_failed"
    CONNECT_FAILED = "connect_failed"
    TLS_FAILED = "tls_failed"
    CONNECTION_LOST = "connection_lost"
    ADDRESS_REFUSED = "address_refused"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request ended. `status` is None where no answer came; `answer` is what was read of it."""

    result: Result
    status: int | None
    latency_ms: int
    answer: bytes = b""


class _Failed(Exception):
    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.result = result


class _Deadline:
    """The end of the whole request; every wait gets what is left of it."""

    def __init__(self, seconds: int) -> None:
        self._started = clock.monotonic()
        self._seconds = seconds

    def elapsed_ms(self) -> int:
        return round((clock.monotonic() - self._started) * 1000)

    def limit(self, connection: socket.socket) -> None:
        """Raises TimeoutError when the time is up."""
        left_ms = self._seconds * 1000 - self.elapsed_ms()
        if left_ms <= 0:
            raise TimeoutError
        connection.settimeout(left_ms / 1000)


def post(url: str, *, headers: Mapping[str, str], body: bytes, total_seconds: int = TOTAL_SECONDS) -> Ended:
    """Send the body. Never raises for what the other side, the network or the name does."""
    deadline = _Deadline(total_seconds)
    status, answer = None, b""
    try:
        status, answer = _exchange(judge_url(url), headers=headers, body=body, deadline=deadline)
        result = _result_of(status)
    except WebhookUrlRefused:
        result = Result.ADDRESS_REFUSED
    except _Failed as failed:
        result = failed.result
    except TimeoutError:
        result = Result.TIMEOUT
    except ssl.SSLError:
        result = Result.TLS_FAILED
    except (OSError, http.client.HTTPException, ValueError):
        result = Result.CONNECTION_LOST
    return Ended(result, status, deadline.elapsed_ms(), answer)


def _result_of(status: int) -> Result:
    if 200 <= status < 300:
        return Result.DELIVERED
    if 300 <= status < 400:
        return Result.REDIRECT
    return Result.GONE if status == _GONE else Result.REFUSED


def _exchange(target: Target, *, headers: Mapping[str, str], body: bytes, deadline: _Deadline) -> tuple[int, bytes]:
    with _connected(target, deadline) as connection:
        _send(connection, _request(target, headers=headers, body=body), deadline)
        response = http.client.HTTPResponse(_Answering(connection, deadline), method="POST")  # type: ignore[arg-type]
        try:
            response.begin()
            return response.status, _beginning(response)
        finally:
            response.close()


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """The first of the answer's body. The status has been said: a body that breaks off takes nothing back."""
    read = b""
    try:
        while len(read) < ANSWER_BYTES_MAX and (piece := response.read1(ANSWER_BYTES_MAX - len(read))):
            read += piece
    except (OSError, http.client.HTTPException, ValueError):
        return read
    return read


def _request(target: Target, *, headers: Mapping[str, str], body: bytes) -> bytes:
    sent = {"Host": target.host_header, **headers, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _connected(target: Target, deadline: _Deadline) -> socket.socket:
    for family, address in _judged_addresses(target):
        try:
            plain = _connect(family, address, deadline)
        except TimeoutError:
            raise
        except OSError:
            continue
        return _wrapped(plain, target, deadline) if target.is_https else plain
    raise _Failed(Result.CONNECT_FAILED)


def _judged_addresses(target: Target) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Resolved once. One address that is not public condemns the name: honest receivers have none."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise _Failed(Result.DNS_FAILED) from None
    addresses: list[tuple[socket.AddressFamily, tuple[str, int]]]
    addresses = [(family, (str(where[0]), target.port)) for family, _, _, _, where in found]
    if not target.is_trusted and not all(is_public(address) for _, (address, _) in addresses):
        raise _Failed(Result.ADDRESS_REFUSED)
    return addresses


def _connect(family: socket.AddressFamily, address: tuple[str, int], deadline: _Deadline) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        deadline.limit(connection)
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def _wrapped(plain: socket.socket, target: Target, deadline: _Deadline) -> socket.socket:
    """TLS to the name, whatever address it stands for: certificate and SNI are checked against the name."""
    try:
        deadline.limit(plain)
        return tls_context().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)


def _send(connection: socket.socket, data: bytes, deadline: _Deadline) -> None:
    for start in range(0, len(data), _PIECE):
        deadline.limit(connection)
        connection.sendall(data[start : start + _PIECE])


class _Answering(io.RawIOBase):
    """Lets http.client read from the connection, each read with what is left of the whole time."""

    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._deadline.limit(self._connection)
        return self._connection.recv_into(buffer)

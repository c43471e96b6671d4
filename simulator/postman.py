"""Sends one webhook over a connection kept open per thread and host; follows nothing, believes nothing."""

import http.client
import threading
from urllib.parse import urlsplit

SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 65_536

_local = threading.local()


class Unreachable(Exception):
    """No answer came: refused, reset, timed out or not HTTP."""


def post(url: str, *, body: bytes, headers: dict[str, str], method: str = "POST") -> int:
    """The HTTP status the receiver answered with. Raises Unreachable when there was none."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    place = (parts.scheme, parts.netloc)
    known = _connections().get(place)
    if known is not None:
        try:
            return _exchange(known, method=method, target=target, body=body, headers=headers)
        except TimeoutError as error:
            known.close()
            raise Unreachable(f"no answer within {SECONDS_MAX:.0f} seconds") from error
        except (http.client.HTTPException, OSError):
            # A kept connection may have been closed meanwhile; a receiver that took the body twice sees a duplicate.
            known.close()
    fresh = _open(place)
    try:
        return _exchange(fresh, method=method, target=target, body=body, headers=headers)
    except (http.client.HTTPException, OSError) as error:
        _connections().pop(place, None)
        fresh.close()
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def hang_up() -> None:
    """Close what this thread kept open."""
    for connection in _connections().values():
        connection.close()
    _connections().clear()


def _connections() -> dict[tuple[str, str], http.client.HTTPConnection]:
    if not hasattr(_local, "connections"):
        _local.connections = {}
    connections: dict[tuple[str, str], http.client.HTTPConnection] = _local.connections
    return connections


def _open(place: tuple[str, str]) -> http.client.HTTPConnection:
    scheme, netloc = place
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(netloc, timeout=SECONDS_MAX)
    _connections()[place] = connection
    return connection


def _exchange(
    connection: http.client.HTTPConnection, *, method: str, target: str, body: bytes, headers: dict[str, str]
) -> int:
    connection.request(method, target, body=body, headers=headers)
    response = connection.getresponse()
    response.read(ANSWER_BYTES_MAX)
    if response.length:
        connection.close()
    return response.status

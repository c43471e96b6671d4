"""One HTTP exchange as values: what came in, what goes out, and in which manner the bytes leave."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl

import orjson

Json = dict[str, Any]

REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found", 303: "See Other",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 411: "Length Required", 413: "Content Too Large",
    429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


class NotHere(Exception):
    """The control API was asked about something that does not exist."""


class Manner(Enum):
    """How an answer leaves: as it should, or one of the ways in which networks fail."""

    WHOLE = auto()
    HANG = auto()
    RESET = auto()
    DRIP_BODY = auto()
    DRIP_HEAD = auto()


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def base_url(self) -> str:
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    def query_values(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True, max_num_fields=1000))

    def form_values(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000))

    def json(self) -> Json:
        """The body as a JSON object; an empty body is an empty object. Raises ValueError for anything else."""
        value = orjson.loads(self.body) if self.body.strip() else {}
        if not isinstance(value, dict):
            raise ValueError("The body must be a JSON object.")
        return value


@dataclass(slots=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = Manner.WHOLE
    pace_seconds: float = 1.0
    executed: bool = False
    replayed: bool = False
    sent: list[Any] = field(default_factory=list)

    def head(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
        ]
        lines.extend(f"{name}: {value}" for name, value in self.headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def json_response(value: Any, *, status: int = 200) -> Response:
    return Response(status=status, body=orjson.dumps(value))


def html_response(text: str, *, status: int = 200) -> Response:
    return Response(status=status, body=text.encode(), content_type="text/html; charset=utf-8")


def redirect(url: str) -> Response:
    """See other: the browser continues with a GET. Line breaks in the address are dropped."""
    clean = url.replace("\r", "").replace("\n", "")
    return Response(status=303, content_type="text/plain", headers=(("Location", clean),))

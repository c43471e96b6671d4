"""How log records are written: one JSON object a line in production, one readable line at home, and never a secret.

Secrets are known by the name of their field, and by their shape where they slipped into a text.
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

from common.api.request_id import current_request_id

HIDDEN = "[hidden]"
_TEXT_LENGTH_MAX = 2_000
_TRACE_LENGTH_MAX = 12_000
_DEPTH_MAX = 5

_SECRET_WORDS = frozenset(
    (
        *("authorization", "auth", "bearer", "credential", "credentials", "cookie", "cookies", "session", "signature"),
        *("secret", "secrets", "password", "passwd", "passphrase", "passcode", "pin", "otp", "pepper"),
        *("token", "tokens", "jwt", "card", "cards", "pan", "cvv", "cvc", "iban"),
    )
)
_SECRET_KEYS = frozenset({"api", "private", "signing", "access", "encryption"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_JOINED = re.compile(r"apikey|secretkey|privatekey|accesskey|password|secret", re.IGNORECASE)
_SECRET_SHAPES = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JSON web token
    r"|\b(?:sk|rk|whsec|pk)_[A-Za-z0-9_+/=-]{8,}"  # Stripe's keys, and ours in the same form
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # name and password in an address
    r"|(?<![0-9A-Fa-f+])[3-6](?:[ -]?[0-9]){12,18}(?![0-9A-Fa-f])",  # a card number
    re.DOTALL,
)
_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _clean_text(record.getMessage()),
        }
        if request_id := current_request_id():
            entry["request_id"] = request_id
        for name, value in _extra(record).items():
            # A field may not pass itself off as one of ours.
            entry[f"extra_{name}" if name in entry else name] = value
        if trace := _trace(self, record):
            entry["exception"] = trace
        return json.dumps(entry, default=str)


class ReadableFormatter(logging.Formatter):
    """`14:32:05 INFO    payouts.tasks  payout sent  payout=…` on the clocks of this machine."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{_moment(record).astimezone():%H:%M:%S} {record.levelname:<7} {record.name}"
        parts = [head, _clean_text(record.getMessage())]
        parts.extend(f"{name}={_one_line(value)}" for name, value in _extra(record).items())
        if request_id := current_request_id():
            parts.append(f"request={request_id[:8]}")
        line = "  ".join(part.replace("\n", "\\n").replace("\r", "\\r") for part in parts)
        trace = _trace(self, record)
        return f"{line}\n{trace}" if trace else line


def redact(value: object, name: str = "", depth: int = 0) -> object:
    """The value as it may be kept: hidden when its name or its shape says secret, shortened when it is huge."""
    if is_secret_name(name):
        return HIDDEN
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping() if depth < _DEPTH_MAX:
            return {_clean_text(str(key)): redact(entry, str(key), depth + 1) for key, entry in value.items()}
        case list() | tuple() | set() | frozenset() if depth < _DEPTH_MAX:
            return [redact(entry, "", depth + 1) for entry in value]
        case bytes():
            return f"[{len(value)} bytes]"
        case _:
            return _clean_text(str(value))


def is_secret_name(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return (
        not _SECRET_WORDS.isdisjoint(words)
        or any(second == "key" and first in _SECRET_KEYS for first, second in pairwise(words))
        or _JOINED.search(name) is not None
    )


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: redact(value, name) for name, value in vars(record).items() if name not in _OWN_FIELDS}


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """The traceback, its newest end when it is long."""
    trace = formatter.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
    return _SECRET_SHAPES.sub(HIDDEN, trace)[-_TRACE_LENGTH_MAX:]


def _clean_text(text: str) -> str:
    hidden = _SECRET_SHAPES.sub(HIDDEN, text)
    return hidden if len(hidden) <= _TEXT_LENGTH_MAX else f"{hidden[:_TEXT_LENGTH_MAX]}… ({len(hidden)} characters)"


def _one_line(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else json.dumps(value, default=str, ensure_ascii=False)

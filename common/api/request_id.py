"""The id that follows one request through answers, logs and tasks; the caller may choose it."""

import re
import secrets
from contextvars import ContextVar

_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{8,64}")
request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request this thread works for; empty outside of one."""
    return request_id.get()


def choose_request_id(asked: str | None) -> str:
    """The caller's id when it is harmless in logs and headers, else a new one."""
    if asked and _ACCEPTED.fullmatch(asked):
        return asked
    return secrets.token_hex(16)

"""How long a gateway asked to be left alone. Read in one place for every adapter: it is a header of the answer."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime

from common import clock
from gateways.contract import GatewayReport

# Whoever asks for more is asked again all the same: a wrong header must not silence a payment for ever.
LONGEST = timedelta(hours=6)
_SAYING_IT = frozenset({429, 503})

_heard: ContextVar[timedelta | None] = ContextVar("asked_to_wait", default=None)


def note(status: int, headers: Mapping[str, str]) -> None:
    """Called with every answer; header names in lower case."""
    told = headers.get("retry-after", "") if status in _SAYING_IT else ""
    if told and (wait := _read(told.strip())) is not None:
        _heard.set(max(wait, _heard.get() or timedelta(0)))


def with_wait(call: Callable[[], GatewayReport]) -> GatewayReport:
    """The report of a call, and in it how long the gateway asked to be left alone, where it did."""
    before = _heard.set(None)
    try:
        report = call()
        wait = _heard.get()
    finally:
        _heard.reset(before)
    return report if wait is None else replace(report, retry_after=wait)


def _read(told: str) -> timedelta | None:
    """Seconds, or a date; None for what is neither."""
    if told.isascii() and told.isdigit():
        return min(timedelta(seconds=int(told[:9])), LONGEST)
    try:
        at = parsedate_to_datetime(told)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return min(max(at - clock.now(), timedelta(0)), LONGEST)

"""The circuit breaker of each gateway: one row that every process reads, so that all of them know a gateway is down.

Closed: calls go through. Open: none does, until `retry_at`. Then one call at a time may try (half open); its answer
closes the circuit, its failure opens it for twice as long. A database that does not answer stops no call.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from prometheus_client import Gauge

from common import clock
from common.remembered import Remembered
from gateways.errors import NotSent, Reason
from gateways.models import Breaker, BreakerState

logger = logging.getLogger(__name__)

FAILURES_TO_OPEN = 5
OPEN_FOR_MOST = timedelta(minutes=5)
# Whoever may try has this long; after it, the next one may.
PROBE_LEASE = timedelta(seconds=30)
_OPEN = Gauge("payment_gateway_circuit_open", "1 while no call to this gateway is let through.", ["circuit"])

_FAILED = """
INSERT INTO gateways_breaker AS b (circuit, state, failures, times_opened, reason, changed_at)
VALUES (%(circuit)s, 'closed', 1, 0, %(reason)s, %(now)s)
ON CONFLICT (circuit) DO UPDATE SET
    failures = b.failures + 1,
    reason = %(reason)s,
    state = CASE WHEN b.state = 'closed' AND b.failures + 1 < %(most)s THEN 'closed' ELSE 'open' END,
    times_opened = CASE WHEN b.state = 'half_open' OR (b.state = 'closed' AND b.failures + 1 >= %(most)s)
                        THEN b.times_opened + 1 ELSE b.times_opened END,
    retry_at = CASE WHEN b.state = 'half_open' OR (b.state = 'closed' AND b.failures + 1 >= %(most)s)
                    THEN %(now)s::timestamptz + least(%(open_for)s * power(2, b.times_opened), %(open_most)s::interval)
                    ELSE b.retry_at END,
    changed_at = CASE WHEN b.state = 'half_open' OR (b.state = 'closed' AND b.failures + 1 >= %(most)s)
                      THEN %(now)s ELSE b.changed_at END
"""
_WORKED = """
UPDATE gateways_breaker
SET state = 'closed', failures = 0, times_opened = 0, retry_at = NULL, reason = '',
    changed_at = CASE WHEN state = 'closed' THEN changed_at ELSE %(now)s END
WHERE circuit = %(circuit)s AND (failures > 0 OR state <> 'closed')
"""
_MAY_TRY = """
UPDATE gateways_breaker SET state = 'half_open', retry_at = %s
WHERE circuit = %s AND state <> 'closed' AND retry_at <= %s
"""


@dataclass(frozen=True, slots=True)
class Circuit:
    """How the circuit of a gateway stood when it was last read."""

    state: BreakerState
    failures: int
    reason: str
    changed_at: datetime | None
    retry_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state is not BreakerState.CLOSED


_CLOSED = Circuit(BreakerState.CLOSED, 0, "", None, None)
_circuits: Remembered[str, Circuit] = Remembered(seconds=2)


def circuit_name(gateway: str, *, livemode: bool) -> str:
    """Sandbox and live have circuits of their own: a broken sandbox says nothing about the real thing."""
    return f"{gateway}:{'live' if livemode else 'sandbox'}"


def circuit(name: str) -> Circuit:
    """At most two seconds old."""
    return _circuits.get_or_load(name, lambda: _load(name))


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The switch of one gateway in one mode, as `gateways.http` asks and tells it."""

    name: str

    def admit(self) -> None:
        """Raises NotSent while the circuit is open and it is not this call's turn to try."""
        seen = circuit(self.name)
        if not seen.is_open:
            return
        now = clock.now()
        if seen.retry_at is not None and seen.retry_at <= now and _may_try(self.name, now=now):
            return
        raise NotSent(Reason.CIRCUIT_OPEN, f"after {seen.failures} failures: {seen.reason}")

    def failed(self, reason: str) -> None:
        """The gateway did not answer, or said that it is broken."""
        if _write(_FAILED, _failure(self.name, reason=reason)):
            seen = _circuits.put(self.name, _load(self.name))
            if seen.is_open:
                logger.error("gateway circuit is open", extra={"circuit": self.name, "reason": reason})

    def worked(self) -> None:
        """The gateway answered. Writes nothing while nothing was wrong."""
        seen = circuit(self.name)
        if not seen.is_open and not seen.failures:
            return
        if _write(_WORKED, {"now": clock.now(), "circuit": self.name}):
            _circuits.put(self.name, _load(self.name))
            if seen.is_open:
                logger.warning("gateway circuit is closed again", extra={"circuit": self.name})


def _failure(name: str, *, reason: str) -> dict[str, Any]:
    return {
        "circuit": name,
        "reason": reason[:60],
        "now": clock.now(),
        "most": FAILURES_TO_OPEN,
        "open_for": timedelta(seconds=settings.BREAKER_OPEN_SECONDS),
        "open_most": OPEN_FOR_MOST,
    }


def _write(statement: str, values: dict[str, Any]) -> bool:
    """False where the database refused: the breaker then knows less, and the calls go on."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
    except DatabaseError:
        logger.exception("the circuit breaker could not be written")
        return False
    return True


def _may_try(name: str, *, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_MAY_TRY, [now + PROBE_LEASE, name, now])
        return bool(cursor.rowcount)


def _load(name: str) -> Circuit:
    try:
        row = Breaker.objects.filter(pk=name).first()
    except DatabaseError:
        logger.exception("the circuit breaker could not be read")
        return _CLOSED
    found = _CLOSED
    if row is not None:
        found = Circuit(BreakerState(row.state), row.failures, row.reason, row.changed_at, row.retry_at)
    _OPEN.labels(name).set(int(found.is_open))
    return found

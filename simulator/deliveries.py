"""Webhooks on their way: sent by a small pool, tried again on a short schedule, spoiled where the script says so.

A forged or stale first try is followed by honest ones, as when an attacker comes before the gateway.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from simulator.agenda import Agenda
from simulator.faults import LIES, WEBHOOK, Fault, FaultKind, FaultScript
from simulator.postman import Unreachable, hang_up, post
from simulator.wire import Json

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
LOG_ENTRIES_MAX = 2000
STALE_SECONDS = 1000
REORDER_WAIT_SECONDS = 3.0


class Signing(Enum):
    HONEST = auto()
    FORGED = auto()
    STALE = auto()


@dataclass(slots=True)
class Delivery:
    """One event for one receiver. `sign` makes the headers for a body anew at each try; no `retry_seconds`: one try."""

    gateway: str
    account: str
    event_id: str
    event_type: str
    payment: str
    references: frozenset[str]
    url: str
    body: bytes
    sign: Callable[[bytes, int], dict[str, str]]
    forge: Callable[[bytes, int], dict[str, str]]
    on_delivered: Callable[[], None]
    tries: int = 0
    is_over: bool = False
    signing: Signing = Signing.HONEST
    method: str = "POST"
    retry_seconds: tuple[float, ...] = RETRY_SECONDS

    def facts(self) -> dict[str, frozenset[str]]:
        return {
            "reference": self.references,
            "account": frozenset({self.account}),
            "payment": frozenset({self.payment}),
            "event": frozenset({self.event_type}),
        }

    def headers(self) -> dict[str, str]:
        now = int(time.time())
        match self.signing:
            case Signing.HONEST:
                return self.sign(self.body, now)
            case Signing.STALE:
                return self.sign(self.body, now - STALE_SECONDS)
            case Signing.FORGED:
                return self.forge(self.body, now)


@dataclass(slots=True)
class _Held:
    """Deliveries kept back by a reorder fault until enough have come."""

    deliveries: list[Delivery] = field(default_factory=list)


class Dispatcher:
    def __init__(self, *, script: FaultScript, threads: int, distort: Callable[..., bytes]) -> None:
        self._script = script
        self._agenda = Agenda(name="webhooks", threads=threads, farewell=hang_up)
        self._distort = distort
        self._held = _Held()
        self._guard = threading.Lock()
        self._log: deque[Json] = deque(maxlen=LOG_ENTRIES_MAX)
        self.delivered = 0

    def send(self, delivery: Delivery) -> None:
        fault = self._script.take(gateway=delivery.gateway, operation=WEBHOOK, facts=delivery.facts())
        if fault is None:
            self._plan(delivery, delay_seconds=0.0)
        elif fault.fault in LIES:
            delivery.body = self._distort(delivery.gateway, delivery.body, lie=fault.fault)
            self._plan(delivery, delay_seconds=0.0)
        else:
            self._send_faulty(delivery, fault=fault)

    def _send_faulty(self, delivery: Delivery, *, fault: Fault) -> None:
        match fault.fault:
            case FaultKind.DROP:
                delivery.is_over = True
                self._note(delivery, result="dropped")
            case FaultKind.DUPLICATE:
                for _ in range(fault.count or 2):
                    self._plan(delivery, delay_seconds=0.0)
            case FaultKind.DELAY:
                self._plan(delivery, delay_seconds=fault.delay_seconds(default_ms=2000))
            case FaultKind.REORDER:
                self._hold(delivery, fault=fault)
            case FaultKind.FORGE:
                delivery.signing = Signing.FORGED
                self._plan(delivery, delay_seconds=0.0)
            case FaultKind.STALE:
                delivery.signing = Signing.STALE
                self._plan(delivery, delay_seconds=0.0)
            case _:
                raise ValueError(f"{fault.fault} cannot happen to a webhook.")

    def _plan(self, delivery: Delivery, *, delay_seconds: float) -> None:
        self._agenda.add(lambda: self._attempt(delivery), delay_seconds=delay_seconds)

    def _hold(self, delivery: Delivery, *, fault: Fault) -> None:
        with self._guard:
            self._held.deliveries.append(delivery)
            held = self._held
            is_first, is_full = len(held.deliveries) == 1, len(held.deliveries) >= (fault.count or 1)
        if is_full:
            self._release(held)
        elif is_first:
            wait = fault.delay_seconds(default_ms=int(REORDER_WAIT_SECONDS * 1000))
            self._agenda.add(lambda: self._release(held), delay_seconds=wait)

    def _release(self, held: _Held) -> None:
        with self._guard:
            if self._held is held:
                self._held = _Held()
            deliveries, held.deliveries = held.deliveries[::-1], []
        if deliveries:
            self._agenda.add(lambda: self._attempt_in_turn(deliveries))

    def _attempt_in_turn(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            self._attempt(delivery)

    def _attempt(self, delivery: Delivery) -> None:
        started = time.monotonic()
        headers = delivery.headers()
        delivery.tries += 1
        try:
            status = post(delivery.url, body=delivery.body, headers=headers, method=delivery.method)
            result, is_taken = str(status), 200 <= status < 300
        except Unreachable as error:
            result, is_taken = str(error), False
        self._note(delivery, result=result, milliseconds=int((time.monotonic() - started) * 1000))
        delivery.signing = Signing.HONEST
        if is_taken:
            self._finish(delivery)
        elif delivery.tries <= len(delivery.retry_seconds):
            self._plan(delivery, delay_seconds=delivery.retry_seconds[delivery.tries - 1])
        else:
            delivery.is_over = True

    def _finish(self, delivery: Delivery) -> None:
        with self._guard:
            self.delivered += 1
        if not delivery.is_over:
            delivery.is_over = True
            delivery.on_delivered()

    def _note(self, delivery: Delivery, *, result: str, milliseconds: int = 0) -> None:
        self._log.append(
            {
                "at": int(time.time()),
                "gateway": delivery.gateway,
                "event": delivery.event_id,
                "type": delivery.event_type,
                "payment": delivery.payment,
                "url": delivery.url,
                "try": delivery.tries,
                "result": result,
                "signing": delivery.signing.name.lower(),
                "milliseconds": milliseconds,
            }
        )

    def log(self, *, limit: int = 200) -> list[Json]:
        """Newest first."""
        return list(self._log)[-limit:][::-1]

    @property
    def waiting(self) -> int:
        with self._guard:
            return self._agenda.waiting + len(self._held.deliveries)

    def clear(self) -> None:
        self._agenda.clear()
        self._log.clear()
        with self._guard:
            self._held = _Held()

    def stop(self) -> None:
        self._agenda.stop()

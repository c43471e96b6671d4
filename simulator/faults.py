"""The fault script: which of the coming calls and webhooks go wrong, and how.

A fault skips the first `after` matches, then strikes `times` times; without `times` it strikes until it is deleted.
Everything is counted and chance is drawn from a seeded generator: the same seed and calls give the same faults.
"""

import itertools
import random
import threading
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from simulator.wire import Json


class FaultKind(StrEnum):
    REFUSE = "refuse"
    EXECUTE_THEN_HANG = "execute_then_hang"
    HANG_WITHOUT_EXECUTING = "hang_without_executing"
    EXECUTE_THEN_RESET = "execute_then_reset"
    RESET_WITHOUT_EXECUTING = "reset_without_executing"
    DRIP = "drip"
    DRIP_HEADERS = "drip_headers"
    OVERSIZE = "oversize"
    HTML = "html"
    EMPTY = "empty"
    TRUNCATED_JSON = "truncated_json"
    STATUS_500_EXECUTED = "status_500_executed"
    STATUS_500_NOT_EXECUTED = "status_500_not_executed"
    STATUS_503 = "status_503"
    REDIRECT_302 = "redirect_302"
    SAY = "say"
    RATE_LIMIT_429 = "rate_limit_429"
    SLOW = "slow"
    BEFORE_ANSWER = "before_answer"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_REFERENCE = "wrong_reference"
    LIVE_MODE_ANSWER = "live_mode_answer"
    UNKNOWN_STATUS = "unknown_status"
    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    REORDER = "reorder"
    FORGE = "forge"
    STALE = "stale"


LIES = frozenset({
    FaultKind.WRONG_AMOUNT, FaultKind.WRONG_CURRENCY, FaultKind.WRONG_REFERENCE,
    FaultKind.LIVE_MODE_ANSWER, FaultKind.UNKNOWN_STATUS,
})  # fmt: skip
WEBHOOK_ONLY = frozenset({
    FaultKind.DROP, FaultKind.DUPLICATE, FaultKind.DELAY, FaultKind.REORDER, FaultKind.FORGE, FaultKind.STALE,
})  # fmt: skip
MATCH_KEYS = frozenset({"reference", "account", "event", "payment"})
WEBHOOK = "webhook"
REORDER_COUNT = 3
# The operation "change" in a script stands for any of these: the calls that cause webhooks.
CHANGES = frozenset({"create", "confirm", "capture", "cancel"})


class InvalidFault(ValueError):
    """The fault asked for does not exist or its numbers make no sense."""


@dataclass(slots=True)
class Fault:
    id: int
    gateway: str
    operation: str
    fault: FaultKind
    times: int | None = 1
    after: int = 0
    delay_ms: int | None = None
    count: int | None = None
    chance_percent: int = 100
    status: int = 200
    body: str = ""
    match: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    struck: int = 0

    def delay_seconds(self, *, default_ms: int) -> float:
        return (default_ms if self.delay_ms is None else self.delay_ms) / 1000

    def covers(self, *, gateway: str, operation: str, facts: dict[str, frozenset[str]]) -> bool:
        if self.gateway not in (gateway, "any") or not self._covers_operation(operation):
            return False
        return all(value in facts.get(name, frozenset()) for name, value in self.match.items())

    def _covers_operation(self, operation: str) -> bool:
        if self.operation == "any":
            return operation != WEBHOOK
        return operation in CHANGES if self.operation == "change" else self.operation == operation

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.struck >= self.times


class FaultScript:
    def __init__(self, *, seed: int) -> None:
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)
        self._chance = random.Random(seed)
        self._guard = threading.Lock()

    def add(self, wanted: Json) -> Fault:
        fault = _parse(wanted, number=next(self._numbers))
        with self._guard:
            self._faults.append(fault)
        return fault

    def active(self) -> list[Json]:
        with self._guard:
            return [asdict(fault) for fault in self._faults]

    def remove(self, number: int | None = None) -> int:
        """Delete one fault, or all of them; tells how many went."""
        with self._guard:
            kept = [] if number is None else [fault for fault in self._faults if fault.id != number]
            gone = len(self._faults) - len(kept)
            self._faults = kept
        return gone

    @property
    def is_empty(self) -> bool:
        return not self._faults

    def take(self, *, gateway: str, operation: str, facts: dict[str, frozenset[str]]) -> Fault | None:
        """The first fault that strikes this call or webhook; its count goes up."""
        if not self._faults:
            return None
        with self._guard:
            for fault in self._faults:
                if fault.covers(gateway=gateway, operation=operation, facts=facts) and self._strikes(fault):
                    return fault
        return None

    def _strikes(self, fault: Fault) -> bool:
        fault.seen += 1
        if fault.seen <= fault.after or self._chance.randrange(100) >= fault.chance_percent:
            return False
        fault.struck += 1
        if fault.is_spent:
            self._faults.remove(fault)
        return True


def _parse(wanted: Json, *, number: int) -> Fault:
    known = {"gateway", "operation", "fault", "times", "after", "delay_ms", "count", "chance_percent", "match"}
    known |= {"status", "body"}
    if unknown := set(wanted) - known:
        raise InvalidFault(f"Unknown field {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}.")
    try:
        kind = FaultKind(str(wanted.get("fault")))
    except ValueError:
        raise InvalidFault(f"Unknown fault {wanted.get('fault')!r}; known are {', '.join(FaultKind)}.") from None
    count = None if wanted.get("count") is None else _number("count", wanted["count"], least=1)
    if kind is FaultKind.REORDER and count is None:
        count = REORDER_COUNT
    times = wanted.get("times", count if kind is FaultKind.REORDER else 1)
    return Fault(
        id=number,
        gateway=str(wanted.get("gateway", "any")),
        operation=_operation(str(wanted.get("operation", "any")), kind=kind),
        fault=kind,
        times=None if times is None else _number("times", times, least=1),
        after=_number("after", wanted.get("after", 0)),
        delay_ms=None if wanted.get("delay_ms") is None else _number("delay_ms", wanted["delay_ms"]),
        count=count,
        chance_percent=_number("chance_percent", wanted.get("chance_percent", 100)),
        status=_number("status", wanted.get("status", 200), least=100),
        body=str(wanted.get("body", "")),
        match=_match(wanted.get("match") or {}),
    )


def _operation(operation: str, *, kind: FaultKind) -> str:
    if kind in WEBHOOK_ONLY:
        if operation not in (WEBHOOK, "any"):
            raise InvalidFault(f"{kind} happens to webhooks: give the operation 'webhook'.")
        return WEBHOOK
    if operation == WEBHOOK and kind is FaultKind.BEFORE_ANSWER:
        return "change"
    if operation == WEBHOOK and kind not in LIES:
        raise InvalidFault(f"{kind} happens to calls: give the operation of a call, or 'any'.")
    return operation


def _number(name: str, value: object, *, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InvalidFault(f"{name} must be a whole number of at least {least}.")
    return value


def _match(wanted: Json) -> dict[str, str]:
    if not isinstance(wanted, dict) or (set(wanted) - MATCH_KEYS):
        raise InvalidFault(f"match may hold {', '.join(sorted(MATCH_KEYS))}.")
    return {name: str(value) for name, value in wanted.items()}

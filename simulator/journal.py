"""Every call received, executed or not: the answer to "how often did you ask?". In memory, the newest only."""

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass

from simulator.gateway import Call
from simulator.wire import Json, Response

ENTRIES_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    at: float
    gateway: str
    operation: str
    method: str
    path: str
    account: str
    payment: str
    reference: str
    references: frozenset[str]
    idempotency_key: str
    status: int
    manner: str
    executed: bool
    replayed: bool
    fault: str


class Journal:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=ENTRIES_MAX)

    def note(self, call: Call, *, response: Response, fault: str) -> None:
        self._entries.append(
            Entry(
                at=time.time(),
                gateway=call.gateway,
                operation=call.route.operation,
                method=call.request.method,
                path=call.request.path,
                account=call.account,
                payment=call.payment,
                reference=call.reference,
                references=call.references,
                idempotency_key=call.idempotency_key,
                status=response.status,
                manner=response.manner.name.lower(),
                executed=response.executed,
                replayed=response.replayed,
                fault=fault,
            )
        )

    def report(self, *, reference: str = "", limit: int = 200) -> Json:
        """Counts per operation and the newest calls, of one reference or of all."""
        entries = [entry for entry in list(self._entries) if not reference or reference in entry.references]
        received = Counter(entry.operation for entry in entries)
        executed = Counter(entry.operation for entry in entries if entry.executed)
        return {
            "reference": reference or None,
            "received": dict(received),
            "executed": dict(executed),
            "total": len(entries),
            "calls": [_plain(entry) for entry in entries[-limit:][::-1]],
        }

    def clear(self) -> None:
        self._entries.clear()


def _plain(entry: Entry) -> Json:
    plain = asdict(entry)
    del plain["references"]
    return plain

"""An open-loop load generator: each request leaves when its time has come, whatever became of those before it.

A closed loop asks less of a server that is slow, and so hides what its callers would feel. Here the time of an answer
counts from the moment its request was due, also where it left late.
"""

import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench import load
from bench.load import Answer

_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One request, due so many seconds after the start. `name` says whose it is."""

    due: float
    name: str
    request: bytes


@dataclass(slots=True)
class Volley:
    """What came of the requests of one name."""

    asked: int = 0
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    first_due: float = 0.0
    last_answer: float = 0.0
    late_milliseconds: float = 0.0

    @property
    def unanswered(self) -> int:
        return self.asked - len(self.milliseconds)

    @property
    def per_second(self) -> float:
        seconds = self.last_answer - self.first_due
        return len(self.milliseconds) / seconds if seconds > 0 else 0.0

    def percentile(self, share: float) -> float:
        return load.percentile(self.milliseconds, share)

    def require(self, *statuses: int) -> None:
        wrong = {status: count for status, count in self.statuses.items() if status not in statuses}
        if wrong or self.unanswered:
            raise RuntimeError(f"not expected: {wrong or ''} {self.unanswered} without an answer")


def evenly(name: str, requests: Sequence[bytes], *, per_second: float) -> list[Shot]:
    return [Shot(number / per_second, name, request) for number, request in enumerate(requests)]


def together(*trains: Iterable[Shot]) -> list[Shot]:
    """Several trains of requests as one, in the order in which they are due."""
    return list(heapq.merge(*trains, key=lambda shot: shot.due))


class _Line:
    """One connection that is kept: either idle or waiting for one answer."""

    __slots__ = ("buffer", "due", "name", "socket")

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self.buffer = b""
        self.due = 0.0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self) -> Answer | None:
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed a connection that was to be kept")
        self.buffer += data
        answer = load.complete(self.buffer)
        if answer is not None:
            self.buffer = b""
        return answer


class Battery:
    """Fires at one port. Connections are kept per name, as different callers have different ones."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: dict[str, deque[_Line]] = {}
        self._selector = selectors.DefaultSelector()
        self._volleys: dict[str, Volley] = {}
        self._waiting = 0

    def fire(self, shots: Sequence[Shot], *, patience_seconds: float) -> dict[str, Volley]:
        """Fire all and wait for the last answers; who has not answered `patience_seconds` after the end is counted."""
        started = time.perf_counter() + 0.05
        number = 0
        try:
            while number < len(shots) or self._waiting:
                now = time.perf_counter() - started
                while number < len(shots) and shots[number].due <= now:
                    self._send(shots[number], started=started)
                    number += 1
                if number == len(shots) and now > shots[-1].due + patience_seconds:
                    break
                next_due = shots[number].due if number < len(shots) else now + 0.1
                self._receive(max(next_due - (time.perf_counter() - started), 0), started=started)
        finally:
            self._close()
        return self._volleys

    def _send(self, shot: Shot, *, started: float) -> None:
        volley = self._volleys.setdefault(shot.name, Volley(first_due=shot.due))
        idle = self._idle.setdefault(shot.name, deque())
        line = idle.popleft() if idle else self._connected(shot.name)
        line.due = shot.due
        volley.asked += 1
        late = (time.perf_counter() - started - shot.due) * 1000
        volley.late_milliseconds = max(volley.late_milliseconds, late)
        self._waiting += 1
        line.socket.sendall(shot.request)

    def _connected(self, name: str) -> _Line:
        line = _Line(self._port, name)
        self._selector.register(line.socket, selectors.EVENT_READ, line)
        return line

    def _receive(self, seconds: float, *, started: float) -> None:
        for key, _ in self._selector.select(seconds):
            line: _Line = key.data
            answer = line.receive()
            if answer is None:
                continue
            volley, now = self._volleys[line.name], time.perf_counter() - started
            volley.milliseconds.append((now - line.due) * 1000)
            volley.statuses[answer.status] = volley.statuses.get(answer.status, 0) + 1
            volley.last_answer = now
            self._waiting -= 1
            self._idle[line.name].append(line)

    def _close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.socket.close()
        self._selector.close()

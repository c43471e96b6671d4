"""A closed-loop load generator: raw sockets that are kept open, requests written by scripts, one thread.

wrk is not on a bare machine, and an HTTP client of Python costs more per request than the service does. A script is a
generator: it yields the bytes of a request and is sent the answer; each connection runs one.
"""

import selectors
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


Script = Generator[bytes, Answer, None]


@dataclass(slots=True)
class Load:
    """What came of a run. `cpu_seconds` is what the generator itself used."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return len(self.milliseconds)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        return percentile(self.milliseconds, share)

    def require(self, *statuses: int) -> None:
        """A failure is no answer to be counted as speed."""
        wrong = {status: count for status, count in self.statuses.items() if status not in statuses}
        if wrong:
            raise RuntimeError(f"answers with these statuses were not expected: {wrong}")


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class _Line:
    """One connection and the script it follows."""

    __slots__ = ("buffer", "script", "sent_at", "socket")

    def __init__(self, port: int, script: Script) -> None:
        self.script = script
        self.buffer = b""
        self.sent_at = 0.0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """The answer, once it is here in full."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed a connection that was to be kept")
        self.buffer += data
        answer = complete(self.buffer)
        if answer is not None:
            self.buffer = b""
        return answer


def complete(received: bytes) -> Answer | None:
    """The answer, where all of it has been received."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator or len(body) < _content_length(head):
        return None
    return Answer(int(head[9:12]), body)


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0])


def run(*, port: int, make_script: Callable[[int], Script], connections: int) -> Load:
    """Follow one script per connection until all have ended."""
    load = Load()
    lines = [_Line(port, make_script(number)) for number in range(connections)]
    selector = selectors.DefaultSelector()
    cpu_before, started = time.process_time(), time.perf_counter()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        _advance(line, None, selector=selector)
    while selector.get_map():
        ready = selector.select(_TIMEOUT_SECONDS)
        if not ready:
            raise TimeoutError("no answer came for a minute")
        for key, _ in ready:
            _serve(key.data, load=load, selector=selector)
    load.seconds, load.cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_before
    selector.close()
    return load


def _serve(line: _Line, *, load: Load, selector: selectors.BaseSelector) -> None:
    answer = line.receive()
    if answer is None:
        return
    load.milliseconds.append((time.perf_counter() - line.sent_at) * 1000)
    load.statuses[answer.status] = load.statuses.get(answer.status, 0) + 1
    _advance(line, answer, selector=selector)


def _advance(line: _Line, answer: Answer | None, *, selector: selectors.BaseSelector) -> None:
    try:
        request = next(line.script) if answer is None else line.script.send(answer)
    except StopIteration:
        selector.unregister(line.socket)
        line.socket.close()
        return
    line.send(request)

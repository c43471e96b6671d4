"""Decides when one gateway call is over: a watchdog cuts its connection, which remembers whether a byte was sent.

A timeout per read is not enough: a gateway that drips one byte per second never reaches it, neither in the body nor in
the headers. One thread per process cuts the socket of any call whose total time is up.
"""

import heapq
import itertools
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from common import clock

# A gateway closes idle connections at its own time; a request on one that is just closing is lost. Ours close first.
_IDLE_SECONDS_MAX = 20.0


class Line:
    """A second handle on one connection's socket, so that another thread can cut it without racing for the first."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected.dup()
        self._lock = threading.Lock()
        self._call: Call | None = None

    def carry(self, call: "Call") -> None:
        with self._lock:
            self._call = call

    def cut(self, call: "Call") -> None:
        with self._lock:
            # The connection may already be in the hands of the next call.
            if self._call is not call:
                return
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # The other side was faster.

    def close(self) -> None:
        with self._lock:
            self._socket.close()


class Call:
    """One call on its way: until when it may run, and whether a byte of it may have left."""

    __slots__ = ("_line", "_lock", "connect_until", "is_expired", "is_over", "was_sent")

    def __init__(self, *, connect_until: float) -> None:
        self.connect_until = connect_until
        self.is_expired = False
        self.is_over = False
        self.was_sent = False
        self._line: Line | None = None
        self._lock = threading.Lock()

    def travel_on(self, line: Line) -> None:
        """Tie the call to a connection. Raises TimeoutError when its time was up before it had one."""
        with self._lock:
            if self.is_expired:
                raise TimeoutError("the time for the whole call was up while connecting")
            self._line = line
            line.carry(self)

    def expire(self) -> None:
        with self._lock:
            if self.is_over:
                return
            self.is_expired = True
            if self._line is not None:
                self._line.cut(self)

    def finish(self) -> None:
        with self._lock:
            self.is_over = True
            self._line = None


class _Watchdog:
    """One thread that expires calls. It starts with the first call and again in a forked child."""

    def __init__(self) -> None:
        self._pid = 0
        self._reset()

    def _reset(self) -> None:
        self._due: list[tuple[float, int, Call]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    def watch(self, call: Call, *, until: float) -> None:
        if self._pid != os.getpid():
            self._start()
        with self._changed:
            heapq.heappush(self._due, (until, next(self._numbers), call))
            if self._due[0][2] is call:
                self._changed.notify()

    def _start(self) -> None:
        with _start_lock:
            if self._pid == os.getpid():
                return
            self._reset()
            self._pid = os.getpid()
            threading.Thread(target=self._run, name="gateway-deadlines", daemon=True).start()

    def _run(self) -> None:
        while True:
            for call in self._wait_for_due():
                call.expire()

    def _wait_for_due(self) -> list[Call]:
        with self._changed:
            while self._due and self._due[0][2].is_over:
                heapq.heappop(self._due)
            if not self._due:
                self._changed.wait()
                return []
            self._changed.wait(max(0.0, self._due[0][0] - clock.monotonic()))
            due = []
            while self._due and self._due[0][0] <= clock.monotonic():
                due.append(heapq.heappop(self._due)[2])
            return due


_start_lock = threading.Lock()
_watchdog = _Watchdog()
_current = threading.local()


def _renew_locks_after_fork() -> None:
    global _start_lock  # noqa: PLW0603 - a lock held by another thread at the fork would stay locked for ever
    _start_lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_locks_after_fork)


@contextmanager
def one_call(*, connect_seconds: float, total_seconds: float) -> Iterator[Call]:
    """Run one call under its deadlines. The connections below find it by thread."""
    started = clock.monotonic()
    call = Call(connect_until=started + min(connect_seconds, total_seconds))
    _watchdog.watch(call, until=started + total_seconds)
    _current.call = call
    try:
        yield call
    finally:
        call.finish()
        _current.call = None


class _Watched:
    """What a watched connection adds to urllib3's: one connect deadline, a line to cut, a mark at the first byte."""

    _line: Line | None = None
    used_at = 0.0
    # Provided by urllib3's connection, which this stands in front of.
    sock: Any
    host: str
    port: int
    socket_options: Any
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        call: Call = _current.call
        connected = self._connect_before(call.connect_until)
        # TLS keeps the same underlying connection, so the line taken here can cut the handshake too.
        self._line = Line(connected)
        call.travel_on(self._line)
        return connected

    def _connect_before(self, until: float) -> socket.socket:
        """Try each address in turn; the deadline is for all of them together, which urllib3's is not."""
        failure: OSError = OSError("the name has no address")
        for address in self._addresses():
            seconds_left = until - clock.monotonic()
            if seconds_left <= 0:
                raise ConnectTimeoutError(self, "no time left to connect")
            try:
                return self._connect_to(address, seconds=seconds_left)
            except OSError as refused:
                failure = refused
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "connecting took too long") from failure
        raise NewConnectionError(self, str(failure)) from failure  # type: ignore[arg-type]

    def _addresses(self) -> list[Any]:
        # The system's resolver has deadlines of its own; nothing can cut it short from here.
        try:
            return socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as unresolved:
            error = unresolved if isinstance(unresolved, socket.gaierror) else socket.gaierror(str(unresolved))
            raise NameResolutionError(self.host, self, error) from unresolved  # type: ignore[arg-type]

    def _connect_to(self, address: Any, *, seconds: float) -> socket.socket:
        family, kind, protocol, _name, where = address
        connecting = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                connecting.setsockopt(*option)
            connecting.settimeout(seconds)
            connecting.connect(where)
        except BaseException:
            connecting.close()
            raise
        return connecting

    def request(self, *args: Any, **kwargs: Any) -> None:
        self.used_at = clock.monotonic()
        if self.sock is not None and self._line is not None:
            _current.call.travel_on(self._line)
        super().request(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        _current.call.was_sent = True
        super().send(data)  # type: ignore[misc]

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        super().close()  # type: ignore[misc]


class _WatchedHttp(_Watched, HTTPConnection):
    pass


class _WatchedHttps(_Watched, HTTPSConnection):
    pass


class _ClosesIdle:
    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if connection.sock is not None and clock.monotonic() - connection.used_at > _IDLE_SECONDS_MAX:
            connection.close()
        return connection


class WatchedHttpPool(_ClosesIdle, HTTPConnectionPool):
    ConnectionCls = _WatchedHttp


class WatchedHttpsPool(_ClosesIdle, HTTPSConnectionPool):
    ConnectionCls = _WatchedHttps

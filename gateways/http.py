"""The one HTTP client for gateways. Decides, only here, whether a call without an answer was not sent or is unknown.

Nothing is retried, no redirect is followed, nothing is read from the environment, certificates are always checked.
"""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
from django.conf import settings
from django.db import connections
from prometheus_client import Counter, Histogram
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError, SSLError

from common import clock
from gateways.deadline import Call, WatchedHttpPool, WatchedHttpsPool, one_call
from gateways.errors import CallInsideTransaction, NoAnswer, NotSent, OutcomeUnknown, Reason
from gateways.redaction import safe_body, safe_headers, safe_url
from gateways.waiting import note

logger = logging.getLogger(__name__)

RESPONSE_TIME = Histogram(
    "payment_gateway_response_time",
    "Seconds from the start of a gateway call to its answer or its end without one.",
    ["gateway", "operation"],
)
ERRORS = Counter(
    "payment_errors_total",
    "Calls and answers that were not a success, by the code in the report.",
    ["gateway", "code"],
)

_PIECE = 64 * 1024
_SLOW_SECONDS = 2.0
# What a gateway, or what stands before it, answers when it is broken. A 500 of one call is not an outage.
_OUTAGE = frozenset({502, 503, 504})
_NO_FAULT_OF_THE_GATEWAY = frozenset({Reason.INVALID_REQUEST, Reason.GATEWAY_BUSY, Reason.CIRCUIT_OPEN})
_REQUESTS = requests.RequestException.__module__
# Everything that requests, urllib3 and the standard library raise on the way.
_FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the gateway answered, whatever the status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed_ms: int


class Switch(Protocol):
    """What may stop calls to a gateway that is down, and is told how each call went; see `gateways.breaker`."""

    def admit(self) -> None:
        """Raises NotSent."""
        ...

    def worked(self) -> None: ...

    def failed(self, reason: str) -> None: ...


class _NoRedirects(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never: requests would read the whole body of a redirect, without a limit, even when told not to follow."""


class _WatchedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": WatchedHttpPool, "https": WatchedHttpsPool}


class GatewayHttp:
    """Pooled HTTP to one gateway, shared by its accounts. `total_seconds` holds for a whole call, dripped or not."""

    def __init__(
        self,
        name: str,
        *,
        connect_seconds: float,
        total_seconds: float,
        max_bytes: int = 2 * 1024 * 1024,
        pool_size: int = 32,
        busy_seconds: float = 0.5,
        waiting_max: int = 32,
        switch: Switch | None = None,
    ) -> None:
        self.name = name
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes
        self._busy_seconds = busy_seconds
        self._switch = switch
        self._places = threading.BoundedSemaphore(pool_size)
        self._waiting = threading.BoundedSemaphore(waiting_max)
        self._under_way: dict[int, float] = {}
        self._session = _new_session(pool_size)

    def request(
        self,
        *,
        operation: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
    ) -> HttpAnswer:
        """Make one call. Raises NotSent, OutcomeUnknown, or CallInsideTransaction when a transaction is open."""
        _refuse_inside_transaction()
        started = clock.monotonic()
        try:
            with self._admitted(started):
                prepared = _prepare(method=method, url=url, headers=headers, body=body)
                answer = self._exchange(prepared, started=started)
        except NoAnswer as failure:
            self._record_failure(failure, operation=operation, url=url)
            raise
        finally:
            RESPONSE_TIME.labels(self.name, operation).observe(clock.monotonic() - started)
        self._judge(answer)
        note(answer.status, answer.headers)
        self._log_answer(answer, operation=operation, url=url, sent=body)
        return answer

    def count_error(self, code: str) -> None:
        """Count an answer that was not a success. Codes come from the adapter's table, so that labels stay few."""
        ERRORS.labels(self.name, code).inc()

    def close(self) -> None:
        self._session.close()

    @contextmanager
    def _admitted(self, started: float) -> Iterator[None]:
        """Everything that may refuse a call before it starts. One slow gateway must not take every thread.

        Who finds every place taken waits for one, unless the calls that have them are slow or enough others wait:
        then waiting would only take one more thread.
        """
        if self._switch:
            self._switch.admit()
        if not self._places.acquire(blocking=False) and not self._waited(started):
            raise NotSent(Reason.GATEWAY_BUSY, "too many calls to this gateway are under way")
        me = threading.get_ident()
        self._under_way[me] = started
        try:
            yield
        finally:
            del self._under_way[me]
            self._places.release()

    def _waited(self, started: float) -> bool:
        """Whether a place came free while there was reason to wait for one."""
        if self._is_slow(started) or not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=self._busy_seconds)
        finally:
            self._waiting.release()

    def _is_slow(self, now: float) -> bool:
        return any(now - started > _SLOW_SECONDS for started in list(self._under_way.values()))

    def _exchange(self, prepared: requests.PreparedRequest, *, started: float) -> HttpAnswer:
        with one_call(connect_seconds=self._connect_seconds, total_seconds=self._total_seconds) as call:
            try:
                status, headers, body = self._send_and_read(prepared)
            except NoAnswer:
                raise
            except _FAILURES as failure:
                # Not chained: the exceptions of requests carry the request with its credentials.
                raise _judged(failure, call) from None
            if call.is_expired:
                # Headers that were cut off in the middle look complete to http.client.
                raise OutcomeUnknown(Reason.TOTAL_DEADLINE)
        return HttpAnswer(status, headers, body, round((clock.monotonic() - started) * 1000))

    def _send_and_read(self, prepared: requests.PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        response = self._session.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=(self._connect_seconds, self._total_seconds),
            verify=True,
            proxies={},
        )
        try:
            body = self._read_capped(response)
        finally:
            response.close()
        return response.status_code, {name.lower(): value for name, value in response.headers.items()}, body

    def _read_capped(self, response: requests.Response) -> bytes:
        """Read and unpack piece by piece, so that neither a large nor a compressed answer fills the memory."""
        pieces = []
        size = 0
        while piece := response.raw.read(_PIECE, decode_content=True):
            size += len(piece)
            if size > self._max_bytes:
                raise OutcomeUnknown(Reason.OVERSIZE_ANSWER, f"more than {self._max_bytes} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    def _judge(self, answer: HttpAnswer) -> None:
        """An answer, whatever it says, means that the gateway lives."""
        if not self._switch:
            return
        if answer.status in _OUTAGE:
            self._switch.failed(f"status {answer.status}")
        else:
            self._switch.worked()

    def _record_failure(self, failure: NoAnswer, *, operation: str, url: str) -> None:
        self.count_error(failure.reason)
        if self._switch and failure.reason not in _NO_FAULT_OF_THE_GATEWAY:
            self._switch.failed(failure.reason)
        logger.warning(
            "gateway call has no answer",
            extra={
                "gateway": self.name,
                "operation": operation,
                "url": safe_url(url),
                "was_sent": isinstance(failure, OutcomeUnknown),
                "reason": failure.reason,
                "detail": failure.detail,
            },
        )

    def _log_answer(self, answer: HttpAnswer, *, operation: str, url: str, sent: bytes | str | None) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "gateway answered",
                extra={
                    "gateway": self.name,
                    "operation": operation,
                    "url": safe_url(url),
                    "status": answer.status,
                    "elapsed_ms": answer.elapsed_ms,
                    "sent": safe_body(sent or b""),
                    "headers": safe_headers(answer.headers),
                    "body": safe_body(answer.body),
                },
            )


@lru_cache(maxsize=64)
def shared_http(name: str, switch: Switch | None = None, total_seconds: float = 0) -> GatewayHttp:
    """The client of this process for one gateway, with the deadlines of the settings."""
    return GatewayHttp(
        name,
        connect_seconds=settings.GATEWAY_CONNECT_SECONDS,
        total_seconds=max(settings.GATEWAY_TOTAL_SECONDS, total_seconds),
        pool_size=settings.GATEWAY_CALLS_MAX,
        waiting_max=settings.GATEWAY_WAITING_MAX,
        switch=switch,
    )


# A forked child must not write into its parent's connections.
os.register_at_fork(after_in_child=shared_http.cache_clear)


def _new_session(pool_size: int) -> requests.Session:
    session = _NoRedirects()
    session.trust_env = False
    session.headers.clear()
    # Accounts share the session; a cookie of one must not travel with another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for prefix in ("https://", "http://"):
        session.mount(prefix, _WatchedAdapter(pool_connections=8, pool_maxsize=pool_size, max_retries=0))
    return session


def _refuse_inside_transaction() -> None:
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            raise CallInsideTransaction(
                "A gateway was called while a database transaction is open. Commit the attempt first, then call."
            )


def _prepare(
    *, method: str, url: str, headers: Mapping[str, str], body: bytes | str | None
) -> requests.PreparedRequest:
    try:
        prepared = requests.Request(method, url, headers={"Accept-Encoding": "gzip", **headers}, data=body).prepare()
    except (requests.RequestException, ValueError, TypeError, UnicodeError) as wrong:
        raise NotSent(Reason.INVALID_REQUEST, type(wrong).__name__) from None
    return prepared


def _judged(failure: BaseException, call: Call) -> NoAnswer:
    """The one place where not sent and unknown part: the connection remembers whether a byte may have left."""
    causes = list(_causes(failure))
    detail = " < ".join(type(cause).__name__ for cause in causes)
    if not call.was_sent:
        return NotSent(_why_not_sent(causes, call), detail)
    if call.is_expired or any(isinstance(cause, TimeoutError) for cause in causes):
        return OutcomeUnknown(Reason.TOTAL_DEADLINE, detail)
    broken = any(isinstance(cause, HTTPError) and "Decode" in type(cause).__name__ for cause in causes)
    return OutcomeUnknown(Reason.BROKEN_ANSWER if broken else Reason.CONNECTION_LOST, detail)


def _why_not_sent(causes: list[BaseException], call: Call) -> Reason:
    kinds = tuple(type(cause) for cause in causes)
    if NameResolutionError in kinds:
        return Reason.DNS_FAILED
    if call.is_expired or ConnectTimeoutError in kinds or any(issubclass(kind, TimeoutError) for kind in kinds):
        return Reason.CONNECT_TIMEOUT
    if any(issubclass(kind, SSLError) for kind in kinds):
        return Reason.TLS_FAILED
    # The exceptions of requests are OSErrors too, also those about a wrong header or address.
    if any(issubclass(kind, (NewConnectionError, OSError)) and kind.__module__ != _REQUESTS for kind in kinds):
        return Reason.CONNECT_FAILED
    return Reason.INVALID_REQUEST


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what is under it: requests and urllib3 wrap in arguments and in `reason` as well as in causes."""
    seen: set[int] = set()
    waiting: list[object] = [failure]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]

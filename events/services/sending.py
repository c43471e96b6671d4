"""Sending what is due: claim, send with no transaction open, write down. One caller per process is at it at a time.

Requests run in threads of their own that never see the database. A slow endpoint keeps its few places in them busy and
no more: while it is waited for, what is due elsewhere is claimed and sent.
"""

import logging
import random
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from common import clock, ids, steps
from common.sealing import CredentialsUnreadable
from events import http, secrets, signing
from events.body import body_of
from events.metrics import DELIVERIES, LATENCY
from events.models import Delivery
from events.schedule import JITTER_PERMILLE_MAX
from events.services import claims
from events.services.claims import Claim

logger = logging.getLogger(__name__)

THREADS = 32
_RUN_FOR = timedelta(seconds=20)
_ASK_AGAIN_SECONDS = 1

_at_it = threading.Lock()
_stopping = threading.Event()


@dataclass(frozen=True, slots=True)
class _Request:
    claim: Claim
    url: str
    headers: dict[str, str]
    body: bytes
    started_at: datetime


def stop() -> None:
    """Claim nothing more in this process; what is under way is finished and written down."""
    _stopping.set()


def deliver(*, run_for: timedelta = _RUN_FOR) -> int:
    """Send until nothing is due or the time is up. Returns how many requests were made; 0 where another is at it."""
    if not _at_it.acquire(blocking=False):
        return 0
    try:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="webhooks") as pool:
            return _deliver(pool, until=clock.now() + run_for)
    finally:
        _at_it.release()


def _deliver(pool: ThreadPoolExecutor, *, until: datetime) -> int:
    """What ends is written down at once, and its place given to the next that is due."""
    under_way: dict[Future[http.Ended], _Request] = {}
    made = 0
    while True:
        may_claim = not _stopping.is_set() and clock.now() < until
        for request in _due(limit=THREADS - len(under_way)) if may_claim else ():
            under_way[pool.submit(_send, request)] = request
            made += 1
        if not under_way:
            return made
        ended, _ = wait(under_way, timeout=_ASK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
        for future in ended:
            _record(under_way.pop(future), future.result())


def _due(*, limit: int) -> list[_Request]:
    now = clock.now()
    found = claims.claim_due(now=now, limit=limit)
    if found:
        steps.at("deliver.claimed")
    by_id = {claim.delivery_id: claim for claim in found}
    rows = Delivery.objects.select_related("event", "endpoint").filter(pk__in=by_id)
    prepared = [_prepared(row, by_id[row.pk], now=now) for row in rows]
    return [request for request in prepared if request is not None]


def _prepared(delivery: Delivery, claim: Claim, *, now: datetime) -> _Request | None:
    """The signed request: the same id and body on every try, the time of this one."""
    try:
        keys = secrets.in_force(delivery.endpoint, now=now)
    except CredentialsUnreadable:
        # Our fault, not the endpoint's: nothing is counted against it, and the claim is due again after its lease.
        logger.exception("webhook cannot be signed", extra={"endpoint_id": delivery.endpoint_id})
        return None
    body = body_of(delivery.event)
    message_id = ids.show(ids.EVENT, delivery.event.public_id)
    signed = signing.headers(message_id=message_id, epoch=int(now.timestamp()), body=body, secrets=keys)
    headers = {"Content-Type": "application/json", "User-Agent": "payment-service-webhooks/1", **signed}
    return _Request(claim, delivery.endpoint.url, headers, body, started_at=now)


def _send(request: _Request) -> http.Ended:
    steps.at("deliver.calling")
    try:
        ended = http.post(request.url, headers=request.headers, body=request.body)
    except Exception:
        # One delivery that we cannot make must not hold up the others.
        logger.exception("webhook could not be sent", extra={"delivery": request.claim.delivery_id})
        return http.Ended(http.Result.INTERNAL_ERROR, None, 0)
    steps.at("deliver.called")
    return ended


def _record(request: _Request, ended: http.Ended) -> None:
    DELIVERIES.labels(ended.result).inc()
    LATENCY.observe(ended.latency_ms / 1000)
    jitter = random.randint(0, JITTER_PERMILLE_MAX)  # noqa: S311 - spreads load, hides nothing
    is_new = claims.record(request.claim, ended, started_at=request.started_at, now=clock.now(), jitter_permille=jitter)
    if ended.result is not http.Result.DELIVERED:
        told = {"delivery": request.claim.delivery_id, "result": ended.result, "status": ended.status}
        logger.info("webhook not delivered", extra=told | {"latency_ms": ended.latency_ms, "counts": is_new})

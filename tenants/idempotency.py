"""One key, one effect: what to do with a request that carries an Idempotency-Key we may have seen.

The record is inserted in the statement that makes the resource, so a key is burned only by a request that was carried
out. A record is unique for tenant, principal, route and key; nobody sees another's answer.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from prometheus_client import Counter

from common.errors import Conflict, Invalid
from tenants.models import IdempotencyRecord
from tenants.principal import Principal

SEEN = Counter(
    "payment_idempotency_total",
    "Requests with an Idempotency-Key: fresh, replayed, resumed, conflict (still running), mismatch (other request).",
    ["what"],
)

RETENTION = timedelta(days=30)
_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')


class KeyMissing(Invalid):
    code = "IDEMPOTENCY_KEY_MISSING"


class KeyInvalid(Invalid):
    code = "IDEMPOTENCY_KEY_INVALID"


class KeyReused(Conflict):
    code = "IDEMPOTENCY_KEY_REUSED"


class RequestInProgress(Conflict):
    code = "IDEMPOTENCY_REQUEST_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What identifies a request that may be sent twice."""

    principal: str
    route: str
    key: str
    fingerprint: bytes


def read_key(request: HttpRequest) -> str:
    """The key of a request that moves money. Raises KeyMissing, KeyInvalid."""
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None or header == "":
        raise KeyMissing("Send an Idempotency-Key header: 1 to 255 visible ASCII characters, new for each payment.")
    match = _KEY.fullmatch(header)
    # Two headers arrive joined by a comma; a key with a comma would be taken for them.
    if match is None or "," in header:
        raise KeyInvalid("An Idempotency-Key has 1 to 255 visible ASCII characters, no comma, and is sent once.")
    return match.group(1)


def key_for(request: HttpRequest, *, principal: Principal, route: str, body: dict[str, Any]) -> IdempotencyKey:
    """The fingerprint is taken of the parsed body with sorted keys: white space and key order do not matter."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return IdempotencyKey(
        principal=principal.name, route=route, key=read_key(request), fingerprint=hashlib.sha256(canonical).digest()
    )


def find(principal: Principal, key: IdempotencyKey) -> IdempotencyRecord | None:
    return IdempotencyRecord.objects.filter(
        tenant=principal.tenant, principal=key.principal, route=key.route, key=key.key
    ).first()


def require_same_request(record: IdempotencyRecord, key: IdempotencyKey) -> None:
    if bytes(record.fingerprint) != key.fingerprint:
        SEEN.labels("mismatch").inc()
        raise KeyReused("This Idempotency-Key was used for another request. Use a new key for a new request.")


def lease_until(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.LEASE_SECONDS)


def take_over(record: IdempotencyRecord, *, now: datetime) -> None:
    """Become the one who finishes a request whose first sender died. Raises RequestInProgress while it may be alive."""
    taken = IdempotencyRecord.objects.filter(
        pk=record.pk, status=0, locked_until=record.locked_until, locked_until__lte=now
    ).update(locked_until=lease_until(now))
    if not taken:
        SEEN.labels("conflict").inc()
        raise RequestInProgress("The first request with this Idempotency-Key is still running. Try again shortly.")
    SEEN.labels("resumed").inc()


def store_answer(record_id: int, *, status: int, body: bytes) -> bool:
    """False when an answer was stored before: that one stands."""
    return bool(IdempotencyRecord.objects.filter(pk=record_id, status=0).update(status=status, body=body))


def prune(*, now: datetime, batch: int = 5_000) -> int:
    """Remove records past their retention, a batch at a time so that no writer waits. Returns how many."""
    removed = 0
    while True:
        old = IdempotencyRecord.objects.filter(created_at__lt=now - RETENTION).order_by("created_at", "id")
        count, _ = IdempotencyRecord.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:batch])).delete()
        removed += count
        if count < batch:
            return removed

"""Webhooks in: checked on their raw bytes, stored once, answered; applied later, each exactly once.

Nothing is believed before the signature holds, and nothing is answered with success before it is stored.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from common import arrays, clock, steps
from common.database import execute
from common.together import Together
from gateways.contract import IncomingWebhook, WebhookEnvelope, WebhookRefused
from gateways.models import InboundState
from gateways.registry import Connection
from gateways.roles import Notifies, plays

PARKED_FOR = timedelta(hours=72)
TRIES_MAX = 8
QUERY_MAX = 500
KEY_MAX = 128
# The reason of what is kept and ignored because its type is none that tells of money.
NOT_ABOUT_MONEY = "says nothing about a payment"
_LONGEST_WAIT = timedelta(minutes=10)

# Account, key, type, body, query and time of an event to be stored.
_Row = tuple[int, str, str, bytes, str, datetime]

# The target of the conflict is named: a clash of anything else must never pass for a duplicate.
_STORE = """
INSERT INTO gateways_inboundevent (gateway_account_id, dedupe_key, event_type, body, query, received_at, state, reason,
                                   tries, next_try_at)
SELECT gateway_account_id, dedupe_key, event_type, body, query, received_at, 'received', '', 0, received_at
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::timestamptz[])
     AS e(gateway_account_id, dedupe_key, event_type, body, query, received_at)
-- In one order everywhere: two processes that store the same events never wait for each other crosswise.
ORDER BY gateway_account_id, dedupe_key
ON CONFLICT (gateway_account_id, dedupe_key) DO NOTHING
RETURNING gateway_account_id, dedupe_key
"""
_CLAIM = """
SELECT id, gateway_account_id, event_type, body, query, received_at, replayed_at, tries, payment_id
FROM gateways_inboundevent WHERE {condition} ORDER BY {order} LIMIT %s FOR UPDATE SKIP LOCKED
"""
_MARK = """
UPDATE gateways_inboundevent e
SET state = m.state, reason = m.reason, payment_id = COALESCE(m.payment_id, e.payment_id), tries = e.tries + 1,
    settled_at = CASE WHEN m.state IN ('applied', 'ignored') THEN clock_timestamp() END,
    next_try_at = COALESCE(m.next_try_at, e.next_try_at)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
     AS m(id, state, reason, payment_id, next_try_at)
WHERE e.id = m.id
"""


class ClaimedEvent(NamedTuple):
    """A stored webhook, locked for the open transaction."""

    id: int
    gateway_account_id: int
    event_type: str
    body: bytes
    query: str
    received_at: datetime
    replayed_at: datetime | None
    tries: int
    payment_id: int | None

    @property
    def waits_since(self) -> datetime:
        return self.replayed_at or self.received_at

    @property
    def was_applied(self) -> bool:
        """It is replayed: what it says was taken into account before, and the world has moved on since."""
        return self.payment_id is not None


class Verdict(NamedTuple):
    """What became of one event."""

    event_id: int
    state: InboundState
    reason: str = ""
    payment_id: int | None = None
    next_try_at: datetime | None = None


def receive(link: Connection, webhook: IncomingWebhook) -> bool:
    """Check and store one webhook; False when it was here before. Raises WebhookRefused."""
    if not plays(link.gateway, Notifies):
        raise WebhookRefused("this gateway sends no webhooks")
    envelope = link.gateway.verify_webhook(webhook)
    if envelope.livemode is not None and envelope.livemode != link.account.livemode:
        raise WebhookRefused("of the other mode")
    now = clock.now()
    steps.at("webhook.verified")
    kind = _plain_text(envelope.event_type)[:100]
    is_new = _store((link.account.pk, _key(envelope, webhook), kind, webhook.body, webhook.query, now))
    steps.at("webhook.stored")
    return is_new


def _store_all(events: Sequence[_Row]) -> list[bool]:
    accounts, keys, types, bodies, queries, moments = zip(*events, strict=True)
    parameters = [
        arrays.of_integers(accounts),
        arrays.of_texts(keys),
        arrays.of_texts(types),
        arrays.of_bytes(bodies),
        arrays.of_texts(queries),
        arrays.of_moments(moments),
    ]
    stored = set(execute(_STORE, parameters).fetchall())
    is_new: list[bool] = []
    for event in zip(accounts, keys, strict=True):
        is_new.append(event in stored)
        # The same event twice in one batch is stored once, and new once.
        stored.discard(event)
    return is_new


_store = Together(_store_all)


def claim(*, limit: int, now: datetime) -> list[ClaimedEvent]:
    """Lock what is to be applied: fresh events in order of arrival, then parked ones whose time has come."""
    fresh = _claim("state = 'received'", "id", [limit])
    if len(fresh) == limit:
        return fresh
    return fresh + _claim("state = 'parked' AND next_try_at <= %s", "next_try_at, id", [now, limit - len(fresh)])


def claim_these(event_ids: Sequence[int]) -> list[ClaimedEvent]:
    return _claim("state IN ('received', 'parked') AND id = ANY(%s)", "id", [list(event_ids), len(event_ids)])


def mark(verdicts: Iterable[Verdict]) -> None:
    rows = list(verdicts)
    if not rows:
        return
    parameters = [
        arrays.of_integers(row.event_id for row in rows),
        arrays.of_texts(row.state.value for row in rows),
        arrays.of_texts(row.reason[:200] for row in rows),
        arrays.of_integers(row.payment_id for row in rows),
        arrays.of_moments(row.next_try_at for row in rows),
    ]
    execute(_MARK, parameters)


def parked(event: ClaimedEvent, *, reason: str, now: datetime) -> Verdict:
    """Try again soon, then ever more rarely, for 72 hours; after that a person decides."""
    if now - event.waits_since > PARKED_FOR:
        return Verdict(event.id, InboundState.DEAD, reason=f"{reason}, for 72 hours")
    wait = min(timedelta(milliseconds=250) * 2 ** min(event.tries, 12), _LONGEST_WAIT)
    return Verdict(event.id, InboundState.PARKED, reason=reason, next_try_at=now + wait)


def poisoned(event: ClaimedEvent, *, reason: str, now: datetime) -> Verdict:
    """It cannot be applied as it is: given up after a few tries, without holding up the others."""
    if event.tries + 1 >= TRIES_MAX:
        return Verdict(event.id, InboundState.DEAD, reason=reason)
    return parked(event, reason=reason, now=now)


def _key(envelope: WebhookEnvelope, webhook: IncomingWebhook) -> str:
    """The gateway's own id; a hash where it is one that no column can hold."""
    if len(envelope.event_id) <= KEY_MAX and _plain_text(envelope.event_id) == envelope.event_id:
        return envelope.event_id
    return hashlib.sha256(webhook.body + b"\0" + webhook.query.encode()).hexdigest()


def _plain_text(text: str) -> str:
    """Without what JSON can say and PostgreSQL cannot store: it must never keep a webhook from being kept."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _claim(condition: str, order: str, parameters: list[Any]) -> list[ClaimedEvent]:
    return [
        ClaimedEvent(pk, account, event_type, bytes(body), query, *rest)
        for pk, account, event_type, body, query, *rest in execute(
            _CLAIM.format(condition=condition, order=order), parameters
        ).fetchall()
    ]

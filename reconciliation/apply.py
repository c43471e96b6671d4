"""From stored webhooks to payments: a batch at a time, each exactly once, a bad one never in the way of the others."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.fields.json import KT
from psycopg.errors import QueryCanceled

from common import clock, ids, steps, stopping
from common.database import in_transaction
from common.queue import wake
from gateways import inbox, registry, unused_types
from gateways.contract import GatewayReport, Outcome, Subject, WebhookTrust
from gateways.inbox import ClaimedEvent, Verdict
from gateways.models import GatewayAccount, InboundState
from gateways.registry import PROFILES
from gateways.roles import Notifies, plays
from payments.models import PaymentAttempt
from payments.models.history import Source
from payments.services.check import check_soon
from payments.services.outcome import Applied, apply_report, keep_other_subject
from payments.services.settle import settle_batch
from payments.services.settle_sql import Charged

logger = logging.getLogger(__name__)

BATCH = 200
_SWEEP_TASK = "reconciliation.tasks.sweep_attempts"
# From the begin of a batch that is not full to that of the next: one of four costs the database nearly as much as one
# of forty. What comes while a batch is settled has gathered already.
_GATHER_MILLISECONDS = 30


@dataclass(frozen=True, slots=True)
class _Told:
    """A claimed event and what its adapter made of it."""

    event: ClaimedEvent
    account: GatewayAccount
    report: GatewayReport

    @property
    def is_hint(self) -> bool:
        """Of a gateway whose webhooks prove too little: it says only that something happened."""
        return PROFILES[self.account.gateway].webhook_trust is not WebhookTrust.SIGNED

    @property
    def charge(self) -> tuple[int, str]:
        """The charge it is about, by the gateway's own id."""
        own = self.report.gateway_payment_id if self.report.subject is Subject.CHARGE else ""
        return self.account.pk, own or self.report.about


def apply_inbox(*, now: datetime, limit: int = BATCH) -> int:
    """Apply what is due, at most `limit` events. Returns how many were taken.

    What is plain goes through in one transaction; what needs care follows, each event in its own, so that payments are
    always locked before balances.
    """
    events: list[ClaimedEvent] = []

    def take() -> list[int]:
        nonlocal events
        events = inbox.claim(limit=limit, now=now)
        if events:
            steps.at("settle.claimed")
        return _apply_plain(events, now=now)

    try:
        careful = in_transaction(take)
        if events:
            steps.at("settle.committed")
    except Exception as error:
        if not events or _passes_by_itself(error):
            raise
        logger.exception("a batch of webhooks failed, halving it", extra={"events": len(events)})
        careful = _apply_halves([event.id for event in events], error=error, now=now)
    for event_id in careful:
        _apply_careful(event_id, now=now)
    return len(events)


def _passes_by_itself(error: Exception) -> bool:
    """The database is away, or two transactions met: the events stay as they are and are taken again.

    Not so when the statement time-out struck: the same batch would fail the same way, a smaller one may not.
    """
    return isinstance(error, (OperationalError, InterfaceError)) and not isinstance(error.__cause__, QueryCanceled)


def _apply_halves(event_ids: list[int], *, error: Exception, now: datetime) -> list[int]:
    """Smaller and smaller, until what fails stands alone; that one is parked and the others have gone through."""
    if len(event_ids) == 1:
        _park_poison(event_ids[0], error=error, now=now)
        return []
    middle = len(event_ids) // 2
    careful: list[int] = []
    for half in (event_ids[:middle], event_ids[middle:]):
        try:
            with transaction.atomic(durable=True):
                careful += _apply_plain(inbox.claim_these(half), now=now)
        except Exception as smaller:
            if _passes_by_itself(smaller):
                raise
            careful += _apply_halves(half, error=smaller, now=now)
    return careful


def _park_poison(event_id: int, *, error: Exception, now: datetime) -> None:
    with transaction.atomic(durable=True):
        for event in inbox.claim_these([event_id]):
            logger.error("webhook cannot be applied", exc_info=error, extra={"inbound_event": event.id})
            inbox.mark([inbox.poisoned(event, reason=f"failed: {type(error).__name__}", now=now)])


def _apply_plain(events: list[ClaimedEvent], *, now: datetime) -> list[int]:
    """Settle what is plain, ignore or park what can be; returns the ids of events that need care."""
    heard, verdicts = _translate(events, now=now)
    _count_unused(events, verdicts, now=now)
    told = [item for item in heard if not item.is_hint]
    verdicts += _follow_hints([item for item in heard if item.is_hint], now=now)
    settled = settle_batch([charged for item in told if (charged := _plain(item))], now=now)
    if settled:
        steps.at("settle.booked")
    verdicts += [Verdict(event_id, InboundState.APPLIED, payment_id=pk) for event_id, pk in settled.items()]
    rest = [item for item in told if item.event.id not in settled]
    attempts = _attempts(rest)
    careful: list[int] = []
    for item in rest:
        if item.charge in attempts:
            careful.append(item.event.id)
        elif item.report.subject is not Subject.CHARGE:
            verdicts.append(
                Verdict(item.event.id, InboundState.IGNORED, reason=f"a {item.report.subject} of nobody here")
            )
        else:
            # The webhook can overtake our own commit of the id.
            verdicts.append(inbox.parked(item.event, reason="no payment of ours has this id yet", now=now))
    inbox.mark(verdicts)
    if verdicts:
        steps.at("settle.marked")
    return careful


def _count_unused(events: list[ClaimedEvent], verdicts: list[Verdict], *, now: datetime) -> None:
    unused = {verdict.event_id for verdict in verdicts if verdict.reason == inbox.NOT_ABOUT_MONEY}
    first_time = [event for event in events if event.id in unused and event.replayed_at is None]
    gateways = {event.gateway_account_id: _gateway_of(event.gateway_account_id) for event in first_time}
    unused_types.count(((gateways[event.gateway_account_id], event.event_type) for event in first_time), now=now)


def _gateway_of(account_id: int) -> str:
    return registry.connection_by_id(account_id).account.gateway


def _follow_hints(hints: list[_Told], *, now: datetime) -> list[Verdict]:
    """Ask the gateway about what was hinted at; no call is made here, where rows are locked."""
    if not hints:
        return []
    attempts = _attempts(hints) | _attempts_by_reference(hints)
    verdicts = []
    for item in hints:
        found = attempts.get(item.charge) or attempts.get((item.account.pk, item.report.reference))
        if found is None:
            verdicts.append(inbox.parked(item.event, reason="no payment of ours has this id yet", now=now))
        else:
            reason = "a hint: the gateway is asked"
            verdicts.append(Verdict(item.event.id, InboundState.APPLIED, reason=reason, payment_id=found[1]))
    asked = [attempt_id for attempt_id, _ in attempts.values()]
    if asked:
        check_soon(asked, now=now)
        transaction.on_commit(lambda: wake(_SWEEP_TASK))
    return verdicts


def _attempts_by_reference(hints: list[_Told]) -> dict[tuple[int, str], tuple[int, int]]:
    """Attempt and payment by account and our own reference: good enough to ask, not to believe."""
    references = {item.report.reference: ids.read(ids.ATTEMPT, item.report.reference) for item in hints}
    rows = PaymentAttempt.objects.filter(
        gateway_account__in={item.account.pk for item in hints},
        public_id__in=[public_id for public_id in references.values() if public_id],
    )
    return {(row.gateway_account_id, row.reference): (row.pk, row.payment_id) for row in rows}


def _apply_careful(event_id: int, *, now: datetime) -> None:
    try:
        with transaction.atomic(durable=True):
            told, _ = _translate(inbox.claim_these([event_id]), now=now)
            for item in told:
                verdict = _apply_one(item, now=now)
                steps.at("settle.careful")
                inbox.mark([verdict])
                steps.at("settle.careful_marked")
        steps.at("settle.careful_committed")
    except Exception as error:
        if _passes_by_itself(error):
            raise
        _park_poison(event_id, error=error, now=now)


def _apply_one(item: _Told, *, now: datetime) -> Verdict:
    attempt_id, payment_id = _attempts([item])[item.charge]
    if (
        item.event.was_applied
        and item.report.subject is Subject.CHARGE
        and item.report.outcome is not Outcome.SUCCEEDED
    ):
        return _ask_instead(item.event, attempt_id=attempt_id, now=now)
    apply = apply_report if item.report.subject is Subject.CHARGE else keep_other_subject
    applied = apply(
        attempt_id=attempt_id,
        report=item.report,
        source=Source.WEBHOOK,
        now=now,
        inbound_event_id=item.event.id,
    )
    reason = applied.value if applied is Applied.KEPT else ""
    return Verdict(item.event.id, InboundState.APPLIED, reason=reason, payment_id=payment_id)


def _ask_instead(event: ClaimedEvent, *, attempt_id: int, now: datetime) -> Verdict:
    """Of a replayed event: what was "processing" when it came may be paid or given up by now."""
    if PaymentAttempt.objects.filter(pk=attempt_id, next_check_at__isnull=False).exists():
        check_soon([attempt_id], now=now)
        transaction.on_commit(lambda: wake(_SWEEP_TASK))
    reason = "applied before: the gateway is asked about what is open"
    return Verdict(event.id, InboundState.APPLIED, reason=reason)


def _attempts(told: list[_Told]) -> dict[tuple[int, str], tuple[int, int]]:
    """Attempt and payment by account and the gateway's own id: never by what a body says about us."""
    if not told:
        return {}
    accounts = {item.account.pk for item in told}
    names = {name for item in told if (name := item.charge[1])}
    attempts = PaymentAttempt.objects.filter(gateway_account__in=accounts)
    rows = attempts.filter(gateway_payment_id__in=names).values_list(
        "gateway_account_id", "gateway_payment_id", "id", "payment_id"
    )
    found = {(account, name): (pk, payment_id) for account, name, pk, payment_id in rows}
    missing = names - {name for _, name in found}
    if any(item.report.about in missing for item in told):
        # Told by the id of the capture, which the gateway gave us when the money was collected.
        captures = attempts.filter(kept__has_key="capture_id").annotate(capture=KT("kept__capture_id"))
        rows = captures.filter(capture__in=missing).values_list("gateway_account_id", "capture", "id", "payment_id")
        found |= {(account, name): (pk, payment_id) for account, name, pk, payment_id in rows}
    return found


def _translate(events: list[ClaimedEvent], *, now: datetime) -> tuple[list[_Told], list[Verdict]]:
    """Reports of what can be read; verdicts on what says nothing or cannot be read."""
    links = _connections({event.gateway_account_id for event in events})
    told: list[_Told] = []
    verdicts: list[Verdict] = []
    for event in events:
        account, gateway = links[event.gateway_account_id]
        try:
            report = gateway.parse_webhook(event.body, event.query)
        except Exception as error:
            logger.exception("webhook cannot be read", extra={"inbound_event": event.id})
            verdicts.append(inbox.poisoned(event, reason=f"unreadable: {type(error).__name__}", now=now))
            continue
        if report is None:
            verdicts.append(Verdict(event.id, InboundState.IGNORED, reason=inbox.NOT_ABOUT_MONEY))
        else:
            told.append(_Told(event, account, report))
    return told, verdicts


def _connections(account_ids: set[int]) -> dict[int, tuple[GatewayAccount, Notifies]]:
    links: dict[int, tuple[GatewayAccount, Notifies]] = {}
    for pk in account_ids:
        link = registry.connection_by_id(pk)
        assert plays(link.gateway, Notifies), "its webhooks were received"
        links[pk] = link.account, link.gateway
    return links


def _plain(item: _Told) -> Charged | None:
    """A success with all it takes to be booked in a batch; None sends it down the careful road."""
    report = item.report
    reference = ids.read(ids.ATTEMPT, report.reference) if report.reference else None
    is_plain = (
        report.outcome is Outcome.SUCCEEDED
        and report.subject is Subject.CHARGE
        and report.amount is not None
        and bool(report.gateway_payment_id)
        and report.livemode in (None, item.account.livemode)
        and (not report.reference or reference is not None)
    )
    if not is_plain or report.amount is None:
        return None
    return Charged(
        event_id=item.event.id,
        gateway_account_id=item.account.pk,
        gateway_payment_id=report.gateway_payment_id,
        reference=reference,
        amount=report.amount,
        occurred_at=report.occurred_at or item.event.received_at,
        gateway_status=report.gateway_status,
    )


def drain_inbox(*, linger_seconds: float, seconds_max: float) -> int:
    """Apply until nothing has come for `linger_seconds`, the time is up or the process is to stop. Returns how many."""
    taken = 0
    started = idle_since = clock.monotonic()
    while not stopping.is_asked() and (begun := clock.monotonic()) - started < seconds_max:
        count = apply_inbox(now=clock.now())
        taken += count
        ended = clock.monotonic()
        if count:
            idle_since = ended
        elif ended - idle_since >= linger_seconds:
            break
        if count < BATCH:
            clock.pause(max(begun + _GATHER_MILLISECONDS / 1000 - ended, 0))
    return taken

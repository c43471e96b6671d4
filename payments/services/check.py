"""Finishing what is open: ask the gateway, send again with the same reference, or close the door there.

Each claim raises the attempt's fence and sets the time of the next try: a claim whose worker dies is taken again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from common import clock, steps
from common.database import in_transaction
from gateways.contract import GatewayReport, Outcome
from gateways.registry import PROFILES, connect
from gateways.roles import Charges, plays
from gateways.routing import Choice
from gateways.waiting import with_wait
from payments.models import PaymentAttempt
from payments.models.attempt import CloseReason, NextStep
from payments.models.history import Source
from payments.services.asking import ask
from payments.services.drafts import same_charge
from payments.services.fallback import next_choice
from payments.services.outcome import Applied, apply_report, flag_unresolved
from payments.services.schedule import lease_until
from payments.states import OPEN_STATUSES, UNHEARD_ATTEMPT_STATES, AttemptState


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to call the gateway about one attempt until the lease ends."""

    attempt_id: int
    fence: int


def claim_due(*, now: datetime, limit: int) -> list[Claim]:
    """Attempts whose time has come, oldest first, each claimed by one caller only."""
    with transaction.atomic(durable=True):
        due = PaymentAttempt.objects.filter(next_check_at__lte=now).order_by("next_check_at", "id")
        attempts = list(due.select_for_update(skip_locked=True, no_key=True).select_related(None)[:limit])
        claims = [_claim(attempt, now=now) for attempt in attempts]
        if claims:
            steps.at("sweep.claiming")
        return claims


def claim_one(attempt_id: int, *, now: datetime) -> Claim:
    """Claim an attempt at once, whoever had it before."""
    with transaction.atomic():
        return _claim(PaymentAttempt.objects.select_for_update(no_key=True).get(pk=attempt_id), now=now)


def _claim(attempt: PaymentAttempt, *, now: datetime) -> Claim:
    attempt.fence += 1
    attempt.checks = min(attempt.checks + 1, 30_000)
    attempt.next_check_at = lease_until(now)
    attempt.save(update_fields=["fence", "checks", "next_check_at"])
    return Claim(attempt.pk, attempt.fence)


def run_claim(claim: Claim, *, now: datetime) -> Applied:
    """Call the gateway about a claimed attempt, no transaction open, and apply what it says."""
    attempt = _with_all(claim.attempt_id)
    if attempt.fence != claim.fence:
        return Applied.NOTHING_NEW
    steps.at("check.begun")
    _expire_when_due(attempt, now=now)
    if _is_overdue(attempt, now=now):
        in_transaction(lambda: flag_unresolved(attempt.pk, now=now))
    report = ask(attempt, connect(attempt.gateway_account), now=now)

    def conclude() -> Applied:
        applied = apply_report(
            attempt_id=attempt.pk, report=report, source=Source.POLL, now=clock.now(), fence=claim.fence
        )
        steps.at("check.concluding")
        return applied

    # The gateway was asked once; what it said is written down however often that takes.
    applied = in_transaction(conclude)
    steps.at("check.concluded")
    return applied


def finish_open_attempt(*, payment_id: int, now: datetime) -> None:
    """Take the newest attempt of a payment over and bring it as far as one call brings it."""
    attempt = _newest(payment_id)
    if attempt is not None and attempt.state in UNHEARD_ATTEMPT_STATES:
        run_claim(claim_one(attempt.pk, now=now), now=now)


def refresh(*, payment_id: int, now: datetime) -> None:
    """Ask the gateway now about a payment that is open, and collect what the payer has approved."""
    for _ in range(2):
        attempt = _newest(payment_id)
        if attempt is None or attempt.payment.status not in OPEN_STATUSES:
            return
        run_claim(claim_one(attempt.pk, now=now), now=now)
        attempt.refresh_from_db()
        if attempt.next_step != NextStep.COLLECT:
            return


def follower_of(attempt_id: int, *, report: GatewayReport) -> Choice | None:
    """The account to try next where this report ends the attempt, and None where it does not."""
    if report.outcome not in (Outcome.NOT_SENT, Outcome.DECLINED):
        return None
    return next_choice(_with_all(attempt_id), report)


def send_followers(*, payment_id: int) -> None:
    """Send the attempt that a fallback has just written, and what may follow it. Each is claimed by who wrote it."""
    last = 1
    while (newest := _newest(payment_id)) is not None and newest.number > last and _is_fresh(newest):
        last, attempt = newest.number, _with_all(newest.pk)
        gateway = connect(attempt.gateway_account).gateway
        assert plays(gateway, Charges), f"{attempt.gateway_account.gateway} cannot charge"
        steps.at("fallback.written")
        report = with_wait(partial(gateway.charge, same_charge(attempt)))
        steps.at("fallback.called")
        follower = follower_of(attempt.pk, report=report)
        in_transaction(partial(_conclude_follower, attempt, report=report, follower=follower))
        steps.at("fallback.concluded")


def _conclude_follower(attempt: PaymentAttempt, *, report: GatewayReport, follower: Choice | None) -> None:
    apply_report(
        attempt_id=attempt.pk,
        report=report,
        source=Source.ANSWER,
        now=clock.now(),
        fence=attempt.fence,
        follower=follower,
    )
    steps.at("fallback.concluding")


def check_soon(attempt_ids: Collection[int], *, now: datetime) -> None:
    """Ask about these with the next sweep: something happened there, and only the gateway's answer says what."""
    asked = PaymentAttempt.objects.filter(pk__in=attempt_ids)
    asked.filter(Q(next_check_at=None) | Q(next_check_at__gt=now)).update(next_check_at=now)


def _newest(payment_id: int) -> PaymentAttempt | None:
    return PaymentAttempt.objects.select_related("payment").filter(payment_id=payment_id).order_by("-number").first()


def _with_all(attempt_id: int) -> PaymentAttempt:
    return PaymentAttempt.objects.select_related("payment__tenant", "gateway_account__tenant").get(pk=attempt_id)


def _is_fresh(attempt: PaymentAttempt) -> bool:
    """Written by a fallback of this process and sent by nobody yet: whoever else took it has raised its checks."""
    return attempt.state == AttemptState.SENDING and attempt.checks == 0


def _expire_when_due(attempt: PaymentAttempt, *, now: datetime) -> None:
    """An unpaid payment past its time is closed at the gateway first; only the gateway's word makes it expired."""
    payment = attempt.payment
    if payment.expires_at > now or payment.status not in OPEN_STATUSES or attempt.close_reason:
        return
    attempt.next_step, attempt.close_reason = NextStep.CANCEL, CloseReason.EXPIRED
    PaymentAttempt.objects.filter(pk=attempt.pk, close_reason="").update(
        next_step=NextStep.CANCEL, close_reason=CloseReason.EXPIRED
    )


def _is_overdue(attempt: PaymentAttempt, *, now: datetime) -> bool:
    """Age makes nothing fail. It makes a person look, while we go on asking."""
    deadline = attempt.created_at + PROFILES[attempt.gateway_account.gateway].max_processing_time
    return now > deadline and attempt.payment.status in OPEN_STATUSES and not attempt.payment.flag

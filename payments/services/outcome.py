"""The one door for a gateway's news, whether it came as an answer, a webhook, or because we asked.

News can only add certainty: what is paid stays paid, older news changes nothing, a contradiction is kept for a person.
"""

from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from common.money import Money
from gateways.contract import GatewayReport, Outcome
from gateways.registry import PROFILES
from gateways.routing import Choice
from payments import postings
from payments.models import Payment, PaymentAttempt
from payments.models.attempt import CloseReason, NextStep
from payments.models.history import Source
from payments.models.payment import Flag
from payments.services.asking import NOT_FOUND
from payments.services.fallback import may_follow, open_next
from payments.services.news import NO_NEWS, News, locked, raise_flag, tell, write_history
from payments.services.schedule import next_check_at
from payments.states import (
    ATTEMPT_STATE_OF,
    OPEN_ATTEMPT_STATES,
    OPEN_STATUSES,
    PAID_ATTEMPT_STATES,
    PAID_STATUSES,
    UNPAID_STATUSES,
    AttemptKind,
    AttemptState,
    Status,
    next_status,
)
from wallets import ledger

# Reports that move money: these must match what was asked, to the last unit.
_MONEY_OUTCOMES = (Outcome.SUCCEEDED, Outcome.AUTHORIZED)


class Applied(StrEnum):
    """What became of a report."""

    MOVED = "moved"
    NOTHING_NEW = "nothing new"
    KEPT = "kept for a person"
    FELL_BACK = "another gateway is tried"


def apply_report(
    *,
    attempt_id: int,
    report: GatewayReport,
    source: Source,
    now: datetime,
    fence: int | None = None,
    inbound_event_id: int | None = None,
    follower: Choice | None = None,
) -> Applied:
    """Apply one report to the payment of one attempt. Building block: the caller has a transaction open.

    `fence` is the claim under which the gateway was called: who lost the claim may still bring facts, but may no
    longer conclude that nothing was sent or that nothing is known. `follower` is the account to try next where this
    report ends the attempt and that is safe; FELL_BACK then says that its attempt is written and must be sent.
    """
    ledger.require_transaction()
    news = locked(attempt_id, report=report, source=source, inbound_event_id=inbound_event_id, now=now)
    if fence is not None and fence != news.attempt.fence and report.outcome in NO_NEWS:
        return Applied.NOTHING_NEW
    if mismatch := _mismatch(news):
        return _keep(news, flag=Flag.MISMATCH, reason=mismatch)
    status = Status(news.payment.status)
    if _stands_aside(news, status=status):
        return _apply_aside(news, status=status)
    after = next_status(status, AttemptKind(news.attempt.kind), news.outcome)
    if after is None:
        return _keep(news, flag=Flag.CONTRADICTION, reason=f"{news.outcome} for a payment that is {status}")
    if after is status and _is_older(news, status=status):
        return Applied.NOTHING_NEW
    is_new = after is not status or news.report.gateway_status not in ("", news.attempt.gateway_status)
    if follower is not None and after is Status.FAILED and may_follow(news):
        _note_on_attempt(news, after=after)
        open_next(news, follower)
        return Applied.FELL_BACK
    _note_on_attempt(news, after=after)
    if after is status:
        is_in_doubt = news.outcome is Outcome.UNKNOWN and source is Source.ANSWER
        if is_new or is_in_doubt:
            doubt = f"{report.error_code}: nobody knows what became of it, so no other gateway is tried"
            write_history(news, before=status, changed=False, reason=doubt if is_in_doubt else "")
        return Applied.NOTHING_NEW
    _move(news, after=after)
    return Applied.MOVED


def _stands_aside(news: News, *, status: Status) -> bool:
    """Of an attempt that does not carry the payment: a later one has followed it, or another has paid.

    Money that comes in by it still pays a payment that nothing has paid yet.
    """
    if AttemptState(news.attempt.state) in PAID_ATTEMPT_STATES:
        return False
    if status in PAID_STATUSES:
        return _others(news).filter(state__in=PAID_ATTEMPT_STATES).exists()
    return news.is_followed and news.outcome is not Outcome.SUCCEEDED


def _apply_aside(news: News, *, status: Status) -> Applied:
    if news.outcome is Outcome.SUCCEEDED:
        return _collect_twice(news)
    _note_on_attempt(news, after=Status.FAILED)
    if news.outcome is Outcome.AUTHORIZED:
        _close(news.payment.attempts.filter(pk=news.attempt.pk), now=news.now)
    write_history(news, before=status, changed=False, reason=f"attempt {news.attempt.number}: {news.outcome}")
    return Applied.NOTHING_NEW


def _others(news: News) -> QuerySet[PaymentAttempt]:
    return news.payment.attempts.exclude(pk=news.attempt.pk)


def _close(attempts: QuerySet[PaymentAttempt], *, now: datetime) -> None:
    """Have the sweep close these at their gateways: another attempt has paid."""
    attempts.update(next_step=NextStep.CANCEL, close_reason=CloseReason.SUPERSEDED, next_check_at=now)


def _collect_twice(news: News) -> Applied:
    """The payer paid once more. The money is booked where nobody earns it, until somebody sends it back."""
    payment, attempt = news.payment, news.attempt
    _note_on_attempt(news, after=Status.COMPLETED)
    ledger.post(
        ledger.Booking(
            tenant_id=payment.tenant_id,
            subject_type=postings.SUBJECT,
            subject_id=payment.pk,
            effect=f"{postings.COLLECTED_TWICE}_{attempt.number}",
            postings=postings.collected_twice(gross=payment.amount, gateway_account_id=attempt.gateway_account_id),
            occurred_at=news.occurred_at,
        ),
        recorded_at=news.now,
    )
    reason = f"paid a second time, by attempt {attempt.number} at {attempt.gateway_account.name}: refund that one"
    raise_flag(news, flag=Flag.DUPLICATE_COLLECTION, reason=reason)
    return Applied.KEPT


def keep_other_subject(
    *, attempt_id: int, report: GatewayReport, source: Source, now: datetime, inbound_event_id: int | None = None
) -> Applied:
    """A refund or dispute that nobody here asked for: kept for a person. Building block."""
    ledger.require_transaction()
    news = locked(attempt_id, report=report, source=source, inbound_event_id=inbound_event_id, now=now)
    amount = f" of {report.amount}" if report.amount is not None else ""
    return _keep(
        news, flag=Flag.GOING_BACK, reason=f"the gateway tells of a {report.subject}{amount}: {report.outcome}"
    )


def flag_unresolved(attempt_id: int, *, now: datetime) -> None:
    """Show to a person what stayed open for longer than the gateway ever takes. Building block."""
    ledger.require_transaction()
    nothing = GatewayReport(outcome=Outcome.UNKNOWN)
    news = locked(attempt_id, report=nothing, source=Source.POLL, inbound_event_id=None, now=now)
    if news.payment.status in OPEN_STATUSES and not news.payment.flag:
        raise_flag(news, flag=Flag.UNRESOLVED, reason="open for longer than the gateway ever takes")


def blocking_mismatch(
    report: GatewayReport, *, amount: Money, reference: str, gateway_payment_id: str, livemode: bool
) -> str:
    """In words why this report cannot be about what we asked; empty when it can."""
    if report.livemode is not None and report.livemode != livemode:
        return f"the report is of {'live' if report.livemode else 'test'} mode, the account is not"
    if report.reference and report.reference != reference:
        return "the report names another reference of ours"
    if gateway_payment_id and report.gateway_payment_id and report.gateway_payment_id != gateway_payment_id:
        return "the report names another object at the gateway"
    if report.amount is not None and report.amount != amount:
        return f"the gateway says {report.amount}, asked was {amount}"
    if report.outcome in _MONEY_OUTCOMES and report.amount is None:
        return "the gateway did not say the amount"
    return ""


def _mismatch(news: News) -> str:
    if news.outcome in NO_NEWS:
        return ""
    return blocking_mismatch(
        news.report,
        amount=news.payment.amount,
        reference=news.attempt.reference,
        gateway_payment_id=news.attempt.gateway_payment_id,
        livemode=news.attempt.gateway_account.livemode,
    )


def _keep(news: News, *, flag: Flag, reason: str) -> Applied:
    """Write it down and show it to a person; the money does not move."""
    payment, attempt = news.payment, news.attempt
    told = payment.history.filter(reason=reason[:200])
    is_replay = news.inbound_event_id is not None and told.filter(inbound_event_id=news.inbound_event_id).exists()
    # Not raised again by a replay: a person may have looked and taken the flag off.
    if not is_replay and not (payment.flag == flag and told.exists()):
        raise_flag(news, flag=flag, reason=reason)
    attempt.answered_at = news.now
    if attempt.next_check_at is not None:
        attempt.next_check_at = _next_check_at(news)
    attempt.save(update_fields=["answered_at", "next_check_at"])
    return Applied.KEPT


def _is_older(news: News, *, status: Status) -> bool:
    """Gateways do not promise order: of an end only its own kind of news, or our own question, still says something."""
    if status in PAID_STATUSES:
        return news.outcome is not Outcome.SUCCEEDED
    is_end = news.outcome in (Outcome.CANCELLED, Outcome.EXPIRED)
    return status in UNPAID_STATUSES and news.source is Source.WEBHOOK and not is_end


def _note_on_attempt(news: News, *, after: Status) -> None:
    attempt, report = news.attempt, news.report
    state = AttemptState(attempt.state)
    attempt.state = _attempt_state(news, state)
    attempt.gateway_payment_id = attempt.gateway_payment_id or report.gateway_payment_id
    attempt.gateway_status = report.gateway_status or attempt.gateway_status
    attempt.request_id = report.request_id or attempt.request_id
    attempt.error_code = report.error_code[:60]
    attempt.error_message = report.error_message[:300]
    if report.next_action is not None:
        attempt.next_action_kind = report.next_action.kind.value
        attempt.next_action_value = report.next_action.value
    attempt.kept = attempt.kept | dict(report.keep)
    if report.error_code != NOT_FOUND:
        attempt.not_found_since = None
    elif attempt.not_found_since is None:
        attempt.not_found_since = news.now
    if news.outcome not in NO_NEWS:
        attempt.answered_at = news.now
    _plan_next_step(news, after=after)
    attempt.save()


def _attempt_state(news: News, state: AttemptState) -> AttemptState:
    """Doubt never replaces knowledge, and an end is left only for success; beside another open attempt, a late one."""
    outcome = news.outcome
    told = ATTEMPT_STATE_OF[outcome]
    if told is AttemptState.SUCCEEDED and state not in PAID_ATTEMPT_STATES:
        return AttemptState.LATE if _others(news).filter(state__in=OPEN_ATTEMPT_STATES).exists() else told
    if state not in OPEN_ATTEMPT_STATES or state in PAID_ATTEMPT_STATES:
        return state
    if outcome is Outcome.UNKNOWN and state in (AttemptState.PENDING, AttemptState.AUTHORIZED):
        return state
    if outcome is Outcome.NOT_SENT and state is not AttemptState.SENDING:
        return state
    return told


def _plan_next_step(news: News, *, after: Status) -> None:
    """What the sweep does next, and when. A declined charge that can still be paid at the gateway is closed there."""
    attempt, now = news.attempt, news.now
    profile = PROFILES[attempt.gateway_account.gateway]
    door_is_open = news.outcome is Outcome.DECLINED and profile.cancelable and bool(attempt.gateway_payment_id)
    if door_is_open and after is Status.FAILED and not attempt.close_reason:
        attempt.next_step, attempt.close_reason, attempt.next_check_at = NextStep.CANCEL, CloseReason.DECLINED, now
        return
    is_closed = news.outcome in (Outcome.CANCELLED, Outcome.EXPIRED)
    still_closing = attempt.next_step == NextStep.CANCEL and not is_closed
    if after in PAID_STATUSES or (after in UNPAID_STATUSES and not still_closing):
        attempt.next_check_at = None
        return
    if news.outcome is Outcome.APPROVED and attempt.next_step != NextStep.CANCEL:
        attempt.next_step, attempt.next_check_at = NextStep.COLLECT, now
        return
    was_heard = news.outcome not in NO_NEWS
    if attempt.next_step == NextStep.COLLECT or (attempt.next_step == NextStep.RESEND and was_heard):
        attempt.next_step = NextStep.ASK
    if news.source is Source.WEBHOOK and attempt.next_check_at is not None:
        # What comes in by itself does not put off what we meant to ask.
        return
    attempt.next_check_at = _next_check_at(news)


def _next_check_at(news: News) -> datetime:
    return next_check_at(
        news.now,
        checks=news.attempt.checks,
        expires_at=news.payment.expires_at,
        attempt_id=news.attempt.pk,
        retry_after=news.report.retry_after,
    )


def _move(news: News, *, after: Status) -> None:
    payment = news.payment
    before = Status(payment.status)
    payment.take(after)
    fields = ["status", "version"]
    if after is Status.COMPLETED:
        _close(_others(news).filter(state__in=OPEN_ATTEMPT_STATES), now=news.now)
        payment.gateway = news.attempt.gateway_account.gateway
        payment.completed_at = news.occurred_at
        payment.failure_code = payment.failure_message = ""
        fields += ["gateway", "completed_at", "failure_code", "failure_message", "flag"]
        payment.flag = _flag_once_paid(payment, before=before)
    elif after in UNPAID_STATUSES:
        payment.order_claim = None
        payment.failure_code = news.report.error_code[:60] or after.value
        payment.failure_message = news.report.error_message[:300]
        fields += ["order_claim", "failure_code", "failure_message"]
    payment.save(update_fields=fields)
    write_history(news, before=before, changed=True, reason=news.report.error_code)
    if after is Status.COMPLETED:
        _book_completed(news)
    tell(news, event=f"payment.{after.value}", extra={"flag": payment.flag} if payment.flag else {})


def _flag_once_paid(payment: Payment, *, before: Status) -> Flag:
    """Payment resolves what age had left unresolved; any other reason to look stays until somebody has looked."""
    if before in UNPAID_STATUSES:
        return _claim_order_again(payment)
    return Flag.NONE if payment.flag == Flag.UNRESOLVED else Flag(payment.flag)


def _claim_order_again(payment: Payment) -> Flag:
    """A late success takes its order back; where another payment has it by now, the order was collected twice."""
    if not payment.order_id:
        return Flag.LATE_SUCCESS
    try:
        with transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(order_claim=f"{payment.purpose}:{payment.order_id}")
    except IntegrityError:
        return Flag.DUPLICATE_COLLECTION
    return Flag.LATE_SUCCESS


def _book_completed(news: News) -> None:
    payment = news.payment
    ledger.post(
        ledger.Booking(
            tenant_id=payment.tenant_id,
            subject_type=postings.SUBJECT,
            subject_id=payment.pk,
            effect=postings.COMPLETED,
            postings=postings.payment_completed(
                gross=payment.amount,
                commission=payment.commission,
                wallet_id=payment.wallet_id,
                gateway_account_id=news.attempt.gateway_account_id,
            ),
            occurred_at=news.occurred_at,
        ),
        recorded_at=news.now,
    )

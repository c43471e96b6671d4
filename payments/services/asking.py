"""What to do about an attempt that is open: ask by our reference, send the same again, close the door, collect.

These are all the moves there are. After them comes a person.
"""

from datetime import datetime, timedelta

from django.conf import settings

from common import steps
from gateways.contract import GatewayReport, LookUpRequest, Outcome
from gateways.registry import Connection
from gateways.roles import Cancels, Charges, Collects, Gateway, plays
from gateways.waiting import with_wait
from payments.models import PaymentAttempt
from payments.models.attempt import NextStep
from payments.services.drafts import same_charge
from payments.states import UNHEARD_ATTEMPT_STATES

# In the reports of every adapter.
NOT_FOUND = "not_found"
_FIRST_MAY_BE_UNDER_WAY = timedelta(minutes=10)
_BETWEEN_NOT_FOUNDS = timedelta(seconds=60)


def ask(attempt: PaymentAttempt, connection: Connection, *, now: datetime) -> GatewayReport:
    """One call about a claimed attempt, or two where the first proves that the gateway has never heard of it."""
    move = _next_move(attempt, connection, now=now)
    report = _make(move, attempt, gateway=connection.gateway)
    if move is NextStep.ASK and was_never_heard(attempt, report, connection, now=now):
        report = _make(NextStep.RESEND, attempt, gateway=connection.gateway)
    return report


def _make(move: NextStep, attempt: PaymentAttempt, *, gateway: Gateway) -> GatewayReport:
    steps.at(f"{move}.calling")
    report = with_wait(lambda: _call(move, attempt, gateway=gateway))
    steps.at(f"{move}.called")
    return report


def was_never_heard(attempt: PaymentAttempt, report: GatewayReport, connection: Connection, *, now: datetime) -> bool:
    """Whether "not found" may be taken for "not executed": where the gateway promises it, the second time, and late.

    Even then nothing is tried elsewhere: the same request is sent again with the same reference.
    """
    if report.error_code != NOT_FOUND or attempt.state not in UNHEARD_ATTEMPT_STATES:
        return False
    profile, since = connection.profile, attempt.not_found_since
    patience = max(
        _FIRST_MAY_BE_UNDER_WAY, 4 * max(profile.answers_within, timedelta(seconds=settings.GATEWAY_TOTAL_SECONDS))
    )
    return (
        profile.not_found_is_final
        and since is not None
        and now - since >= _BETWEEN_NOT_FOUNDS
        and now - attempt.created_at > patience
    )


def _next_move(attempt: PaymentAttempt, connection: Connection, *, now: datetime) -> NextStep:
    gateway = connection.gateway
    if attempt.next_step == NextStep.COLLECT and plays(gateway, Collects):
        return NextStep.COLLECT
    is_closing = attempt.next_step == NextStep.CANCEL and plays(gateway, Cancels)
    # What never came to the gateway cannot be cancelled there. Sent again without the payer's token it collects
    # nothing, and then there is something to cancel.
    may_resend = _may_resend(attempt, connection, now=now) and not (is_closing and attempt.payment.payment_token)
    if may_resend:
        return NextStep.RESEND
    return NextStep.CANCEL if is_closing else NextStep.ASK


def _call(move: NextStep, attempt: PaymentAttempt, *, gateway: Gateway) -> GatewayReport:
    if move is NextStep.RESEND:
        assert plays(gateway, Charges), f"{attempt.gateway_account.gateway} cannot charge"
        return _never_not_sent(gateway.charge(same_charge(attempt)))
    request = LookUpRequest(
        reference=attempt.reference,
        gateway_payment_id=attempt.gateway_payment_id,
        since=attempt.created_at,
        amount=attempt.payment.amount,
        keep=attempt.kept,
    )
    match move:
        case NextStep.COLLECT:
            assert plays(gateway, Collects), f"{attempt.gateway_account.gateway} cannot collect"
            return _never_not_sent(gateway.collect(request))
        case NextStep.CANCEL:
            assert plays(gateway, Cancels), f"{attempt.gateway_account.gateway} cannot cancel"
            return gateway.cancel(request)
        case NextStep.ASK:
            return gateway.look_up(request)


def _may_resend(attempt: PaymentAttempt, connection: Connection, *, now: datetime) -> bool:
    """Only while the gateway surely still knows the key; every other time we ask, as it may have stored an error."""
    retention = connection.profile.key_retention
    if attempt.state not in UNHEARD_ATTEMPT_STATES or retention is None:
        return False
    return now - attempt.created_at < retention / 2 and attempt.checks % 2 == 1


def _never_not_sent(report: GatewayReport) -> GatewayReport:
    """That this sending failed says nothing about the first one."""
    if report.outcome is not Outcome.NOT_SENT:
        return report
    return GatewayReport(
        outcome=Outcome.UNKNOWN, error_code=report.error_code, error_message=report.error_message, raw=report.raw
    )

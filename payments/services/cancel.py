"""Cancelling: written down first, closed at the gateway next, and cancelled only when the gateway says so."""

from datetime import datetime
from uuid import UUID

from common import clock, steps
from common.database import in_transaction
from common.errors import Conflict, NotFound
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.models.attempt import CloseReason, NextStep
from payments.models.history import Source
from payments.selectors import visible_to
from payments.services.check import Claim, claim_one, run_claim
from payments.states import OPEN_ATTEMPT_STATES, OPEN_STATUSES, Status
from tenants.principal import Principal


class PaymentNotFound(NotFound):
    code = "PAYMENT_NOT_FOUND"


class NotCancellable(Conflict):
    code = "PAYMENT_NOT_CANCELLABLE"


def cancel(public_id: UUID, *, principal: Principal, now: datetime) -> Status:
    """Where the payment stands afterwards: cancelled, or still open while the gateway has not confirmed.

    Raises PaymentNotFound, and NotCancellable when it is paid or ended otherwise.
    """
    claim = in_transaction(lambda: _record(public_id, principal=principal, now=now))
    if claim is not None:
        steps.at("cancel.recorded")
        run_claim(claim, now=clock.now())
    status = Status(visible_to(principal).values_list("status", flat=True).get(public_id=public_id))
    if status not in OPEN_STATUSES and status is not Status.CANCELLED:
        raise NotCancellable(f"The payment is {status}: it can no longer be cancelled.")
    return status


def _record(public_id: UUID, *, principal: Principal, now: datetime) -> Claim | None:
    """Write the wish down and claim the attempt; None when it is cancelled already."""
    payment = visible_to(principal).select_for_update(no_key=True).filter(public_id=public_id).first()
    if payment is None:
        raise PaymentNotFound("There is no payment with this id.")
    if payment.status == Status.CANCELLED:
        return None
    if payment.status not in OPEN_STATUSES:
        raise NotCancellable(f"The payment is {payment.status}: it can no longer be cancelled.")
    attempt = _open_attempt(payment)
    attempt.next_step, attempt.close_reason = NextStep.CANCEL, CloseReason.CANCELLED
    attempt.save(update_fields=["next_step", "close_reason"])
    _note(payment, attempt, principal=principal, now=now)
    claim = claim_one(attempt.pk, now=now)
    steps.at("cancel.recording")
    return claim


def _open_attempt(payment: Payment) -> PaymentAttempt:
    return payment.attempts.select_for_update(no_key=True).get(state__in=OPEN_ATTEMPT_STATES)


def _note(payment: Payment, attempt: PaymentAttempt, *, principal: Principal, now: datetime) -> None:
    PaymentHistory.objects.create(
        tenant_id=payment.tenant_id,
        payment=payment,
        version=payment.version,
        status_before=payment.status,
        status_after=payment.status,
        changed=False,
        source=Source.API,
        reason="cancel asked",
        actor=principal.name,
        attempt_id=attempt.pk,
        occurred_at=now,
        recorded_at=now,
    )

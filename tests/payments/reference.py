"""What `charge_sql` writes, written once more row by row with the ORM: slow, plain, and the rule it is held to."""

from datetime import datetime

import orjson
from django.db import transaction

from common import ids
from events.models import OutboxEvent
from gateways.contract import GatewayReport
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.models.attempt import NextStep
from payments.models.history import Source
from payments.presentation import event_data
from payments.services.charge_sql import Inserted
from payments.services.drafts import Draft, commission_lines, line_items
from payments.services.schedule import first_check_at, lease_until
from payments.states import AttemptKind, AttemptState, Status
from tenants.idempotency import IdempotencyKey
from tenants.models import IdempotencyRecord
from tenants.principal import Principal
from wallets.wallets import ready_wallet


def insert(draft: Draft, *, principal: Principal, key: IdempotencyKey) -> Inserted | None:
    """Record, payment, attempt, history and event; None when the key was there before."""
    with transaction.atomic():
        payment = _payment(draft, principal=principal)
        record, is_new = IdempotencyRecord.objects.get_or_create(
            tenant=principal.tenant,
            principal=key.principal,
            route=key.route,
            key=key.key,
            defaults={
                "fingerprint": key.fingerprint,
                "resource_id": 0,
                "locked_until": lease_until(draft.created_at),
                "created_at": draft.created_at,
            },
        )
        if not is_new:
            return None
        payment.save()
        record.resource_id = payment.pk
        record.save()
        attempt = _attempt(draft, payment=payment)
        _history(payment, attempt=attempt, principal=principal)
        _event(payment, event="payment.created", at=draft.created_at, recorded_at=draft.created_at)
        return Inserted(record.pk, payment.pk, attempt.pk)


def note_answer(inserted: Inserted, *, report: GatewayReport, answer: tuple[int, bytes], now: datetime) -> bool:
    """The payer must act; False when the payment or its attempt is not where the plain answer finds it."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=inserted.payment_id)
        attempt = PaymentAttempt.objects.select_for_update(no_key=True).get(pk=inserted.attempt_id)
        is_plain = payment.status == Status.PROCESSING and not payment.flag
        if not is_plain or attempt.state != AttemptState.SENDING or attempt.fence != 1:
            return False
        _note_on_attempt(attempt, report=report, expires_at=payment.expires_at, now=now)
        payment.take(Status.REQUIRES_ACTION)
        payment.save()
        _answer_history(payment, attempt=attempt, report=report, now=now)
        _event(payment, event="payment.requires_action", at=report.occurred_at or now, recorded_at=now)
        IdempotencyRecord.objects.filter(pk=inserted.record_id).update(status=answer[0], body=answer[1])
        return True


def _payment(draft: Draft, *, principal: Principal) -> Payment:
    request = draft.request
    return Payment(
        public_id=draft.public_id,
        tenant=principal.tenant,
        status=Status.PROCESSING,
        purpose=request.purpose,
        amount_minor=draft.priced.gross.minor,
        currency=request.currency,
        commission_minor=draft.priced.commission.minor,
        commission_version_id=draft.version_id,
        commission_lines=commission_lines(draft.priced),
        wallet_id=ready_wallet(
            draft.owner, tenant_id=principal.tenant.pk, currency=request.currency, created_at=draft.created_at
        ),
        order_id=request.order_id,
        order_claim=draft.order_claim,
        event_id=request.event_id,
        external_reference=request.external_reference,
        user_id=request.user_id,
        payer_email=request.customer_email,
        payer_phone=request.customer_phone,
        payer_name=request.customer_name,
        description=request.description,
        line_items=line_items(request),
        metadata=request.metadata,
        custom_params=request.custom_params,
        allow_pending=request.allow_pending,
        preferred_gateways=request.preferred_gateways,
        only_gateway=request.gateway,
        payment_method=request.payment_method,
        payment_token=request.payment_token,
        country=request.country,
        return_url=request.return_url,
        gateway=draft.account.gateway,
        created_at=draft.created_at,
        expires_at=draft.expires_at,
    )


def _attempt(draft: Draft, *, payment: Payment) -> PaymentAttempt:
    return PaymentAttempt.objects.create(
        public_id=draft.reference_id,
        tenant_id=payment.tenant_id,
        payment=payment,
        number=1,
        kind=AttemptKind.CHARGE,
        state=AttemptState.SENDING,
        gateway_account=draft.account,
        routing=draft.choice.as_data(),
        created_at=draft.created_at,
        next_step=NextStep.RESEND,
        next_check_at=lease_until(draft.created_at),
    )


def _note_on_attempt(attempt: PaymentAttempt, *, report: GatewayReport, expires_at: datetime, now: datetime) -> None:
    attempt.state = AttemptState.PENDING
    attempt.gateway_payment_id = report.gateway_payment_id
    attempt.gateway_status = report.gateway_status
    attempt.request_id = report.request_id
    if report.next_action is not None:
        attempt.next_action_kind = report.next_action.kind.value
        attempt.next_action_value = report.next_action.value
    attempt.kept = dict(report.keep)
    attempt.answered_at = now
    attempt.next_step = NextStep.ASK
    attempt.next_check_at = first_check_at(now, expires_at=expires_at)
    attempt.save()


def _history(payment: Payment, *, attempt: PaymentAttempt, principal: Principal) -> None:
    PaymentHistory.objects.create(
        tenant_id=payment.tenant_id,
        payment=payment,
        version=1,
        status_after=Status.PROCESSING,
        changed=True,
        source=Source.API,
        reason="created",
        actor=principal.name,
        attempt_id=attempt.pk,
        occurred_at=payment.created_at,
        recorded_at=payment.created_at,
    )


def _answer_history(payment: Payment, *, attempt: PaymentAttempt, report: GatewayReport, now: datetime) -> None:
    PaymentHistory.objects.create(
        tenant_id=payment.tenant_id,
        payment=payment,
        version=payment.version,
        status_before=Status.PROCESSING,
        status_after=payment.status,
        changed=True,
        source=Source.ANSWER,
        outcome=report.outcome,
        attempt_id=attempt.pk,
        raw=orjson.loads(orjson.dumps(dict(report.raw))),
        occurred_at=report.occurred_at or now,
        recorded_at=now,
    )


def _event(payment: Payment, *, event: str, at: datetime, recorded_at: datetime) -> None:
    payload = event_data(
        public_id=payment.public_id,
        status=payment.status,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        order_id=payment.order_id,
        event_id=payment.event_id,
        reference=payment.external_reference,
    )
    OutboxEvent.objects.create(
        public_id=ids.uuid7(),
        tenant_id=payment.tenant_id,
        type=event,
        subject_type="payment",
        subject_id=payment.pk,
        subject_version=payment.version,
        payload=payload,
        occurred_at=at,
        recorded_at=recorded_at,
    )

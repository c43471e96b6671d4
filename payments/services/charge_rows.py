"""From a draft to the rows of the statements in `charge_sql`, and to what the caller is told."""

from datetime import datetime
from typing import Any

from common import ids
from gateways.contract import GatewayReport
from payments.presentation import event_data, iso
from payments.services.charge_sql import Inserted
from payments.services.drafts import Draft, commission_lines, line_items
from payments.services.schedule import first_check_at, lease_until
from payments.states import Status
from tenants import idempotency
from tenants.idempotency import IdempotencyKey
from tenants.principal import Principal


def next_action(report: GatewayReport) -> tuple[str, str]:
    return (report.next_action.kind.value, report.next_action.value) if report.next_action else ("", "")


def answered(
    draft: Draft, inserted: Inserted, *, report: GatewayReport, after: Status, answer: tuple[int, bytes], now: datetime
) -> dict[str, Any]:
    """By the names under which `charge_sql.note_answer` takes them."""
    action_kind, action_value = next_action(report)
    status, body = answer
    return {
        "payment_id": inserted.payment_id,
        "attempt_id": inserted.attempt_id,
        "record_id": inserted.record_id,
        "gateway_payment_id": report.gateway_payment_id,
        "gateway_status": report.gateway_status,
        "request_id": report.request_id,
        "next_action_kind": action_kind,
        "next_action_value": action_value,
        "kept": dict(report.keep),
        "next_check_at": first_check_at(now, expires_at=draft.expires_at),
        "status_after": after.value,
        "outcome": report.outcome.value,
        "raw": dict(report.raw),
        "occurred_at": report.occurred_at or now,
        "now": now,
        "told_id": ids.uuid7(),
        "told_type": f"payment.{after.value}",
        "told": event(draft, status=after),
        "answer_status": status,
        "answer": body.decode(),
        "fence": 1,
    }


def inserted(draft: Draft, *, principal: Principal, key: IdempotencyKey) -> dict[str, Any]:
    """By the names under which `charge_sql.insert` takes them."""
    now = draft.created_at
    return _payment_values(draft) | {
        "tenant_id": principal.tenant.pk,
        "owner_type": draft.payee.owner_type,
        "owner_id": draft.payee.owner_id,
        "principal": key.principal,
        "route": key.route,
        "key": key.key,
        "fingerprint": rf"\x{key.fingerprint.hex()}",
        "locked_until": idempotency.lease_until(now),
        "now": now,
        "reference_id": draft.reference_id,
        "account_id": draft.account.pk,
        "routing": draft.choice.as_data(),
        "next_check_at": lease_until(now),
        "told_id": ids.uuid7(),
        "told": event(draft, status=Status.PROCESSING),
    }


def _payment_values(draft: Draft) -> dict[str, Any]:
    """By the names of the columns."""
    request = draft.request
    return {
        "public_id": draft.public_id,
        "purpose": request.purpose,
        "amount_minor": draft.priced.gross.minor,
        "currency": request.currency,
        "commission_minor": draft.priced.commission.minor,
        "commission_version_id": draft.version_id,
        "commission_lines": commission_lines(draft.priced),
        "order_id": request.order_id,
        "order_claim": draft.order_claim,
        "event_id": request.event_id,
        "external_reference": request.external_reference,
        "user_id": request.user_id,
        "payer_email": request.customer_email,
        "payer_phone": request.customer_phone,
        "payer_name": request.customer_name,
        "description": request.description,
        "line_items": line_items(request),
        "metadata": request.metadata,
        "custom_params": request.custom_params,
        "allow_pending": request.allow_pending,
        "preferred_gateways": request.preferred_gateways,
        "only_gateway": request.gateway,
        "payment_method": request.payment_method,
        "payment_token": request.payment_token,
        "country": request.country,
        "return_url": request.return_url,
        "gateway": draft.account.gateway,
        "expires_at": draft.expires_at,
    }


def terms(draft: Draft) -> dict[str, Any]:
    """The agreed part of the answer, equal to what `terms_of_row` reads back; a test compares them."""
    request = draft.request
    return {
        "transactionId": ids.show(ids.PAYMENT, draft.public_id),
        "gateway": draft.account.gateway,
        "amount": draft.priced.gross.minor,
        "currency": request.currency,
        "purpose": request.purpose,
        "commission": {"amount": draft.priced.commission.minor, "lines": commission_lines(draft.priced)},
        "netAmount": draft.priced.net.minor,
        "payee": {"ownerType": draft.payee.owner_type, "ownerId": draft.payee.owner_id},
        "paymentMethod": request.payment_method,
        "description": request.description,
        "orderId": request.order_id,
        "eventId": request.event_id,
        "externalReference": request.external_reference,
        "userId": request.user_id,
        "lineItems": line_items(request),
        "metadata": request.metadata,
        "customParams": request.custom_params,
        "createdAt": iso(draft.created_at),
        "expiresAt": iso(draft.expires_at),
    }


def event(draft: Draft, *, status: Status) -> dict[str, Any]:
    return event_data(
        public_id=draft.public_id,
        status=status,
        amount_minor=draft.priced.gross.minor,
        currency=draft.request.currency,
        order_id=draft.request.order_id,
        event_id=draft.request.event_id,
        reference=draft.request.external_reference,
    )

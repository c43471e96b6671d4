"""How a payment looks to a caller: the same names in every answer, list, event and status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common import ids
from payments.states import Status

NextAction = tuple[str, str]

# What a payer must do, by the kind of next action: the field that carries it.
_ACTION_FIELDS = {
    "client_secret": "clientSecret",
    "redirect": "redirectUrl",
    "instructions": "instructions",
    "phone_prompt": "instructions",
    "qr": "qrCode",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The parts of a payment that change while it lives."""

    status: str
    next_action: NextAction = ("", "")
    failure_code: str = ""
    failure_message: str = ""
    completed_at: datetime | None = None


def iso(moment: datetime | None) -> str | None:
    """UTC, milliseconds, Z."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def payment_data(terms: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """The whole payment: what was agreed, and how far it has come."""
    needs_payer = seen.status == Status.REQUIRES_ACTION
    data = terms | {
        "status": seen.status,
        "requiresAction": needs_payer,
        "completedAt": iso(seen.completed_at),
    }
    kind, value = seen.next_action
    if needs_payer and kind:
        data[_ACTION_FIELDS[kind]] = value
    if seen.failure_code:
        data["failure"] = {"code": seen.failure_code, "message": seen.failure_message}
    return data


def event_data(
    *, public_id: UUID, status: str, amount_minor: int, currency: str, order_id: str, event_id: str, reference: str
) -> dict[str, Any]:
    """What an event says of a payment: enough to find it and to act, no personal data."""
    return {
        "transactionId": ids.show(ids.PAYMENT, public_id),
        "status": status,
        "amount": amount_minor,
        "currency": currency,
        "orderId": order_id,
        "eventId": event_id,
        "externalReference": reference,
    }


def terms_of(row: dict[str, Any]) -> dict[str, Any]:
    """The agreed part, from the columns of a payment and its wallet's owner."""
    return {
        "transactionId": ids.show(ids.PAYMENT, row["public_id"]),
        "gateway": row["gateway"],
        "amount": row["amount_minor"],
        "currency": row["currency"],
        "purpose": row["purpose"],
        "commission": {"amount": row["commission_minor"], "lines": row["commission_lines"]},
        "netAmount": row["amount_minor"] - row["commission_minor"],
        "payee": {"ownerType": row["wallet__owner_type"], "ownerId": row["wallet__owner_id"]},
        "paymentMethod": row["payment_method"],
        "description": row["description"],
        "orderId": row["order_id"],
        "eventId": row["event_id"],
        "externalReference": row["external_reference"],
        "userId": row["user_id"],
        "lineItems": row["line_items"],
        "metadata": row["metadata"],
        "customParams": row["custom_params"],
        "createdAt": iso(row["created_at"]),
        "expiresAt": iso(row["expires_at"]),
    }

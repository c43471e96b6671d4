"""What we ask of PayPal: the fields of each request, and the key under which PayPal knows it again."""

from typing import Any

from gateways.adapters.paypal.amounts import to_field
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Credentials,
    DestinationKind,
    PayoutRequest,
    RefundRequest,
)

_LOCALES = {"en": "en-US", "fr": "fr-FR"}
_RECIPIENTS = {DestinationKind.EMAIL: "EMAIL", DestinationKind.GATEWAY_ACCOUNT: "PAYPAL_ID"}


def order_fields(request: ChargeRequest, credentials: Credentials) -> dict[str, Any]:
    """`invoice_id` is a second guard: PayPal takes money for one only once."""
    unit: dict[str, Any] = {
        "custom_id": request.reference,
        "invoice_id": request.reference,
        "amount": to_field(request.amount),
    }
    if request.description:
        unit["description"] = request.description[:127]
    if request.statement:
        unit["soft_descriptor"] = request.statement[:22]
    return {
        "intent": "CAPTURE" if request.capture else "AUTHORIZE",
        "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": _experience(request, credentials)}},
    }


def capture_fields(request: CaptureRequest) -> dict[str, Any]:
    return {"amount": to_field(request.amount), "final_capture": True}


def refund_fields(request: RefundRequest) -> dict[str, Any]:
    """Our reason stays with us: PayPal would show it to the payer."""
    return {"amount": to_field(request.amount), "custom_id": request.reference}


def payout_fields(request: PayoutRequest) -> dict[str, Any] | None:
    """One payout is one batch of one item. None where PayPal cannot pay out to such a destination."""
    recipient_type = _RECIPIENTS.get(request.destination.kind)
    if recipient_type is None:
        return None
    item: dict[str, Any] = {
        "recipient_type": recipient_type,
        "receiver": request.destination.value,
        "amount": to_field(request.amount, currency_name="currency"),
        "sender_item_id": request.reference,
        "recipient_wallet": "PAYPAL",
    }
    if request.description:
        item["note"] = request.description[:1000]
    return {"sender_batch_header": {"sender_batch_id": request.reference}, "items": [item]}


def approval_mark(update_time: str) -> str:
    """Tells one approval from the next, for the key of what follows it.

    After INSTRUMENT_DECLINED the payer approves anew, and PayPal wants a new key; a repeated collect of the same
    approval must have the same. One order is never captured twice, whatever the keys.
    """
    return "".join(sign for sign in update_time if sign.isalnum())[:24]


def _experience(request: ChargeRequest, credentials: Credentials) -> dict[str, Any]:
    context: dict[str, Any] = {"user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING"}
    if request.return_url:
        context["return_url"] = request.return_url
        context["cancel_url"] = request.cancel_url or request.return_url
    if locale := _LOCALES.get(request.language[:2].lower()):
        context["locale"] = locale
    if brand := credentials.get("brand_name"):
        context["brand_name"] = brand[:127]
    if credentials.get("immediate_payment").lower() == "yes":
        context["payment_method_preference"] = "IMMEDIATE_PAYMENT_REQUIRED"
    return context

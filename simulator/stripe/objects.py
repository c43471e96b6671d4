"""How records look on the wire: the JSON shapes of API version 2026-10-28.endive."""

from typing import Any

from simulator.stripe.cards import CARDS
from simulator.stripe.money_state import SavedMethod
from simulator.stripe.state import Charge, Customer, Endpoint, Intent
from simulator.wire import Json

API_VERSION = "2026-10-28.endive"
_EMPTY_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def intent_shape(intent: Intent) -> Json:
    given = intent.given
    return {
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": intent.amount_capturable,
        "amount_details": {"tip": {}},
        "amount_received": intent.amount_received,
        "application": None,
        "application_fee_amount": given.get("application_fee_amount"),
        "automatic_payment_methods": intent.automatic,
        "canceled_at": intent.canceled_at,
        "cancellation_reason": intent.cancellation_reason,
        "capture_method": intent.capture_method,
        "client_secret": intent.client_secret,
        "confirmation_method": given.get("confirmation_method", "automatic"),
        "created": intent.created,
        "currency": intent.currency,
        "customer": intent.customer,
        "customer_account": None,
        "description": given.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": intent.last_error,
        "latest_charge": intent.charges[-1] if intent.charges else None,
        "livemode": False,
        "metadata": intent.metadata,
        "next_action": intent.next_action,
        "on_behalf_of": given.get("on_behalf_of"),
        "payment_method": intent.payment_method,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": intent.method_types,
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": given.get("shipping"),
        "source": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": intent.status,
        "transfer_data": given.get("transfer_data"),
        "transfer_group": given.get("transfer_group"),
    }


def charge_shape(charge: Charge) -> Json:
    given = charge.given
    is_failed = charge.status == "failed"
    decline = charge.decline or {}
    return {
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": charge.amount_captured,
        "amount_refunded": charge.amount_refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": given.get("application_fee_amount"),
        "balance_transaction": charge.balance_transaction,
        "billing_details": {"address": _EMPTY_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "SIMULATOR",
        "captured": charge.captured,
        "created": charge.created,
        "currency": charge.currency,
        "customer": charge.customer,
        "description": given.get("description"),
        "disputed": charge.disputed,
        "failure_balance_transaction": None,
        "failure_code": decline.get("code"),
        "failure_message": decline.get("message"),
        "fraud_details": {},
        "livemode": False,
        "metadata": charge.metadata,
        "on_behalf_of": given.get("on_behalf_of"),
        "outcome": _outcome(charge),
        "paid": not is_failed,
        "payment_intent": charge.intent,
        "payment_method": charge.payment_method,
        "payment_method_details": _method_details(charge),
        "receipt_email": given.get("receipt_email"),
        "receipt_number": None,
        "receipt_url": None,
        "refunded": charge.refunded,
        "review": None,
        "shipping": given.get("shipping"),
        "source": None,
        "source_transfer": None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": charge.status,
        "transfer_data": None,
        "transfer_group": given.get("transfer_group"),
    }


def _outcome(charge: Charge) -> Json:
    decline = charge.decline
    return {
        "advice_code": decline["advice"] if decline else None,
        "network_advice_code": None,
        "network_decline_code": "05" if decline else None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline["decline_code"] if decline else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details." if decline else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }


def _method_details(charge: Charge) -> Json:
    card = CARDS[charge.card]
    if card.method_type != "card":
        return {"type": card.method_type, card.method_type: {"bank_name": "TEST BANK", "last4": card.last4}}
    details: Json = {
        "amount_authorized": charge.amount if charge.status != "failed" else None,
        "authorization_code": None,
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"SIM{card.last4}",
        "funding": "credit",
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "network": card.brand,
        "three_d_secure": _three_d_secure() if charge.authenticated else None,
        "wallet": None,
    }
    if charge.capture_before is not None:
        details["capture_before"] = charge.capture_before
    return {"type": "card", "card": details}


def _three_d_secure() -> Json:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def method_shape(*, key: str, card_id: str, created: int, customer: str | None) -> Json:
    """The payment method as it is nested in an error or expanded."""
    card = CARDS[card_id]
    shape: Json = {
        "id": key,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": _EMPTY_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
        "created": created,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": card.method_type,
    }
    if card.method_type == "card":
        shape["card"] = {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"SIM{card.last4}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }
    return shape


def saved_method_shape(method: SavedMethod) -> Json:
    return method_shape(key=method.id, card_id=method.card, created=method.created, customer=method.customer)


def customer_shape(customer: Customer) -> Json:
    given = customer.given
    return {
        "id": customer.id,
        "object": "customer",
        "address": given.get("address"),
        "balance": 0,
        "created": customer.created,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": given.get("description"),
        "discount": None,
        "email": given.get("email"),
        "invoice_prefix": customer.id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": customer.metadata,
        "name": given.get("name"),
        "next_invoice_sequence": 1,
        "phone": given.get("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def endpoint_shape(endpoint: Endpoint, *, with_secret: bool = False) -> Json:
    """The secret is shown once, in the answer to the creation."""
    shape: Json = {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": endpoint.created,
        "description": endpoint.description,
        "enabled_events": endpoint.enabled_events,
        "livemode": False,
        "metadata": endpoint.metadata,
        "status": endpoint.status,
        "url": endpoint.url,
    }
    if with_secret:
        shape["secret"] = endpoint.secret
    return shape


def list_shape(data: list[Any], *, url: str, has_more: bool) -> Json:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}

"""Stripe's events as bytes: made from one template, signed as Stripe signs, cheap enough for a load generator."""

import hmac
import time

import orjson

_AMOUNT = 987654321


def _template() -> str:
    """An event as long as Stripe's, with every field of a PaymentIntent; indented as Stripe does."""
    intent = {
        "id": "pi_INTENT",
        "object": "payment_intent",
        "amount": _AMOUNT,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": _AMOUNT,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": "pi_INTENT_secret_bench",
        "confirmation_method": "automatic",
        "created": 1763700000,
        "currency": "eur",
        "customer": None,
        "description": "Two tickets for Nuit du Baobab",
        "last_payment_error": None,
        "latest_charge": "ch_INTENT",
        "livemode": False,
        "metadata": {"reference": "att_REFERENCE"},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": "pm_1RZbenchmark00000000000",
        "payment_method_configuration_details": {"id": "pmc_1RZbenchmark", "parent": None},
        "payment_method_options": {
            "card": {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "any"}
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": "awa.diop@example.org",
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "STATUS",
        "transfer_data": None,
        "transfer_group": None,
    }
    event = {
        "id": "evt_EVENT",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1763700005,
        "data": {"object": intent},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_bench00000000", "idempotency_key": "pay:att_REFERENCE:create"},
        "type": "TYPE",
    }
    return orjson.dumps(event, option=orjson.OPT_INDENT_2).decode()


SUCCEEDED = _template().replace("TYPE", "payment_intent.succeeded").replace("STATUS", "succeeded")
# Stored, and then found to say nothing about a payment.
UNRELATED = _template().replace("TYPE", "charge.updated").replace("STATUS", "succeeded")


def sql_body(*, event: str, reference_hex: str, amount: str) -> str:
    """An SQL expression for the bytes of a success; the arguments are SQL expressions of text."""
    expression = "%(template)s::text"
    for place, value in (("EVENT", event), ("INTENT", reference_hex), ("REFERENCE", reference_hex)):
        expression = f"replace({expression}, '{place}', {value})"
    return f"convert_to(replace({expression}, '{_AMOUNT}', {amount}), 'UTF8')"


class Signer:
    """Writes webhook requests to one address."""

    def __init__(self, *, path: str, secret: str, template: str) -> None:
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
            "Accept: */*; q=0.5, application/xml\r\nContent-Type: application/json; charset=utf-8\r\n"
        ).encode()
        self._secret = secret.encode()
        parts = template.replace("%", "%%")
        for place in ("EVENT", "INTENT", "REFERENCE", str(_AMOUNT)):
            parts = parts.replace(place, f"%({place})b")
        self._template = parts.encode()

    def request(self, *, event: bytes, reference_hex: bytes, amount: int) -> bytes:
        body = self._template % {
            b"EVENT": event,
            b"INTENT": reference_hex,
            b"REFERENCE": reference_hex,
            str(_AMOUNT).encode(): b"%d" % amount,
        }
        stamp = b"%d" % time.time()
        signature = hmac.digest(self._secret, stamp + b"." + body, "sha256").hex().encode()
        signed = b"Stripe-Signature: t=%b,v1=%b\r\nContent-Length: %d\r\n\r\n" % (stamp, signature, len(body))
        return self._head + signed + body

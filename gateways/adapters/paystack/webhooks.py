"""Decides whether a webhook is Paystack's own, on its raw bytes, then what it says.

There is no time stamp and no id: an old true message can be sent again by whoever has seen it. So it is only a hint,
and Paystack is asked before money moves.
"""

import hashlib
import hmac

import msgspec

from gateways.adapters.paystack.disputes import Dispute, report_dispute
from gateways.adapters.paystack.refunds import Refund, report_refund
from gateways.adapters.paystack.transactions import Transaction, report_transaction
from gateways.adapters.paystack.transfers import Transfer, report_transfer
from gateways.contract import (
    Credentials,
    GatewayReport,
    IncomingWebhook,
    Outcome,
    WebhookEnvelope,
    WebhookRefused,
)

_MODES = {"test": False, "live": True}
_UNREADABLE = (msgspec.MsgspecError, RecursionError)


class _Mode(msgspec.Struct, frozen=True):
    domain: str | None = None


class _Event(msgspec.Struct, frozen=True):
    event: str
    data: msgspec.Raw


class _RefundNews(msgspec.Struct, frozen=True):
    """Unlike a refund it has no id, mostly, and names its payment by our reference."""

    status: str
    amount: int | str
    currency: str
    transaction_reference: str
    domain: str = ""
    id: int | str | None = None


_read_event = msgspec.json.Decoder(_Event).decode
_read_mode = msgspec.json.Decoder(_Mode).decode


def verify(webhook: IncomingWebhook, *, credentials: Credentials) -> WebhookEnvelope:
    """Raises WebhookRefused unless the account's key, or the one before it, signed exactly these bytes."""
    signature = webhook.headers.get("x-paystack-signature", "").strip().encode("ascii", "replace")
    is_signed = False
    for secret in _active_secrets(credentials):
        expected = hmac.digest(secret, webhook.body, "sha512").hex().encode()
        is_signed |= hmac.compare_digest(expected, signature)
    if not is_signed:
        raise WebhookRefused("no signature matches the key of the account")
    try:
        event = _read_event(webhook.body)
        domain = _read_mode(event.data).domain or ""
    except _UNREADABLE:
        raise WebhookRefused("the body is not an event") from None
    digest = hashlib.sha256(webhook.body).hexdigest()
    return WebhookEnvelope(f"{event.event[:60]}:{digest}", event.event, _MODES.get(domain))


def parse(body: bytes) -> GatewayReport | None:
    """None where it is about none of our charges, refunds, transfers and disputes."""
    try:
        event = _read_event(body)
        return _told(event)
    except _UNREADABLE:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")


def _told(event: _Event) -> GatewayReport | None:
    match event.event.split("."):
        case ["charge", "success"]:
            return report_transaction(msgspec.json.decode(event.data, type=Transaction))
        case ["charge", "dispute", _]:
            return report_dispute(msgspec.json.decode(event.data, type=Dispute))
        case ["refund", _]:
            return _refund(msgspec.json.decode(event.data, type=_RefundNews))
        case ["transfer", "success" | "failed" | "reversed"]:
            return report_transfer(msgspec.json.decode(event.data, type=Transfer))
        case _:
            return None


def _refund(news: _RefundNews) -> GatewayReport:
    """Which refund it is, only the payment and the amount tell, unless there is an id."""
    told = Refund(
        id=news.id if news.id is not None else "",
        status=news.status,
        amount=news.amount,
        currency=news.currency,
        transaction="",
        domain=news.domain,
        transaction_reference=news.transaction_reference,
    )
    return report_refund(told)


def _active_secrets(credentials: Credentials) -> list[bytes]:
    current = credentials.get("secret_key").strip()
    if not current:
        raise WebhookRefused("secret_key is empty: the endpoint is closed")
    previous = credentials.get("secret_key_previous").strip()
    return [secret.encode() for secret in (current, previous) if secret]

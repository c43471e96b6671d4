"""Decides whether a webhook is Stripe's own and fresh, on its raw bytes, then what it says."""

import hmac
import re

import msgspec

from gateways.adapters.stripe.disputes import Dispute, report_dispute
from gateways.adapters.stripe.intents import Intent, Moment, report_intent
from gateways.adapters.stripe.payouts import Payout, Transfer, report_movement
from gateways.adapters.stripe.refunds import RELEASED, Refund, report_refund
from gateways.contract import Credentials, GatewayReport, IncomingWebhook, Outcome, WebhookEnvelope, WebhookRefused

TOLERANCE_SECONDS = 300
_HEADER_LENGTH_MAX = 2000
_STAMP = re.compile(r"[0-9]{1,12}")


class _Envelope(msgspec.Struct, frozen=True):
    id: str
    type: str
    object: str
    livemode: bool | None = None
    account: str | None = None


class _Data(msgspec.Struct, frozen=True):
    object: msgspec.Raw = msgspec.Raw(b"null")


class _Event(msgspec.Struct, frozen=True):
    type: str
    created: Moment
    livemode: bool | None = None
    data: _Data = _Data()


_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_event = msgspec.json.Decoder(_Event).decode
_read_intent = msgspec.json.Decoder(Intent).decode
_read_refund = msgspec.json.Decoder(Refund).decode
_read_dispute = msgspec.json.Decoder(Dispute).decode
_read_transfer = msgspec.json.Decoder(Transfer).decode
_read_payout = msgspec.json.Decoder(Payout).decode
_REFUNDS = ("refund.", "charge.refund.")
_UNREADABLE = (msgspec.MsgspecError, RecursionError)


def verify(webhook: IncomingWebhook, *, credentials: Credentials) -> WebhookEnvelope:
    """Raises WebhookRefused unless one active secret signed exactly these bytes within five minutes of now."""
    secrets = _active_secrets(credentials)
    stamp, signatures = _read_header(webhook.headers.get("stripe-signature", ""))
    signed = b"%s.%s" % (stamp.encode(), webhook.body)
    if not _is_signed(signed, signatures=signatures, secrets=secrets):
        raise WebhookRefused("no signature matches an active secret")
    # Stripe's own package looks at old stamps only; a stamp from the future would never grow old.
    if abs(webhook.received_epoch - int(stamp)) > TOLERANCE_SECONDS:
        raise WebhookRefused("the time stamp is more than five minutes away")
    return _envelope(webhook.body)


def parse(body: bytes) -> GatewayReport | None:
    """None where it says nothing about money of ours. `payment_failed` is DECLINED, though it may yet be paid."""
    try:
        event = _read_event(body)
        return _read_subject(event)
    except _UNREADABLE:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")


def _read_subject(event: _Event) -> GatewayReport | None:
    told = event.data.object
    if event.type.startswith("payment_intent."):
        return report_intent(_read_intent(told), occurred_at=event.created)
    if event.type.startswith(_REFUNDS):
        refund = _read_refund(told)
        # A hold that was given back moved no money.
        if refund.reason == RELEASED:
            return None
        return report_refund(refund, occurred_at=event.created, livemode=event.livemode)
    if event.type.startswith("charge.dispute."):
        return report_dispute(_read_dispute(told), occurred_at=event.created)
    if event.type.startswith(("transfer.", "payout.")):
        movement = _read_transfer(told) if event.type.startswith("transfer.") else _read_payout(told)
        # Those without a reference are not ours: Stripe's own transfers to our bank are settlements.
        return report_movement(movement, occurred_at=event.created) if movement.reference else None
    return None


def _active_secrets(credentials: Credentials) -> list[bytes]:
    current = credentials.get("webhook_secret").strip()
    if not current:
        raise WebhookRefused("webhook_secret is empty: the endpoint is closed")
    previous = credentials.get("webhook_secret_previous").strip()
    return [secret.encode() for secret in (current, previous) if secret]


def _read_header(header: str) -> tuple[str, list[bytes]]:
    """The time stamp and every v1 signature. Other schemes, v0 among them, count as no signature."""
    if len(header) > _HEADER_LENGTH_MAX or not header.isascii():
        raise WebhookRefused("the Stripe-Signature header is not one of Stripe's")
    stamps = []
    signatures = []
    for item in header.split(","):
        scheme, _, value = item.strip().partition("=")
        if scheme == "t":
            stamps.append(value)
        elif scheme == "v1":
            signatures.append(value.encode())
    if len(stamps) != 1 or _STAMP.fullmatch(stamps[0]) is None or not signatures:
        raise WebhookRefused("the Stripe-Signature header has no time stamp or no v1 signature")
    return stamps[0], signatures


def _is_signed(signed: bytes, *, signatures: list[bytes], secrets: list[bytes]) -> bool:
    found = False
    for secret in secrets:
        expected = hmac.digest(secret, signed, "sha256").hex().encode()
        for signature in signatures:
            found |= hmac.compare_digest(expected, signature)
    return found


def _envelope(body: bytes) -> WebhookEnvelope:
    try:
        event = _read_envelope(body)
    except _UNREADABLE:
        raise WebhookRefused("the body is not an event") from None
    if event.object != "event" or not event.id:
        raise WebhookRefused("not a snapshot event: the endpoint must send snapshot payloads")
    return WebhookEnvelope(event.id, event.type, event.livemode, event.account or "")

"""Decides whether a webhook is Pagadito's own, then what it hints at. The status is asked for before money is booked.

The signature covers the body by a CRC32 alone, for which another body is easily found: what a webhook says is
never more than a reason to ask.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from gateways.adapters.pagadito import certificates, reports
from gateways.adapters.pagadito.replies import StatusTold
from gateways.adapters.pagadito.settings import Settings
from gateways.amounts import AmountNotRepresentable
from gateways.contract import GatewayReport, IncomingWebhook, Outcome, WebhookEnvelope, WebhookRefused
from gateways.http import GatewayHttp

_HEADER_LENGTH_MAX = 2000
_EVENT_ID = re.compile(r"[!-~]{1,100}")
_EPOCH = re.compile(r"[0-9]{9,13}")
_ALGORITHMS: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha256withrsa": hashes.SHA256,
    "sha256withrsaencryption": hashes.SHA256,
    "sha512withrsa": hashes.SHA512,
    "sha512withrsaencryption": hashes.SHA512,
}
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class _Envelope(msgspec.Struct, frozen=True):
    id: str | int
    event_type: str = ""


class _Resource(StatusTold, frozen=True):
    token: str = ""


class _Event(msgspec.Struct, frozen=True):
    resource: _Resource
    event_type: str = ""


_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_event = msgspec.json.Decoder(_Event).decode


def verify(webhook: IncomingWebhook, *, settings: Settings, http: GatewayHttp) -> WebhookEnvelope:
    """Raises WebhookRefused unless a certificate that may vouch signed this event with the account's WSK in it."""
    if not settings.wsk:
        raise WebhookRefused("wsk is empty: the endpoint is closed")
    notification, stamp = _header(webhook, "notification-id"), _header(webhook, "notification-timestamp")
    algorithm = _ALGORITHMS.get(_header(webhook, "auth-algo").replace("-", "").replace("_", "").lower())
    if algorithm is None:
        raise WebhookRefused("the algorithm is not one of RSA with SHA-256 or SHA-512")
    signature = _signature(webhook)
    event = _envelope(webhook.body)
    _refuse_old(stamp, settings=settings, now=webhook.received_epoch)
    key = certificates.public_key_for(
        _header(webhook, "cert-url"), settings=settings, http=http, at_epoch=webhook.received_epoch
    )
    signed = "|".join([notification, stamp, str(event.id), str(zlib.crc32(webhook.body)), settings.wsk])
    try:
        key.verify(signature, signed.encode(), padding.PKCS1v15(), algorithm())
    except InvalidSignature:
        raise WebhookRefused("the signature is not of this event") from None
    return WebhookEnvelope(str(event.id), event.event_type[:100])


def parse(body: bytes) -> GatewayReport | None:
    """What the event claims. Its amount may be in USD for a charge in another currency."""
    try:
        told = _read_event(body).resource
    except _UNREADABLE:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")
    if not told.token and not told.ern:
        return None
    try:
        amount = reports.stated_amount(told, asked=None)
    except AmountNotRepresentable:
        amount = None
    return reports.of_status(told, transaction=reports.Transaction(told.token, told.ern), amount=amount)


def _header(webhook: IncomingWebhook, name: str) -> str:
    value = webhook.headers.get(f"pagadito-{name}", "").strip()
    if not value or len(value) > _HEADER_LENGTH_MAX or not value.isascii() or not value.isprintable():
        raise WebhookRefused(f"the header Pagadito-{name} is missing or not one of Pagadito's")
    return value


def _signature(webhook: IncomingWebhook) -> bytes:
    try:
        return base64.b64decode(_header(webhook, "signature"), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookRefused("the signature is not base64") from None


def _envelope(body: bytes) -> _Envelope:
    try:
        event = _read_envelope(body)
    except _UNREADABLE:
        raise WebhookRefused("the body is not an event") from None
    if _EVENT_ID.fullmatch(str(event.id)) is None:
        raise WebhookRefused("the event has no usable id")
    return event


def _refuse_old(stamp: str, *, settings: Settings, now: int) -> None:
    """Only where a window is set: Pagadito may send late again, and its own plugin looks at no time."""
    if not settings.webhook_max_age:
        return
    if not settings.webhook_max_age.isdecimal():
        raise WebhookRefused("webhook_max_age_seconds is not a whole number: the endpoint is closed")
    if abs(now - _epoch(stamp)) > int(settings.webhook_max_age):
        raise WebhookRefused("the time stamp is further away than this account allows")


def _epoch(stamp: str) -> int:
    """Seconds since 1970, milliseconds, or ISO 8601: which of them Pagadito sends is not published."""
    if _EPOCH.fullmatch(stamp):
        return int(stamp) // 1000 if len(stamp) > 11 else int(stamp)
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        raise WebhookRefused("the time stamp cannot be read") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())

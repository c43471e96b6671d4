"""Decides whether a webhook is PayPal's own, on its raw bytes and by PayPal's certificate."""

import base64
import binascii
import re
import zlib
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from gateways.adapters.paypal.certificates import Certificates, IssuerUnknown
from gateways.adapters.paypal.client import PayPalApi
from gateways.adapters.paypal.shapes import moment, read, read_bytes
from gateways.contract import Credentials, IncomingWebhook, WebhookEnvelope, WebhookRefused
from gateways.errors import NoAnswer

# PayPal tries for three days, and does not say whether a later try is signed anew.
PAST_MAX = timedelta(days=4)
FUTURE_MAX = timedelta(minutes=5)
_ALGORITHM = "SHA256withRSA"
_HEADER_LENGTH_MAX = 2000
_WEBHOOK_ID = re.compile(r"[A-Za-z0-9]{1,50}")
_TRANSMISSION_ID = re.compile(r"[A-Za-z0-9-]{1,50}")


class _Envelope(msgspec.Struct, frozen=True):
    id: str
    event_type: str


class _Opinion(msgspec.Struct, frozen=True):
    verification_status: str = ""


class _Proof(msgspec.Struct, frozen=True):
    """The signing headers as they came."""

    auth_algo: str
    cert_url: str
    transmission_id: str
    transmission_sig: str
    transmission_time: str


def verify(
    webhook: IncomingWebhook, *, credentials: Credentials, certificates: Certificates, api: PayPalApi
) -> WebhookEnvelope:
    """Raises WebhookRefused unless PayPal signed exactly these bytes for the webhook of this account."""
    webhook_id = _webhook_id(credentials)
    proof = _read_proof(webhook)
    envelope = _envelope(webhook.body, livemode=credentials.livemode)
    at = datetime.fromtimestamp(webhook.received_epoch, tz=UTC)
    _check_time(proof, at=at)
    try:
        key = certificates.key_for(proof.cert_url, at=at)
    except IssuerUnknown:
        _ask_paypal(webhook.body, proof=proof, webhook_id=webhook_id, api=api)
        return envelope
    signed = f"{proof.transmission_id}|{proof.transmission_time}|{webhook_id}|{zlib.crc32(webhook.body)}"
    try:
        key.verify(_signature(proof), signed.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        raise WebhookRefused("the signature does not fit") from None
    return envelope


def _webhook_id(credentials: Credentials) -> str:
    """PayPal's public web simulator signs with the live certificate for the id WEBHOOK_ID: anybody can use it."""
    webhook_id = credentials.get("webhook_id").strip()
    if _WEBHOOK_ID.fullmatch(webhook_id) is None:
        raise WebhookRefused("webhook_id is empty or not one of PayPal's: the endpoint is closed")
    return webhook_id


def _read_proof(webhook: IncomingWebhook) -> _Proof:
    def header(name: str) -> str:
        value = webhook.headers.get(f"paypal-{name}", "")
        if not value or len(value) > _HEADER_LENGTH_MAX or not value.isascii():
            raise WebhookRefused(f"the header PAYPAL-{name.upper()} is missing or not one of PayPal's")
        return value

    proof = _Proof(
        auth_algo=header("auth-algo"),
        cert_url=header("cert-url"),
        transmission_id=header("transmission-id"),
        transmission_sig=header("transmission-sig"),
        transmission_time=header("transmission-time"),
    )
    if proof.auth_algo != _ALGORITHM:
        raise WebhookRefused("signed by a method that is not PayPal's")
    if _TRANSMISSION_ID.fullmatch(proof.transmission_id) is None:
        raise WebhookRefused("the transmission id is not one of PayPal's")
    return proof


def _check_time(proof: _Proof, *, at: datetime) -> None:
    signed_at = moment(proof.transmission_time)
    if signed_at is None or not -FUTURE_MAX <= at - signed_at <= PAST_MAX:
        raise WebhookRefused("the transmission time is not near enough")


def _signature(proof: _Proof) -> bytes:
    try:
        return base64.b64decode(proof.transmission_sig, validate=True)
    except (binascii.Error, ValueError):
        raise WebhookRefused("the signature is not base64") from None


def _envelope(body: bytes, *, livemode: bool) -> WebhookEnvelope:
    event = read_bytes(body, _Envelope)
    if event is None or not event.id or not event.event_type:
        raise WebhookRefused("the body is not an event")
    # Host and name of the certificate are those of the account's mode.
    return WebhookEnvelope(event.id[:200], event.event_type, livemode)


def _ask_paypal(body: bytes, *, proof: _Proof, webhook_id: str, api: PayPalApi) -> None:
    """Let PayPal check its own signature. The event goes back as the text it came as: PayPal compares bytes.

    That the body is one whole JSON value was seen before, so it cannot bring fields of its own into the question.
    """
    fields = {name: getattr(proof, name) for name in proof.__struct_fields__} | {"webhook_id": webhook_id}
    question = msgspec.json.encode(fields)[:-1] + b',"webhook_event":' + body + b"}"
    try:
        answer = api.post_text("verify_webhook", "/v1/notifications/verify-webhook-signature", question)
    except NoAnswer as failure:
        raise WebhookRefused(f"PayPal could not be asked about the signature: {failure.reason}") from None
    opinion = read(answer, _Opinion)
    if answer.status != 200 or opinion is None or opinion.verification_status != "SUCCESS":
        raise WebhookRefused("PayPal does not confirm the signature")

"""Decides whether a notification is CinetPay's own, then which object it points at. It is never more than a hint.

`x-token` signs sixteen named fields of a payment's form, as received and in this order, with nothing between them.
Notifications of transfers, and all of the second generation, carry no signature.
"""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from gateways.adapters.cinetpay.api_v1 import PAYOUT_MARK
from gateways.adapters.cinetpay.ids import transaction_id
from gateways.adapters.cinetpay.settings import API_V1, Settings
from gateways.adapters.cinetpay.transfer_answers import STATES
from gateways.contract import GatewayReport, IncomingWebhook, Outcome, Subject, WebhookEnvelope, WebhookRefused

SIGNED_FIELDS = (
    "cpm_site_id", "cpm_trans_id", "cpm_trans_date", "cpm_amount", "cpm_currency", "signature", "payment_method",
    "cel_phone_num", "cpm_phone_prefixe", "cpm_language", "cpm_version", "cpm_payment_config", "cpm_page_action",
    "cpm_custom", "cpm_designation", "cpm_error_message",
)  # fmt: skip
_PAYMENT, _TRANSFER, _V1 = "cpm_trans_id", "client_transaction_id", "merchant_transaction_id"
_TYPES = {_PAYMENT: "payment", _TRANSFER: "transfer", _V1: "api_v1"}
_FIELDS_MAX = 60
_ID_MAX = 60
_TOKEN_LENGTH = 64

_read_json = msgspec.json.Decoder(dict[str, Any]).decode


def verify(webhook: IncomingWebhook, *, settings: Settings) -> WebhookEnvelope:
    """Raises WebhookRefused unless it has the form of a notification, and for a payment its signature."""
    fields = _fields(webhook.body)
    kind = _kind(fields)
    if (kind == _V1) is not (settings.generation == API_V1):
        raise WebhookRefused("a notification of the other generation")
    if kind == _PAYMENT:
        _check_payment(fields, token=webhook.headers.get("x-token", ""), body=webhook.body, settings=settings)
    if kind == _V1 and not fields.get("notify_token"):
        raise WebhookRefused("there is no notify_token")
    return WebhookEnvelope(webhook.digest, _TYPES[kind])


def parse(body: bytes, query: str = "") -> GatewayReport | None:
    """Which object to ask about. A payment's notification claims no status that may be believed: it is PENDING."""
    try:
        fields = _fields(body)
        kind = _kind(fields)
    except WebhookRefused:
        return None
    key = fields[kind]
    if kind == _TRANSFER:
        status = fields.get("treatment_status", "")
        outcome = STATES.get(status, Outcome.PENDING)
        return GatewayReport(outcome, Subject.PAYOUT, gateway_payment_id=key, gateway_status=status[:20])
    is_payout = kind == _V1 and PAYOUT_MARK in query.split("&")
    told = fields.get("cpm_custom", "")
    return GatewayReport(
        Outcome.PENDING,
        Subject.PAYOUT if is_payout else Subject.CHARGE,
        gateway_payment_id=key,
        reference=told if told and transaction_id(told) == key else "",
        raw={"event": _TYPES[kind]},
    )


def x_token(fields: Mapping[str, str], *, secret: str) -> str:
    text = "".join(fields.get(name, "") for name in SIGNED_FIELDS)
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def _check_payment(fields: Mapping[str, str], *, token: str, body: bytes, settings: Settings) -> None:
    site_id = settings.get("site_id")
    if not site_id or fields.get("cpm_site_id") != site_id:
        raise WebhookRefused("cpm_site_id is not ours")
    if not token and body.lstrip().startswith(b"{") and settings.is_on("unsigned_notices"):
        return
    secrets = [secret for name in ("secret_key", "secret_key_previous") if (secret := settings.get(name))]
    if not settings.get("secret_key"):
        raise WebhookRefused("secret_key is empty: the endpoint is closed")
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        raise WebhookRefused("there is no x-token")
    # Every secret is tried, so that the time taken does not tell which one fits.
    matches = [hmac.compare_digest(x_token(fields, secret=secret), token) for secret in secrets]
    if not any(matches):
        raise WebhookRefused(f"x-token does not match; {_shape(fields)}")


def _shape(fields: Mapping[str, str]) -> str:
    """For staff: a mismatch most often comes from fields that were added, dropped or changed on the way."""
    missing = [name for name in SIGNED_FIELDS if name not in fields]
    return f"missing: {', '.join(missing) or 'none'}; others: {len(set(fields) - set(SIGNED_FIELDS))}"


def _kind(fields: Mapping[str, str]) -> str:
    for name in _TYPES:
        if 0 < len(fields.get(name, "")) <= _ID_MAX:
            return name
    raise WebhookRefused("it names no transaction of ours")


def _fields(body: bytes) -> dict[str, str]:
    """A form, or JSON as API v1 and older documents have it. Values stay as they came: no trimming, no conversion."""
    try:
        if body.lstrip().startswith(b"{"):
            pairs = _read_json(body).items()
            return {name: str(value) for name, value in pairs if isinstance(value, str | int)}
        form = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=_FIELDS_MAX,
            errors="strict",
        )
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise WebhookRefused("neither a form nor a JSON object") from None
    if len(dict(form)) != len(form):
        raise WebhookRefused("a field comes twice")
    return dict(form)

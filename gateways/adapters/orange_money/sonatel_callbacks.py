"""Whether a callback of Sonatel brings the apiKey that we registered, and what it then says."""

import base64
import hmac

import msgspec

from gateways.adapters.orange_money.decoding import decoded
from gateways.adapters.orange_money.flavour import blank_report
from gateways.adapters.orange_money.sonatel_answers import Transaction, translated
from gateways.contract import GatewayReport, IncomingWebhook, Outcome, Subject, WebhookEnvelope, WebhookRefused

_CASH_IN_TYPES = frozenset({"CASHIN", "CASH_IN"})
_LENGTH_MAX = 20_000


class _Keyed(msgspec.Struct, frozen=True):
    apiKey: str = ""  # noqa: N815 (Orange's own name)


def verify(webhook: IncomingWebhook, *, api_key: str) -> WebhookEnvelope:
    """Sources disagree where the key stands, so either place counts. Raises WebhookRefused without a match."""
    if not api_key:
        raise WebhookRefused("callback_api_key is empty: the endpoint is closed")
    news = decoded(webhook.body, Transaction) if len(webhook.body) <= _LENGTH_MAX else None
    if news is None or not news.reference:
        raise WebhookRefused("not a callback about a transaction")
    if not _has_key(webhook, api_key=api_key.encode()):
        raise WebhookRefused("the apiKey is not the one we registered")
    return WebhookEnvelope(webhook.digest, f"sonatel.{news.status}"[:100])


def parse(body: bytes) -> GatewayReport | None:
    news = decoded(body, Transaction)
    if news is None or not news.reference:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")
    subject = Subject.PAYOUT if (news.type or "").upper() in _CASH_IN_TYPES else Subject.CHARGE
    return translated(news, blank_report(gateway_id=news.reference, reference=news.reference, subject=subject))


def _has_key(webhook: IncomingWebhook, *, api_key: bytes) -> bool:
    scheme, _, given = webhook.headers.get("authorization", "").partition(" ")
    in_body = decoded(webhook.body, _Keyed)
    candidates = [
        given.strip().encode() if scheme.lower() == "basic" else b"",
        in_body.apiKey.encode() if in_body else b"",
    ]
    expected = [api_key, base64.b64encode(api_key)]
    matches = [hmac.compare_digest(candidate, each) for candidate in candidates for each in expected]
    return any(matches)

"""What a notification of WebPay or Cameroon claims. Nothing is signed: it is a reason to ask, never to believe."""

import msgspec

from gateways.adapters.orange_money import cameroon_answers, webpay_answers
from gateways.adapters.orange_money.decoding import Shape, decoded
from gateways.adapters.orange_money.error_table import PAYMENT_FAILED
from gateways.adapters.orange_money.references import Told, read_query
from gateways.contract import GatewayReport, IncomingWebhook, Outcome, Subject, WebhookEnvelope, WebhookRefused

_LENGTH_MAX = 4_000


class _WebPayNews(msgspec.Struct, frozen=True):
    status: str
    notif_token: str
    txnid: str | None = None


class _CameroonNews(msgspec.Struct, frozen=True):
    payToken: str  # noqa: N815 (Orange's own name)
    status: str
    message: str | None = None


def webpay_envelope(webhook: IncomingWebhook) -> WebhookEnvelope:
    news = _checked(webhook, _WebPayNews)
    if not news.notif_token:
        raise WebhookRefused("a notification without its notif_token")
    return WebhookEnvelope(webhook.digest, f"webpay.{news.status}"[:100])


def cameroon_envelope(webhook: IncomingWebhook) -> WebhookEnvelope:
    news = _checked(webhook, _CameroonNews)
    if not news.payToken:
        raise WebhookRefused("a notification without its payToken")
    return WebhookEnvelope(webhook.digest, f"cameroon.{news.status}"[:100])


def webpay_report(body: bytes, query: str) -> GatewayReport | None:
    news, told = decoded(body, _WebPayNews), read_query(query)
    if news is None or told is None:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")
    outcome = webpay_answers.OUTCOMES.get(news.status, Outcome.UNKNOWN)
    raw = {"status": news.status, "txnid": news.txnid}
    return _report(outcome, told, gateway_id=told.order_id, status=news.status, raw=raw)


def cameroon_report(body: bytes, query: str) -> GatewayReport | None:
    news, told = decoded(body, _CameroonNews), read_query(query)
    if news is None or told is None:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")
    outcome = cameroon_answers.outcome_of(news.status, is_payout=told.is_payout)
    return _report(outcome, told, gateway_id=news.payToken, status=news.status, raw={"status": news.status})


def _report(outcome: Outcome, told: Told, *, gateway_id: str, status: str, raw: dict[str, str | None]) -> GatewayReport:
    code = {Outcome.UNKNOWN: "unlisted_status", Outcome.DECLINED: PAYMENT_FAILED}.get(outcome, "")
    return GatewayReport(
        outcome,
        subject=Subject.PAYOUT if told.is_payout else Subject.CHARGE,
        gateway_payment_id=gateway_id,
        reference=told.reference,
        error_code=code,
        gateway_status=status,
        raw=raw,
    )


def _checked(webhook: IncomingWebhook, shape: type[Shape]) -> Shape:
    news = decoded(webhook.body, shape) if len(webhook.body) <= _LENGTH_MAX else None
    if news is None:
        raise WebhookRefused("not a notification of Orange Money")
    if read_query(webhook.query) is None:
        raise WebhookRefused("the address does not say which payment the notification is about")
    return news

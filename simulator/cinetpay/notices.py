"""Notifications: a form with `x-token` for payments of checkout v2, a bare form for its transfers, JSON for API v1.

CinetPay asks with a GET first whether the address answers. No notification says whether anything was paid.
"""

import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import orjson

from simulator.cinetpay.codes import REFUSALS, STATES_V2
from simulator.cinetpay.state import API_V1, Account, Payment, State, Transfer
from simulator.deliveries import Delivery
from simulator.wire import Json
from simulator.world import World

_FORM = "application/x-www-form-urlencoded"
SIGNED = (
    "cpm_site_id", "cpm_trans_id", "cpm_trans_date", "cpm_amount", "cpm_currency", "signature", "payment_method",
    "cel_phone_num", "cpm_phone_prefixe", "cpm_language", "cpm_version", "cpm_payment_config", "cpm_page_action",
    "cpm_custom", "cpm_designation", "cpm_error_message",
)  # fmt: skip


def sign(body: bytes, *, secret: str) -> dict[str, str]:
    """HMAC-SHA256 of the sixteen values in their order, with nothing between them."""
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    text = "".join(fields.get(name, "") for name in SIGNED)
    return {"Content-Type": _FORM, "x-token": hmac.digest(secret.encode(), text.encode(), "sha256").hex()}


class Notices:
    def __init__(self, *, world: World, state: State) -> None:
        self._world = world
        self._state = state

    def about_payment(self, payment: Payment) -> None:
        account = self._state.accounts[payment.account]
        references = frozenset({payment.transaction_id, payment.reference})
        url = account.webhook_url or str(payment.given.get("notify_url", ""))
        if account.generation == API_V1:
            body = orjson.dumps(_v1_body(payment.transaction_id, payment.own_id, payment.notify_token))
            self._send(account, url=url, body=body, subject=payment.transaction_id, references=references)
            return
        body = urlencode(_payment_form(payment, account=account)).encode()
        if payment.tries <= 1:
            self._ping(account, url=url, subject=payment.transaction_id)
        self._send(account, url=url, body=body, subject=payment.transaction_id, references=references, is_signed=True)

    def about_transfer(self, transfer: Transfer) -> None:
        account = self._state.accounts[transfer.account]
        references = frozenset({transfer.client_id})
        if account.generation == API_V1:
            body = orjson.dumps(_v1_body(transfer.client_id, transfer.id, transfer.notify_token))
        else:
            body = urlencode(transfer_fields(transfer)).encode()
        url = _with_query_of(transfer.notify_url, account.webhook_url)
        self._send(account, url=url, body=body, subject=transfer.client_id, references=references)

    def _ping(self, account: Account, *, url: str, subject: str) -> None:
        self._send(account, url=url, body=b"", subject=subject, references=frozenset(), method="GET")

    def _send(
        self,
        account: Account,
        *,
        url: str,
        body: bytes,
        subject: str,
        references: frozenset[str],
        is_signed: bool = False,
        method: str = "POST",
    ) -> None:
        if account.is_silent or not url.startswith(("http://", "https://")):
            return
        content = "application/json" if body.startswith(b"{") else _FORM

        def headers(sent: bytes, _moment: int, secret: str) -> dict[str, str]:
            return sign(sent, secret=secret) if is_signed else {"Content-Type": content}

        delivery = Delivery(
            gateway="cinetpay",
            account=account.api_key,
            event_id=f"{subject}-{self._world.token(length=8)}",
            event_type="ping" if method == "GET" else "notify",
            payment=subject,
            references=references,
            url=url,
            body=body,
            sign=lambda sent, moment: headers(sent, moment, account.secret_key),
            forge=lambda sent, moment: headers(sent, moment, "not-the-secret"),
            on_delivered=_nothing_to_tick_off,
            method=method,
        )
        if method == "GET":
            delivery.retry_seconds = ()
        self._world.dispatcher.send(delivery)


def _nothing_to_tick_off() -> None:
    """CinetPay does not remember who has heard: nothing is sent again after a restart."""


def written(moment: int) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def transfer_fields(transfer: Transfer) -> Json:
    return {
        "transaction_id": transfer.id,
        "client_transaction_id": transfer.client_id,
        "lot": transfer.lot,
        "amount": str(transfer.amount),
        "receiver": transfer.receiver,
        "operator": transfer.operator,
        "sending_status": transfer.sending_status,
        "treatment_status": transfer.status,
        "comment": transfer.comment,
        "operator_transaction_id": transfer.operator_id,
        "validated_at": written(transfer.ended),
    }


def _payment_form(payment: Payment, *, account: Account) -> dict[str, str]:
    given = payment.given
    message = STATES_V2[payment.state][1]
    phone = str(given.get("customer_phone_number", "")).removeprefix("+")
    return {
        "cpm_site_id": account.site_id,
        "cpm_trans_id": payment.transaction_id,
        "cpm_trans_date": written(payment.created),
        "cpm_amount": str(payment.amount),
        "cpm_currency": payment.currency,
        "signature": hmac.digest(payment.token.encode(), payment.transaction_id.encode(), "sha256").hex(),
        "payment_method": payment.method,
        "cel_phone_num": phone[3:],
        "cpm_phone_prefixe": phone[:3],
        "cpm_language": str(given.get("lang", "fr")),
        "cpm_version": "V4",
        "cpm_payment_config": "SINGLE",
        "cpm_page_action": "PAYMENT",
        "cpm_custom": str(given.get("metadata", "")),
        "cpm_designation": str(given.get("description", "")),
        "cpm_error_message": REFUSALS[payment.refusal] if payment.state == "refused" else message,
    }


def _v1_body(merchant_id: str, own_id: str, notify_token: str) -> Json:
    return {
        "notify_token": notify_token,
        "merchant_transaction_id": merchant_id,
        "transaction_id": own_id,
        "user": {"name": "", "email": "", "phone_number": ""},
    }


def _with_query_of(wanted: str, instead: str) -> str:
    """The account's address, where it has one, with the query that the merchant gave."""
    _, mark, query = wanted.partition("?")
    return f"{instead}{mark}{query}" if instead else wanted

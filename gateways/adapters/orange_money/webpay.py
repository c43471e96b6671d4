"""WebPay: the payer is sent to Orange's page. One order per attempt; what the order is, only its pay_token can ask.

A create whose answer was lost leaves nothing to ask with, and nothing to pay: the payer never saw the page.
"""

import dataclasses
import re
from collections.abc import Mapping

from gateways.adapters.orange_money import notifications, webpay_answers
from gateways.adapters.orange_money.amounts import to_wire
from gateways.adapters.orange_money.flavour import SHARED, Flavour, blank_report, unusable
from gateways.adapters.orange_money.references import checked_address, notification_address, order_id_of
from gateways.adapters.orange_money.tokens import Client
from gateways.contract import (
    ChargeRequest,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    WebhookEnvelope,
)
from gateways.http import HttpAnswer

_ADDRESS = "https://api.orange.com"
_TOKEN_PATH = "/oauth/v3/token"
_SANDBOX_PREFIX = "/orange-money-webpay/dev/v1"
_PREFIX = re.compile(r"/orange-money-webpay(?:/[a-z]{2,3})?/v1")
# Orange's sandbox knows no other currency.
_SANDBOX_CURRENCY = "OUV"
_NAME_LENGTH_MAX = 30


class WebPay(Flavour):
    name = "webpay"
    profile = dataclasses.replace(
        SHARED,
        countries=frozenset({"CM", "ML", "MG", "GN", "BF", "CI", "SN"}),
        needs=frozenset({"return_url"}),
        # `not_found` is told only where there is no pay_token: then no payer ever saw the page.
        not_found_is_final=True,
    )

    def charge(self, request: ChargeRequest) -> GatewayReport:
        order_id = order_id_of(request.reference)

        def create() -> GatewayReport:
            answer = self._post("create", "webpayment", self._order_form(request, order_id=order_id))
            return webpay_answers.created(answer, request=request, order_id=order_id)

        return self._tried(create, blank_report(gateway_id=order_id, reference=request.reference))

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """What Orange says now, asked with order, amount and pay_token; all three come back in `keep`."""
        order_id = order_id_of(request.reference)
        blank = blank_report(gateway_id=order_id, reference=request.reference)
        kept = webpay_answers.read_kept(request.keep)
        if kept is None:
            return self._counted(dataclasses.replace(blank, error_code="not_found"))

        def ask() -> GatewayReport:
            body: dict[str, str | int] = {"order_id": order_id, "amount": kept.wire_amount, "pay_token": kept.pay_token}
            answer = self._post("status", "transactionstatus", body)
            return webpay_answers.status(answer, kept=kept, blank=blank)

        return self._asked(ask, dataclasses.replace(blank, keep=request.keep))

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        """The form only: its notif_token is known to the order, not to the account. It triggers a look-up."""
        return notifications.webpay_envelope(webhook)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return notifications.webpay_report(body, query)

    def _order_form(self, request: ChargeRequest, *, order_id: str) -> dict[str, str | int]:
        currency = request.amount.currency if self._credentials.livemode else _SANDBOX_CURRENCY
        order: dict[str, str | int] = {
            "merchant_key": self._credentials.get("merchant_key").strip(),
            "currency": currency,
            "order_id": order_id,
            # A number, never a text: the status call is refused with a text.
            "amount": to_wire(request.amount),
            "return_url": checked_address(request.return_url, name="return_url"),
            "cancel_url": checked_address(request.cancel_url or request.return_url, name="cancel_url"),
            "notif_url": notification_address(request.webhook_url, reference=request.reference),
            "lang": "en" if request.language.lower().startswith("en") else "fr",
        }
        shown = self._credentials.get("merchant_name") or request.statement
        return order | ({"reference": shown[:_NAME_LENGTH_MAX]} if shown else {})

    def _post(self, operation: str, path: str, body: Mapping[str, str | int]) -> HttpAnswer:
        signed_in = self._signed_in()
        return signed_in.request(
            operation=operation, method="POST", url=f"{self._host()}{self._prefix()}/{path}", json=body
        )

    def _client(self) -> Client:
        self._required("client_id", "client_secret", "merchant_key")
        self._prefix()
        token_path = self._credentials.get("token_path") or _TOKEN_PATH
        if not re.fullmatch(r"/oauth/v[0-9]/token", token_path):
            raise unusable("token_path is not one of Orange's, such as /oauth/v3/token")
        return Client(
            token_url=f"{self._host()}{token_path}",
            client_id=self._credentials.get("client_id").strip(),
            client_secret=self._credentials.get("client_secret").strip(),
        )

    def _host(self) -> str:
        return self._simulator or _ADDRESS

    def _prefix(self) -> str:
        """Countries have paths of their own, and sources disagree about them: it is a setting of the account."""
        given = self._credentials.get("path_prefix").strip().rstrip("/")
        prefix = given or ("" if self._credentials.livemode else _SANDBOX_PREFIX)
        if not _PREFIX.fullmatch(prefix):
            raise unusable(
                "path_prefix must be the one of the portal's subscription, such as /orange-money-webpay/cm/v1"
            )
        if (prefix == _SANDBOX_PREFIX) is self._credentials.livemode:
            raise unusable("path_prefix is of the other mode")
        return prefix

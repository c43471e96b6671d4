"""Cameroon's own API: the payer gets a prompt on the phone. Each payment is init (a payToken), pay, and its status.

A payToken pays once. It is the object's id from the moment the pay call leaves, so a lost answer can be asked about.
"""

import dataclasses

from gateways.adapters.orange_money import cameroon_answers, notifications
from gateways.adapters.orange_money.amounts import to_wire
from gateways.adapters.orange_money.cameroon_calls import Calls, Product, client_of
from gateways.adapters.orange_money.flavour import SHARED, Flavour, blank_report
from gateways.adapters.orange_money.phones import local_number, number_of
from gateways.adapters.orange_money.references import notification_address, order_id_of
from gateways.adapters.orange_money.tokens import Client
from gateways.contract import (
    ChargeRequest,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    PayoutRequest,
    Subject,
    WebhookEnvelope,
)

_COUNTRY_CODE = "237"
_DESCRIPTION_LENGTH_MAX = 120
_Money = ChargeRequest | PayoutRequest


class Cameroon(Flavour):
    name = "cameroon"
    profile = dataclasses.replace(
        SHARED,
        currencies=frozenset({cameroon_answers.CURRENCY}),
        countries=frozenset({"CM"}),
        needs=frozenset({"payer_phone"}),
    )

    def charge(self, request: ChargeRequest) -> GatewayReport:
        return self._move(request, product=Product.PAY_IN, subject=Subject.CHARGE)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return self._read(request, product=Product.PAY_IN, subject=Subject.CHARGE)

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        """Cash-in to a wallet."""
        return self._move(request, product=Product.PAY_OUT, subject=Subject.PAYOUT)

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._read(request, product=Product.PAY_OUT, subject=Subject.PAYOUT)

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        """The form only: nothing is signed, and no token is shared. It triggers a look-up."""
        return notifications.cameroon_envelope(webhook)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return notifications.cameroon_report(body, query)

    def _move(self, request: _Money, *, product: Product, subject: Subject) -> GatewayReport:
        """Only the pay call can move money: whatever fails before it was not sent."""
        blank = blank_report(gateway_id="", reference=request.reference, subject=subject)
        begun = self._tried(lambda: self._begin(request, product=product, blank=blank), blank)
        if begun.error_code:
            return begun
        return self._tried(lambda: self._pay(request, product=product, begun=begun), begun)

    def _begin(self, request: _Money, *, product: Product, blank: GatewayReport) -> GatewayReport:
        calls = self._core()
        # What is wrong with the order shows before a payToken is taken for it.
        self._order_fields(request, product=product)
        pay_token = calls.init(product)
        return dataclasses.replace(blank, gateway_payment_id=pay_token, keep={"pay_token": pay_token})

    def _pay(self, request: _Money, *, product: Product, begun: GatewayReport) -> GatewayReport:
        order = {**self._order_fields(request, product=product), "payToken": begun.gateway_payment_id}
        answer = self._core().pay(product, order)
        paid = cameroon_answers.paid(answer, asked=request.amount, begun=begun)
        if not paid.is_refusal:
            return paid.report
        # A refusal is not always Orange's last word: only the status can say that the payment failed.
        return cameroon_answers.with_reason(self._status(product, known=begun), code=paid.report.error_code)

    def _read(self, request: LookUpRequest, *, product: Product, subject: Subject) -> GatewayReport:
        pay_token = request.gateway_payment_id or request.keep.get("pay_token", "")
        known = blank_report(gateway_id=pay_token, reference=request.reference, subject=subject)
        if not pay_token:
            return self._counted(dataclasses.replace(known, error_code="not_found"))
        return self._status(product, known=dataclasses.replace(known, keep={"pay_token": pay_token}))

    def _status(self, product: Product, *, known: GatewayReport) -> GatewayReport:
        def ask() -> GatewayReport:
            return cameroon_answers.status(self._core().status(product, known.gateway_payment_id), known=known)

        return self._asked(ask, known)

    def _order_fields(self, request: _Money, *, product: Product) -> dict[str, str]:
        is_payout = product is Product.PAY_OUT
        return {
            "notifUrl": notification_address(request.webhook_url, reference=request.reference, is_payout=is_payout),
            "channelUserMsisdn": local_number(self._credentials.get("channel_msisdn"), country_code=_COUNTRY_CODE),
            "amount": str(to_wire(request.amount)),
            "subscriberMsisdn": local_number(number_of(request), country_code=_COUNTRY_CODE),
            "pin": self._credentials.get("pin").strip(),
            "orderId": order_id_of(request.reference),
            "description": request.description[:_DESCRIPTION_LENGTH_MAX] or order_id_of(request.reference),
        }

    def _core(self) -> Calls:
        return Calls(self._signed_in(), credentials=self._credentials, simulator=self._simulator)

    def _client(self) -> Client:
        self._required("client_id", "client_secret", "api_username", "api_password", "channel_msisdn", "pin")
        return client_of(self._credentials, simulator=self._simulator)

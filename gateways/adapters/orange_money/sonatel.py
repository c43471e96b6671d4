"""Sonatel's eWallet API (Senegal): a QR code or deep link, a code the payer typed, and cash-in to wallets.

Sonatel finds everything by our reference, so that is the object's id here; its own ids come only with the money.
"""

import base64
import dataclasses
import re
from collections.abc import Sequence

from common import clock
from gateways.adapters.orange_money import sonatel_answers, sonatel_callbacks
from gateways.adapters.orange_money.amounts import to_wire
from gateways.adapters.orange_money.error_table import PIN_REFUSED, SONATEL_PIN_REFUSALS
from gateways.adapters.orange_money.flavour import SHARED, Flavour, blank_report
from gateways.adapters.orange_money.phones import local_number, number_of
from gateways.adapters.orange_money.sonatel_calls import Calls, client_of
from gateways.adapters.orange_money.sonatel_pin import Pin
from gateways.adapters.orange_money.tokens import Client
from gateways.contract import (
    ChargeRequest,
    GatewayBalance,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    PayoutRequest,
    Subject,
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.errors import NotSent, OutcomeUnknown

_COUNTRY_CODE = "221"
_QR_LIFE_SECONDS = 1_800
_OTP = re.compile(r"[0-9]{4,8}")


class Sonatel(Flavour):
    name = "sonatel"
    profile = dataclasses.replace(
        SHARED,
        webhook_trust=WebhookTrust.TOKEN,
        currencies=frozenset({sonatel_answers.CURRENCY}),
        countries=frozenset({"SN"}),
        # What was paid is found by our reference, but a QR code whose answer was lost is not: it is no transaction yet.
        query_by_own_reference=False,
    )

    def charge(self, request: ChargeRequest) -> GatewayReport:
        """By a code the payer typed, where `payment_method` brings one; else a QR code, or a link to the app."""
        call = self._one_step if request.payment_method else self._qr_code
        return self._tried(lambda: call(request), _blank(request.reference))

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return self._search(request, blank=_blank(request.reference))

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        """Cash-in to a wallet. After the first refused PIN nothing more is sent with it: each try would burn one."""
        blank = _blank(request.reference, Subject.PAYOUT)
        return self._tried(lambda: self._cash_in(request, blank=blank), blank)

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._search(request, blank=_blank(request.reference, Subject.PAYOUT))

    def balances(self) -> Sequence[GatewayBalance]:
        pin = self._pin()
        answer = self._wallet().balance({
            "idType": "MSISDN", "id": self._partner(), "encryptedPinCode": self._encrypted(pin), "wallet": "PRINCIPAL",
        })  # fmt: skip
        code = sonatel_answers.error_code_of(answer)
        if code in SONATEL_PIN_REFUSALS:
            pin.refuse()
        available = sonatel_answers.balance(answer)
        if available is None:
            raise OutcomeUnknown(code or "unexpected_answer", f"balance: HTTP {answer.status}")
        return [GatewayBalance(available)]

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        """Only with the apiKey that we registered, in the header or in the body."""
        return sonatel_callbacks.verify(webhook, api_key=self._credentials.get("callback_api_key").strip())

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return sonatel_callbacks.parse(body)

    def _qr_code(self, request: ChargeRequest) -> GatewayReport:
        wanted = {
            "code": self._credentials.get("merchant_code").strip(),
            "name": self._credentials.get("merchant_name").strip() or request.statement or "Orange Money",
            "amount": _amount(request),
            "reference": request.reference,
            "validity": _QR_LIFE_SECONDS,
            "restrictions": {"isSingleUse": True},
        }
        ways_back = {"callbackSuccessUrl": request.return_url, "callbackCancelUrl": request.cancel_url}
        wanted |= {name: address for name, address in ways_back.items() if address}
        answer = self._wallet().qr_code(wanted, callback_url=request.webhook_url)
        keep = _keep(request) | {"valid_until": str(clock.epoch() + _QR_LIFE_SECONDS)}
        return sonatel_answers.shown(
            answer,
            known=dataclasses.replace(_blank(request.reference), amount=request.amount, keep=keep),
            as_link=self._credentials.get("payer_gets") == "link",
        )

    def _one_step(self, request: ChargeRequest) -> GatewayReport:
        if not _OTP.fullmatch(request.payment_method):
            raise NotSent("invalid_request", "payment_method is not a code of 4 to 8 digits")
        number = local_number(number_of(request), country_code=_COUNTRY_CODE)
        answer = self._wallet().one_step({
            "customer": {"idType": "MSISDN", "id": number, "otp": request.payment_method},
            "partner": {"idType": "CODE", "id": self._credentials.get("merchant_code").strip()},
            "amount": _amount(request),
            "reference": request.reference,
        })  # fmt: skip
        return sonatel_answers.moved(
            answer, known=dataclasses.replace(_blank(request.reference), amount=request.amount, keep=_keep(request))
        )

    def _cash_in(self, request: PayoutRequest, *, blank: GatewayReport) -> GatewayReport:
        number = local_number(number_of(request), country_code=_COUNTRY_CODE)
        pin, amount = self._pin(), _amount(request)
        answer = self._wallet().cash_in({
            "partner": {
                "idType": "MSISDN",
                "id": self._partner(),
                "encryptedPinCode": self._encrypted(pin),
                "walletType": "PRINCIPAL",
            },
            "customer": {"idType": "MSISDN", "id": number},
            "amount": amount,
            "reference": request.reference,
            "receiveNotification": False,
            "requestDate": clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        })  # fmt: skip
        report = sonatel_answers.moved(
            answer, known=dataclasses.replace(blank, amount=request.amount, keep=_keep(request))
        )
        if report.error_code in SONATEL_PIN_REFUSALS:
            pin.refuse()
        return report

    def _search(self, request: LookUpRequest, *, blank: GatewayReport) -> GatewayReport:
        known = dataclasses.replace(blank, amount=sonatel_answers.kept_amount(request.keep), keep=request.keep)
        transaction_id = request.keep.get("transaction_id", "")

        def ask() -> GatewayReport:
            if transaction_id:
                return sonatel_answers.status(self._wallet().status(transaction_id), known=known)
            answer = self._wallet().find(request.reference, since=request.since)
            return sonatel_answers.found(answer, known=known)

        return self._asked(ask, dataclasses.replace(known, amount=None))

    def _pin(self) -> Pin:
        self._required("partner_msisdn", "pin")
        pin = Pin(account=self._partner(), digits=self._credentials.get("pin").strip())
        if pin.is_refused:
            raise NotSent(PIN_REFUSED, "this PIN was refused before; it is not sent again until it is changed")
        return pin

    def _encrypted(self, pin: Pin) -> str:
        """Under the key of this moment: an old one would look like a wrong PIN and burn a try."""
        return base64.b64encode(pin.encrypted(self._wallet().public_key())).decode()

    def _partner(self) -> str:
        return local_number(self._credentials.get("partner_msisdn"), country_code=_COUNTRY_CODE)

    def _wallet(self) -> Calls:
        return Calls(self._signed_in(), livemode=self._credentials.livemode, simulator=self._simulator)

    def _client(self) -> Client:
        self._required("client_id", "client_secret", "merchant_code")
        return client_of(self._credentials, simulator=self._simulator)


def _blank(reference: str, subject: Subject = Subject.CHARGE) -> GatewayReport:
    return blank_report(gateway_id=reference, reference=reference, subject=subject)


def _amount(request: ChargeRequest | PayoutRequest) -> dict[str, str | int]:
    return {"unit": sonatel_answers.CURRENCY, "value": to_wire(request.amount)}


def _keep(request: ChargeRequest | PayoutRequest) -> dict[str, str]:
    return {"amount_minor": str(request.amount.minor), "currency": request.amount.currency}

"""Stripe as the service sees it: charge, ask, cancel, and hear. Translation only."""

from datetime import timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext_noop as _

from gateways.adapters.stripe import webhooks
from gateways.adapters.stripe.amounts import EXPONENTS, limits, to_wire
from gateways.adapters.stripe.client import path_of
from gateways.adapters.stripe.customers import KeepingCustomers
from gateways.adapters.stripe.disputes import HearingDisputes
from gateways.adapters.stripe.intents import Intent, report_intent
from gateways.adapters.stripe.lists import UNREADABLE, Page, find_by_reference
from gateways.adapters.stripe.money_lists import ListingMoney
from gateways.adapters.stripe.payouts import PayingOut
from gateways.adapters.stripe.refunds import Refunding
from gateways.adapters.stripe.refusals import (
    error_code_of,
    is_json,
    report_refusal,
    request_id_of,
    unknown,
    why_unread,
)
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    CredentialField,
    GatewayProfile,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    Subject,
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.http import HttpAnswer

_PATH = "/v1/payment_intents"
# With Stripe's fee, where the balance transaction is there already.
_EXPANDED = "latest_charge.balance_transaction"
_read_intent = msgspec.json.Decoder(Intent).decode
_read_page = msgspec.json.Decoder(Page[Intent]).decode
# It can no longer be cancelled or captured: what it is now decides.
_TOO_LATE = frozenset({
    "payment_intent_unexpected_state", "charge_already_captured", "charge_expired_for_capture",
    "capture_charge_authorization_expired", "amount_too_large",
})  # fmt: skip

CREDENTIALS = (
    CredentialField("secret_key", _("Secret or restricted key (sk_… or rk_…) of the account's mode")),
    CredentialField("webhook_secret", _("Signing secret of the webhook endpoint (whsec_…)"), is_required=False),
    CredentialField(
        "webhook_secret_previous", _("The signing secret before, for a day after a change"), is_required=False
    ),
)


class StripeGateway(Refunding, PayingOut, KeepingCustomers, ListingMoney, HearingDisputes):
    """One Stripe account. Credentials: `secret_key`, `webhook_secret`, and `webhook_secret_previous` while rotating."""

    profile = GatewayProfile(
        code="stripe",
        display_name="Stripe",
        webhook_trust=WebhookTrust.SIGNED,
        methods=frozenset({"card"}),
        currencies=frozenset(EXPONENTS),
        # Empty: a payer may be anywhere. Which currencies an account takes is the account's own setting.
        countries=frozenset(),
        limits=limits(),
        credentials=CREDENTIALS,
        key_retention=timedelta(hours=24),
        query_by_own_reference=True,
        not_found_is_final=False,
        cancelable=True,
        late_reversal_days=120,
        max_processing_time=timedelta(days=14),
        # The reference travels inside an idempotency key of at most 255 characters.
        reference_max_length=200,
    )

    def charge(self, request: ChargeRequest) -> GatewayReport:
        """Create a PaymentIntent, and confirm it when a payment method is given."""

        def order() -> GatewayReport:
            answer = self._api.post(_PATH, _charge_fields(request), idempotency_key=f"pay:{request.reference}:create")
            return _read_object(answer) if answer.status == 200 else report_refusal(answer)

        return self._ordered(order, subject=Subject.CHARGE, reference=request.reference)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """What Stripe says now, by its id or by our reference."""
        if request.gateway_payment_id:
            return self._asked(lambda: self._read(request.gateway_payment_id))
        return self._asked(lambda: self._search(request))

    def cancel(self, request: LookUpRequest) -> GatewayReport:
        """Cancel and report what Stripe says it is now; what can no longer be cancelled is read and reported."""
        return self._asked(lambda: self._cancel(request))

    def capture(self, request: CaptureRequest) -> GatewayReport:
        """Take what is held, once. What can no longer be captured is read and reported as it is."""
        return self._asked(lambda: self._capture(request))

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return webhooks.verify(webhook, credentials=self._credentials)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return webhooks.parse(body)

    def _cancel(self, request: LookUpRequest) -> GatewayReport:
        intent_id = request.gateway_payment_id
        if not intent_id:
            found = self._search(request)
            intent_id = found.gateway_payment_id
            if not intent_id:
                return found
        path = path_of("payment_intents", intent_id, "cancel")
        # Without a key of ours: cancelling twice is harmless, and under a key a 500 would come back for a day.
        answer = self._api.post(path, {})
        return self._now(answer, intent_id)

    def _capture(self, request: CaptureRequest) -> GatewayReport:
        path = path_of("payment_intents", request.gateway_payment_id, "capture")
        fields = {"amount_to_capture": to_wire(request.amount), "expand": [_EXPANDED]}
        answer = self._api.post(path, fields, idempotency_key=f"pay:{request.reference}:capture")
        return self._now(answer, request.gateway_payment_id)

    def _now(self, answer: HttpAnswer, intent_id: str) -> GatewayReport:
        """The intent after a step; a step that came too late leaves it as a read finds it."""
        if answer.status == 200:
            return _agreeing(_read_object(answer), answer, intent_id)
        code = error_code_of(answer)
        if answer.status == 400 and code in _TOO_LATE:
            return self._read(intent_id)
        return unknown(answer, code=code or "unexpected_answer")

    def _read(self, intent_id: str) -> GatewayReport:
        answer = self._api.get(path_of("payment_intents", intent_id), {"expand": [_EXPANDED]})
        if answer.status != 200:
            return unknown(answer, code=why_unread(answer))
        return _agreeing(_read_object(answer), answer, intent_id)

    def _search(self, request: LookUpRequest) -> GatewayReport:
        found = find_by_reference(
            self._api,
            _PATH,
            decode=_read_page,
            reference=request.reference,
            since=request.since,
            expand=(f"data.{_EXPANDED}",),
        )
        if not found.matches:
            return unknown(found.answer, code=found.code)
        return report_intent(max(found.matches, key=_progress), request_id=request_id_of(found.answer))


def _charge_fields(request: ChargeRequest) -> dict[str, Any]:
    methods: dict[str, Any] = {"enabled": True}
    fields: dict[str, Any] = {
        "amount": to_wire(request.amount),
        "currency": request.amount.currency.lower(),
        "automatic_payment_methods": methods,
        "capture_method": "automatic" if request.capture else "manual",
        "metadata": {"reference": request.reference},
    }
    optional = {
        "description": request.description,
        "receipt_email": request.payer_email,
        "statement_descriptor_suffix": request.statement,
    }
    fields |= {name: value for name, value in optional.items() if value}
    if request.customer:
        fields["customer"] = request.customer
    if request.payment_method:
        fields |= {"payment_method": request.payment_method, "confirm": True, "expand": [_EXPANDED]}
        if request.return_url:
            fields["return_url"] = request.return_url
        else:
            # Stripe refuses to confirm with methods that redirect when there is no way back.
            methods["allow_redirects"] = "never"
            if request.customer:
                # Nobody is there to confirm anything: a kept method is charged without its owner.
                fields["off_session"] = True
    elif request.customer:
        # A customer pays for the first time: the method is kept for later.
        fields["setup_future_usage"] = "off_session"
    return fields


def _read_object(answer: HttpAnswer) -> GatewayReport:
    if not is_json(answer):
        return unknown(answer, code="unreadable_answer")
    try:
        intent = _read_intent(answer.body)
    except UNREADABLE:
        return unknown(answer, code="unreadable_answer")
    if intent.object != "payment_intent":
        return unknown(answer, code="unreadable_answer")
    return report_intent(intent, request_id=request_id_of(answer))


def _agreeing(report: GatewayReport, answer: HttpAnswer, intent_id: str) -> GatewayReport:
    return report if report.gateway_payment_id in ("", intent_id) else unknown(answer, code="contradiction")


def _progress(intent: Intent) -> int:
    """Should two intents ever carry one reference, the one that holds money is the one to hear about."""
    ranks = {"succeeded": 4, "requires_capture": 3, "processing": 2, "canceled": 0}
    return ranks.get(intent.status, 1)

"""MTN MoMo as the service sees it: ask a payer's phone for money, pay out, refund, ask, and hear. Translation only."""

from collections.abc import Sequence
from datetime import timedelta

from gateways.adapters.mtn_momo import account, orders, webhooks
from gateways.adapters.mtn_momo.client import REFUND, REQUEST_TO_PAY, TRANSFER, MomoApi, Resource
from gateways.adapters.mtn_momo.environments import COUNTRIES, CURRENCIES
from gateways.adapters.mtn_momo.error_table import ERRORS
from gateways.adapters.mtn_momo.exchange import Exchange
from gateways.adapters.mtn_momo.options import FIELDS, Options, Product, RefundWay, has_sign_in, refund_way_of
from gateways.adapters.mtn_momo.statuses import Known
from gateways.adapters.mtn_momo.wording import reference_id
from gateways.contract import (
    ChargeRequest,
    Credentials,
    CredentialsCheck,
    GatewayBalance,
    GatewayProfile,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    PayoutRequest,
    RefundRequest,
    Subject,
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.errors import NotSent
from gateways.http import GatewayHttp, shared_http


class MtnMomoGateway:
    """One merchant account in one country on one platform. Credentials: `options.FIELDS`."""

    profile = GatewayProfile(
        code="mtn_momo",
        display_name="MTN MoMo",
        webhook_trust=WebhookTrust.HINT_ONLY,
        methods=frozenset({"mobile_money"}),
        currencies=CURRENCIES,
        countries=COUNTRIES,
        needs=frozenset({"payer_phone"}),
        credentials=FIELDS,
        # A repeated reference is refused, never carried out twice; for how long MTN remembers it is not published.
        key_retention=None,
        query_by_own_reference=True,
        not_found_is_final=True,
        cancelable=False,
        max_processing_time=timedelta(hours=24),
        # A token alone may take twenty seconds on the new platform.
        answers_within=timedelta(seconds=30),
        reference_max_length=64,
    )
    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials
        self._http = http or shared_http("mtn_momo")
        self._api = MomoApi(credentials=credentials, simulator=simulator, http=self._http)
        self._exchange = Exchange(api=self._api, http=self._http)

    def charge(self, request: ChargeRequest) -> GatewayReport:
        """Have MTN ask the payer's phone for the money."""
        return self._exchange.order(
            REQUEST_TO_PAY,
            Known(Subject.CHARGE, request.reference, reference_id(request.reference)),
            amount=request.amount,
            write=lambda options: orders.charge_order(request, options),
            webhook_url=request.webhook_url,
        )

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """What MTN says now. No answer is UNKNOWN here, never NOT_SENT: it says nothing about the charge."""
        return self._exchange.ask(REQUEST_TO_PAY, _asked(Subject.CHARGE, request))

    def refund(self, request: RefundRequest) -> GatewayReport:
        """From the purse for disbursement, by MTN's refund or by a transfer, as the account's setting says."""
        charge_id = request.gateway_payment_id or reference_id(request.charge_reference)
        way = refund_way_of(self._credentials)
        known = Known(
            Subject.REFUND,
            request.reference,
            reference_id(request.reference),
            {"about": charge_id, "way": way.value},
        )

        def write(options: Options) -> bytes:
            if options.refund_way is RefundWay.NONE:
                raise NotSent("refund_not_supported", "refund_supported is not set for this account")
            if options.refund_way is RefundWay.TRANSFER:
                return orders.transfer_back_order(request, options)
            return orders.refund_order(request, options, charge_id=charge_id)

        return self._exchange.order(_refund_resource(way), known, amount=request.amount, write=write)

    def look_up_refund(self, request: LookUpRequest) -> GatewayReport:
        """Which way it went is kept with it. Where that was lost, it is not found only if neither way knows it."""
        known = _asked(Subject.REFUND, request)
        if "way" in known.keep:
            return self._exchange.ask(_refund_resource(known.keep["way"]), known)
        report = self._exchange.ask(REFUND, known)
        return self._exchange.ask(TRANSFER, known) if report.error_code == "not_found" else report

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        return self._exchange.order(
            TRANSFER,
            Known(Subject.PAYOUT, request.reference, reference_id(request.reference)),
            amount=request.amount,
            write=lambda options: orders.payout_order(request, options),
            webhook_url=request.webhook_url,
        )

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._exchange.ask(TRANSFER, _asked(Subject.PAYOUT, request))

    def balances(self) -> Sequence[GatewayBalance]:
        """One per purse: what was collected, then what can be paid out where disbursement is set up."""
        return [account.balance(self._api, product) for product in self._products()]

    def check_credentials(self) -> CredentialsCheck:
        return account.check(self._api, self._products())

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return webhooks.verify(webhook)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return webhooks.parse(body)

    def _products(self) -> list[Product]:
        can_pay_out = has_sign_in(self._credentials, Product.DISBURSEMENT)
        return [Product.COLLECTION, Product.DISBURSEMENT] if can_pay_out else [Product.COLLECTION]


def _asked(subject: Subject, request: LookUpRequest) -> Known:
    known_id = request.gateway_payment_id or reference_id(request.reference)
    return Known(subject, request.reference, known_id, request.keep)


def _refund_resource(way: str) -> Resource:
    return TRANSFER if way == RefundWay.TRANSFER else REFUND

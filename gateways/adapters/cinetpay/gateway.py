"""CinetPay as the service sees it: charge, pay out, ask, and hear. Which generation speaks is the account's choice."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from common.money import MAX_MINOR
from gateways.adapters.cinetpay import checkout, notices, transfers
from gateways.adapters.cinetpay.amounts import CURRENCIES
from gateways.adapters.cinetpay.answers import About
from gateways.adapters.cinetpay.api_v1 import LIVE_ADDRESS, SANDBOX_ADDRESS, ApiV1
from gateways.adapters.cinetpay.checkout import Checkout
from gateways.adapters.cinetpay.error_table import ERRORS
from gateways.adapters.cinetpay.ids import COUNTRY_OF_PREFIX
from gateways.adapters.cinetpay.settings import API_V1, CHECKOUT_V2, FIELDS, Settings
from gateways.adapters.cinetpay.transfers import Transfers
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
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer, NotSent
from gateways.http import GatewayHttp, shared_http

# Sources differ about the largest amount; this is the largest any of them names, accounts have limits of their own.
_MOST = 2_500_000


class _Logs(Protocol):
    def log_in(self) -> str: ...


class CinetPayGateway(CountsErrors):
    """One CinetPay account. The check is the truth in every case: a notification only says that there is news."""

    profile = GatewayProfile(
        code="cinetpay",
        display_name="CinetPay",
        webhook_trust=WebhookTrust.HINT_ONLY,
        methods=frozenset({"mobile_money", "card", "wallet"}),
        currencies=CURRENCIES,
        countries=frozenset(COUNTRY_OF_PREFIX.values()),
        limits={
            "XOF": (100, _MOST),
            "XAF": (100, _MOST),
            "CDF": (400_00, MAX_MINOR),
            "USD": (1_00, MAX_MINOR),
        },
        needs=frozenset({"return_url"}),
        credentials=FIELDS,
        # A transaction id is taken once; how long that is remembered is not published.
        key_retention=timedelta(days=1),
        query_by_own_reference=True,
        not_found_is_final=False,
        cancelable=False,
        max_processing_time=timedelta(days=3),
        # It travels as metadata too.
        reference_max_length=100,
    )
    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._settings = Settings(credentials, is_simulated=bool(simulator))
        self._http = http or shared_http("cinetpay")
        v1_address = LIVE_ADDRESS if credentials.livemode else SANDBOX_ADDRESS
        self._checkout = Checkout(self._settings, address=simulator or checkout.ADDRESS, http=self._http)
        self._transfers = Transfers(self._settings, address=simulator or transfers.ADDRESS, http=self._http)
        self._api_v1 = ApiV1(self._settings, address=simulator or v1_address, http=self._http)

    def charge(self, request: ChargeRequest) -> GatewayReport:
        about = About.charge(request.reference)
        if not request.capture:
            return self._counted(about.not_sent("invalid_request", "CinetPay cannot hold money, only take it"))
        return self._counted(self._unusable(about) or self._payments.charge(request))

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        about = About.charge(request.reference)
        return self._counted(self._unaskable(about) or self._payments.look_up(request))

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        about = About.payout(request.reference)
        return self._counted(self._unusable(about) or self._payouts.pay_out(request))

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        about = About.payout(request.reference)
        return self._counted(self._unaskable(about) or self._payouts.look_up_payout(request))

    def balances(self) -> Sequence[GatewayBalance]:
        """Of checkout v2 the purse for transfers; what was collected is shown nowhere but in the back-office."""
        if problem := self._problem():
            raise NotSent("credentials_unusable", problem)
        return self._payouts.balances()

    def check_credentials(self) -> CredentialsCheck:
        """Checkout v2: a question about a payment that cannot exist, and a log-in for transfers. API v1: a log-in."""
        if problem := self._problem():
            return CredentialsCheck(False, problem)
        if self._is_v1:
            return _logged_in(self._api_v1, text="CinetPay knows this key and password.")
        check = self._checkout.check_credentials()
        if check.works and self._settings.get("api_password"):
            return _logged_in(self._transfers, text="CinetPay knows this key, site and transfer password.")
        return check

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return notices.verify(webhook, settings=self._settings)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return notices.parse(body, query)

    @property
    def _is_v1(self) -> bool:
        return self._settings.generation == API_V1

    @property
    def _payments(self) -> Checkout | ApiV1:
        return self._api_v1 if self._is_v1 else self._checkout

    @property
    def _payouts(self) -> Transfers | ApiV1:
        return self._api_v1 if self._is_v1 else self._transfers

    def _problem(self) -> str:
        known = (CHECKOUT_V2, API_V1)
        return "" if self._settings.generation in known else f"generation is one of {', '.join(known)}"

    def _unusable(self, about: About) -> GatewayReport | None:
        problem = self._problem()
        return about.not_sent("credentials_unusable", problem) if problem else None

    def _unaskable(self, about: About) -> GatewayReport | None:
        """That a question was not asked says nothing about the money."""
        return about.unknown("credentials_unusable") if self._problem() else None


def _logged_in(api: _Logs, *, text: str) -> CredentialsCheck:
    try:
        api.log_in()
    except NotSent as failure:
        is_told = failure.reason in ("credentials_unusable", "authentication_failed")
        return CredentialsCheck(False if is_told else None, failure.detail or failure.reason)
    except NoAnswer as failure:
        return CredentialsCheck(None, failure.reason)
    return CredentialsCheck(True, text)

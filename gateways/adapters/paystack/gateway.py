"""Paystack as the service sees it: translation only. Each matter has a file of its own beside this one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from django.utils.translation import gettext_noop as _

from gateways.adapters.paystack import charges, customers, disputes, refunds, settlements, transfers, webhooks
from gateways.adapters.paystack.amounts import CURRENCIES, LIMITS
from gateways.adapters.paystack.answers import usable
from gateways.adapters.paystack.client import ADDRESS, PaystackApi
from gateways.adapters.paystack.error_table import ERRORS
from gateways.adapters.paystack.references import LENGTH_MAX
from gateways.adapters.paystack.transactions import money
from gateways.contract import (
    ChargeRequest,
    CredentialField,
    Credentials,
    CredentialsCheck,
    GatewayBalance,
    GatewayProfile,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    PayoutRequest,
    RefundRequest,
    SavedMethod,
    SettlementPage,
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer
from gateways.http import GatewayHttp, shared_http

_PROFILE = GatewayProfile(
    code="paystack",
    display_name="Paystack",
    # Signed, but without a time and an id: a true message can come again, so Paystack is always asked.
    webhook_trust=WebhookTrust.TOKEN,
    methods=frozenset(charges.CHANNELS),
    currencies=CURRENCIES,
    countries=frozenset(["CI", "GH", "KE", "NG", "ZA"]),
    limits=LIMITS,
    needs=frozenset({"payer_email"}),
    credentials=(
        CredentialField("secret_key", _("Secret key, sk_test_… or sk_live_…. It signs the webhooks too.")),
        CredentialField(
            "secret_key_previous", _("The secret key before this one, while it is being changed."), is_required=False
        ),
        CredentialField(
            "payouts_in_xof",
            _("yes, once Paystack has confirmed payouts in XOF to this account."),
            is_required=False,
            is_secret=False,
        ),
        CredentialField(
            "mobile_money_numbers",
            _("How payouts write phone numbers: national or international. Empty: as Paystack's test numbers."),
            is_required=False,
            is_secret=False,
        ),
    ),
    # A reference is unique for ever; a year is as long as anybody would send one again.
    key_retention=timedelta(days=365),
    query_by_own_reference=True,
    not_found_is_final=False,
    cancelable=False,
    # Paystack names no limit. Chargebacks of cards come within about four months, a transfer may come back at any time.
    late_reversal_days=180,
    max_processing_time=timedelta(days=14),
    reference_max_length=LENGTH_MAX,
)


class _Balance(msgspec.Struct, frozen=True):
    currency: str
    balance: int | str


class PaystackGateway(CountsErrors):
    """One Paystack account, which belongs to one country. Its key's mode must be the account's."""

    profile = _PROFILE
    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials
        self._http = http or shared_http("paystack")
        self._api = PaystackApi(credentials=credentials, address=simulator or ADDRESS, http=self._http)

    def charge(self, request: ChargeRequest) -> GatewayReport:
        return self._counted(charges.charge(self._api, request))

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return self._counted(charges.look_up(self._api, request))

    def refund(self, request: RefundRequest) -> GatewayReport:
        return self._counted(refunds.refund(self._api, request))

    def look_up_refund(self, request: LookUpRequest) -> GatewayReport:
        return self._counted(refunds.look_up_refund(self._api, request))

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        return self._counted(transfers.pay_out(self._api, request))

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._counted(transfers.look_up_payout(self._api, request))

    def look_up_dispute(self, request: LookUpRequest) -> GatewayReport:
        return self._counted(disputes.look_up_dispute(self._api, request))

    def create_customer(self, *, reference: str, email: str, name: str) -> str:
        return customers.create_customer(self._api, reference=reference, email=email, name=name)

    def saved_methods(self, customer: str) -> Sequence[SavedMethod]:
        return customers.saved_methods(self._api, customer)

    def forget_method(self, token: str) -> None:
        customers.forget_method(self._api, token)

    def balances(self) -> Sequence[GatewayBalance]:
        """Of the currencies we know how Paystack writes."""
        rows = usable(self._api.read("balance", "balance"), list[_Balance])
        amounts = (money(row.balance, row.currency) for row in rows)
        return [GatewayBalance(available=amount) for amount in amounts if amount is not None]

    def settlements(self, *, since: datetime, until: datetime, cursor: str = "") -> SettlementPage:
        return settlements.settlements(self._api, since=since, until=until, cursor=cursor)

    def check_credentials(self) -> CredentialsCheck:
        """Read the balance: it needs nothing and changes nothing."""
        try:
            self.balances()
        except NoAnswer as failure:
            if failure.reason in ("credentials_unusable", "authentication_failed"):
                return CredentialsCheck(False, failure.detail or "Paystack refused the key.")
            return CredentialsCheck(None, f"No usable answer: {failure.reason}.")
        mode = "live" if self._credentials.livemode else "test"
        return CredentialsCheck(True, f"Paystack took the key ({mode} mode).")

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return webhooks.verify(webhook, credentials=self._credentials)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return webhooks.parse(body)

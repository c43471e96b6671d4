"""What the flavours share: the declaration, the account's settings, and the report of a call without an answer."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable

from gateways.adapters.orange_money.amounts import EXPONENTS
from gateways.adapters.orange_money.credential_fields import CREDENTIALS
from gateways.adapters.orange_money.error_table import ERRORS
from gateways.adapters.orange_money.tokens import Client, SignedIn
from gateways.amounts import AmountNotRepresentable
from gateways.contract import (
    Credentials,
    CredentialsCheck,
    GatewayProfile,
    GatewayReport,
    Outcome,
    Subject,
    WebhookTrust,
)
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer, NotSent
from gateways.http import GatewayHttp, shared_http

CODE = "orange_money"

# What holds for every flavour; each adds its own, and `gateway` the worst case of all.
SHARED = GatewayProfile(
    code=CODE,
    display_name="Orange Money",
    webhook_trust=WebhookTrust.HINT_ONLY,
    methods=frozenset({"mobile_money"}),
    currencies=frozenset(EXPONENTS),
    credentials=CREDENTIALS,
    key_retention=None,
    query_by_own_reference=False,
    not_found_is_final=False,
    cancelable=False,
    reference_max_length=200,
)


class Flavour(CountsErrors, ABC):
    """One account of one Orange Money API. It works only for an account that names this flavour."""

    name = ""
    profile = SHARED
    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials
        self._simulator = simulator
        self._http = http or shared_http(CODE)

    def check_credentials(self) -> CredentialsCheck:
        """Ask for a token: it changes nothing, and nothing else of these APIs is as harmless."""
        try:
            self._signed_in().fetch()
        except NoAnswer as failure:
            is_wrong = failure.reason in ("credentials_unusable", "authentication_failed")
            return CredentialsCheck(works=False if is_wrong else None, text=str(failure))
        return CredentialsCheck(works=True, text="Orange gave an access token.")

    @abstractmethod
    def _client(self) -> Client:
        """Raises NotSent `credentials_unusable` unless every setting of the account is usable."""

    def _signed_in(self) -> SignedIn:
        return SignedIn(self._client(), http=self._http)

    def _required(self, *names: str) -> None:
        if self._credentials.get("flavour") != self.name:
            raise unusable("flavour must be webpay, cameroon or sonatel")
        missing = [name for name in names if not self._credentials.get(name).strip()]
        if missing:
            raise unusable(f"missing: {', '.join(missing)}")

    def _tried(self, call: Callable[[], GatewayReport], blank: GatewayReport) -> GatewayReport:
        """The report of a call that may move money; `blank` carries what is known of the object without an answer."""
        try:
            report = call()
        except AmountNotRepresentable as refused:
            report = dataclasses.replace(
                blank,
                outcome=Outcome.NOT_SENT,
                error_code="amount_not_representable",
                error_message=str(refused),
            )
        except NotSent as refused:
            return _without_answer(blank, Outcome.NOT_SENT, refused)
        except NoAnswer as failure:
            return _without_answer(blank, Outcome.UNKNOWN, failure)
        return self._counted(report)

    def _asked(self, call: Callable[[], GatewayReport], blank: GatewayReport) -> GatewayReport:
        """The report of a question. That it was not asked says nothing about the object: never NOT_SENT."""
        try:
            return self._counted(call())
        except NoAnswer as failure:
            return _without_answer(blank, Outcome.UNKNOWN, failure)


def unusable(why: str) -> NotSent:
    return NotSent("credentials_unusable", why)


def blank_report(*, gateway_id: str, reference: str, subject: Subject = Subject.CHARGE) -> GatewayReport:
    """What a report says when the gateway said nothing."""
    return GatewayReport(Outcome.UNKNOWN, subject=subject, gateway_payment_id=gateway_id, reference=reference)


def _without_answer(blank: GatewayReport, outcome: Outcome, failure: NoAnswer) -> GatewayReport:
    return dataclasses.replace(blank, outcome=outcome, error_code=failure.reason, error_message=failure.detail)

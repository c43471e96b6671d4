"""PayPal as the service sees it. Translation only; `charging` has the steps of one payment."""

from collections.abc import Callable, Sequence
from datetime import datetime

from gateways.adapters.paypal import events, reporting, webhooks
from gateways.adapters.paypal.certificates import Certificates
from gateways.adapters.paypal.charging import Charging
from gateways.adapters.paypal.client import PayPalApi
from gateways.adapters.paypal.error_table import ERRORS
from gateways.adapters.paypal.paying import Paying
from gateways.adapters.paypal.profile import PROFILE
from gateways.adapters.paypal.refusals import error_of, no_answer, not_sent, why_unread
from gateways.adapters.paypal.returning import Returning
from gateways.adapters.paypal.shapes import Shape, read
from gateways.amounts import AmountNotRepresentable
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Credentials,
    CredentialsCheck,
    GatewayBalance,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    PayoutRequest,
    RefundRequest,
    SettlementPage,
    Subject,
    WebhookEnvelope,
)
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown
from gateways.http import GatewayHttp, HttpAnswer, shared_http

_TOO_MANY = "RESULTSET_TOO_LARGE"
# What an app must have switched on, by the scope that its token then carries.
_FEATURES = {
    "payouts": "/payments/payouts",
    "transaction search": "/reporting/search/read",
}


class PayPalGateway(CountsErrors):
    """One PayPal account, by one REST app of it."""

    profile = PROFILE
    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials
        self._http = http or shared_http("paypal")
        self._api = PayPalApi(credentials=credentials, simulator=simulator, http=self._http)
        self._charging = Charging(self._api, credentials)
        self._returning = Returning(self._api, self._charging)
        self._paying = Paying(self._api)
        self._certificates = Certificates(credentials=credentials, simulator=simulator, http=self._http)

    # --- Money in ----------------------------------------------------------------------------------------------------

    def charge(self, request: ChargeRequest) -> GatewayReport:
        """Create an order; the payer approves it on PayPal's page, and `collect` takes the money."""
        return self._changed(lambda: self._charging.create(request), Subject.CHARGE)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._charging.look_up(request), payment_id=request.gateway_payment_id)

    def collect(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._charging.collect(request), payment_id=request.gateway_payment_id)

    def capture(self, request: CaptureRequest) -> GatewayReport:
        return self._asked(lambda: self._charging.capture(request), payment_id=request.gateway_payment_id)

    def cancel(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._charging.cancel(request), payment_id=request.gateway_payment_id)

    # --- Money back --------------------------------------------------------------------------------------------------

    def refund(self, request: RefundRequest) -> GatewayReport:
        return self._changed(lambda: self._returning.refund(request), Subject.REFUND)

    def look_up_refund(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._returning.look_up_refund(request), Subject.REFUND, request.gateway_payment_id)

    def look_up_dispute(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(
            lambda: self._returning.look_up_dispute(request), Subject.DISPUTE, request.gateway_payment_id
        )

    # --- Money out ---------------------------------------------------------------------------------------------------

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        return self._changed(lambda: self._paying.pay_out(request), Subject.PAYOUT)

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._asked(lambda: self._paying.look_up(request), Subject.PAYOUT, request.gateway_payment_id)

    # --- Lists and the account ---------------------------------------------------------------------------------------

    def balances(self) -> Sequence[GatewayBalance]:
        answer = self._api.get("balances", "/v1/reporting/balances?currency_code=ALL")
        return reporting.balances_of(self._read_or_raise(answer, reporting.Balances))

    def settlements(self, *, since: datetime, until: datetime, cursor: str = "") -> SettlementPage:
        place: reporting.Place | None = reporting.Place.read(cursor) if cursor else reporting.Place.first(since, until)
        while place is not None:
            answer = self._api.get("transactions", place.path())
            error = error_of(answer) if answer.status == 400 else None
            if error is None or _TOO_MANY not in (error.name, error.code):
                page = self._read_or_raise(answer, reporting.Transactions)
                following = place.next(total_pages=page.total_pages, until=until)
                return SettlementPage(reporting.lines_of(page), following)
            # PayPal shows nothing of a window with more than 10 000 rows.
            place = place.halved()
        raise OutcomeUnknown("unexpected_answer", "more rows in one second than PayPal shows")

    def check_credentials(self) -> CredentialsCheck:
        try:
            token = self._api.fresh_token()
        except NoAnswer as failure:
            is_refusal = failure.reason in ("authentication_failed", "credentials_unusable")
            return CredentialsCheck(False if is_refusal else None, f"{failure.reason}: {failure.detail}".rstrip(": "))
        missing = [name for name, scope in _FEATURES.items() if token.scope and scope not in token.scope]
        note = f" Not enabled for the app: {', '.join(missing)}." if missing else ""
        return CredentialsCheck(True, f"PayPal gave an access token.{note}")

    # --- Webhooks ----------------------------------------------------------------------------------------------------

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return webhooks.verify(webhook, credentials=self._credentials, certificates=self._certificates, api=self._api)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return events.parse(body)

    # --- One way to end each call ------------------------------------------------------------------------------------

    def _changed(self, call: Callable[[], GatewayReport], subject: Subject) -> GatewayReport:
        """A call that moves money: what was not sent is NOT_SENT."""
        try:
            return self._counted(call())
        except AmountNotRepresentable as refused:
            return self._counted(not_sent(NotSent("amount_not_representable", str(refused)), subject=subject))
        except NotSent as refused:
            return not_sent(refused, subject=subject)
        except NoAnswer as failure:
            return no_answer(failure, subject=subject)

    def _asked(
        self, call: Callable[[], GatewayReport], subject: Subject = Subject.CHARGE, payment_id: str = ""
    ) -> GatewayReport:
        """A question, or a later step of a payment: no answer is UNKNOWN, for it says nothing about the payment."""
        try:
            return self._counted(call())
        except AmountNotRepresentable as refused:
            failure: NoAnswer = NotSent("amount_not_representable", str(refused))
        except NoAnswer as ended:
            failure = ended
        return no_answer(failure, subject=subject, payment_id=payment_id)

    def _read_or_raise(self, answer: HttpAnswer, shape: type[Shape]) -> Shape:
        found = read(answer, shape) if answer.status == 200 else None
        if found is None:
            raise OutcomeUnknown(why_unread(answer), f"HTTP {answer.status}")
        return found

"""Pagadito as the service sees it: send the payer to its page, ask by the transaction's token, and hear."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from common import clock
from common.money import Money
from gateways.adapters.pagadito import rates, reports, webhooks
from gateways.adapters.pagadito.amounts import CURRENCIES, to_wire
from gateways.adapters.pagadito.client import Order, api_for
from gateways.adapters.pagadito.error_table import ERRORS, NOT_REGISTERED, SHUT_OUT, TOKEN_REFUSED
from gateways.adapters.pagadito.replies import (
    CREATED,
    STATUS_TOLD,
    Reply,
    StatusTold,
    read_created,
    read_reply,
    read_status,
)
from gateways.adapters.pagadito.reports import Transaction
from gateways.adapters.pagadito.settings import FIELDS, Settings
from gateways.amounts import AmountNotRepresentable
from gateways.contract import (
    ChargeRequest,
    Credentials,
    CredentialsCheck,
    GatewayProfile,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    Outcome,
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown, Reason
from gateways.http import GatewayHttp, HttpAnswer, shared_http

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")
_ERN = re.compile(r"[A-Za-z0-9._-]{1,50}")
# Pagadito looks for scripts in what it is sent and refuses them (PG3025).
_NOT_PLAIN = re.compile(r"[^\w .,:;/#()+-]")
_DESCRIPTION_MAX = 100
# A page lives for 10 minutes. One whose address we never heard cannot be paid, and has surely gone by then.
_PAGE_GONE_AFTER = timedelta(minutes=15)
# Of no transaction: a question that only tells whether we are let in.
_NOBODYS_TOKEN = "0" * 32


class PagaditoGateway(CountsErrors):
    """One merchant account. Credentials: see `settings.FIELDS`."""

    profile = GatewayProfile(
        code="pagadito",
        display_name="Pagadito",
        # Signed, and yet: the signature binds the body by a CRC32, and Pagadito itself says to ask before crediting.
        webhook_trust=WebhookTrust.TOKEN,
        methods=frozenset({"card"}),
        currencies=CURRENCIES,
        countries=frozenset({"SV", "GT", "HN", "NI", "CR", "PA", "DO"}),
        # The least is worth 1 USD. In other currencies the day's rate decides, and Pagadito refuses with PG3009.
        limits={"USD": (100, 99_999_999)},
        credentials=FIELDS,
        key_retention=None,
        query_by_own_reference=False,
        not_found_is_final=False,
        cancelable=False,
        # Not published; half a year is what cards usually give a payer to object.
        late_reversal_days=180,
        max_processing_time=timedelta(days=7),
        reference_max_length=50,
    )
    errors = ERRORS

    def __init__(
        self,
        credentials: Credentials,
        *,
        simulator: str = "",
        http: GatewayHttp | None = None,
        certificates_http: GatewayHttp | None = None,
    ) -> None:
        self._settings = Settings.of(credentials, simulator=simulator)
        self._http = http or shared_http("pagadito")
        # Strangers choose which certificate is asked for: what fails there must not open the circuit of payments.
        self._certificates_http = certificates_http or shared_http("pagadito-certificates")
        self._api = api_for(self._settings, http=self._http)

    def charge(self, request: ChargeRequest) -> GatewayReport:
        """Register the transaction and send the payer to its page. Asked twice, Pagadito refuses the second."""
        try:
            order = _order(request)
            return self._counted(self._create(order, request))
        except AmountNotRepresentable as refused:
            return self._counted(_not_sent("amount_not_representable", str(refused)))
        except NotSent as refused:
            return _not_sent(refused.reason, refused.detail)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """By the token of the transaction, the only key that Pagadito answers to."""
        kept = request.keep
        transaction = Transaction(
            token=request.gateway_payment_id or kept.get("token", ""),
            reference=request.reference,
            amount=request.amount,
            page=kept.get("page", ""),
            last_status=kept.get("status", ""),
        )
        if not transaction.token:
            return self._counted(_without_token(transaction, request))
        try:
            return self._counted(self._ask(transaction))
        except NoAnswer as failure:
            return reports.in_doubt(transaction, code=failure.reason, detail=failure.detail)

    def check_credentials(self) -> CredentialsCheck:
        """APIPG: open a session. Connect has none, so a status is asked of no transaction."""
        try:
            session = self._api.open_session()
            if session:
                return CredentialsCheck(True, "Pagadito opened a session with these credentials.")
            reply = read_reply(self._api.status(_NOBODYS_TOKEN, session=session))
        except NotSent as refused:
            refusal = refused.reason in ("authentication_failed", "credentials_unusable")
            return CredentialsCheck(False if refusal else None, f"{refused.reason} {refused.detail}".strip())
        except NoAnswer as failure:
            return CredentialsCheck(None, failure.reason)
        if reply is not None and (reply.code in SHUT_OUT or reply.http_status in (401, 403)):
            return CredentialsCheck(False, f"Pagadito refused the credentials: {reply.code}.")
        if reply is not None and reply.code == NOT_REGISTERED:
            return CredentialsCheck(True, "Pagadito let these credentials in.")
        return CredentialsCheck(None, "Pagadito gave no clear answer.")

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return webhooks.verify(webhook, settings=self._settings, http=self._certificates_http)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return webhooks.parse(body)

    def _create(self, order: Order, request: ChargeRequest) -> GatewayReport:
        session, answer = self._send(order)
        transaction = Transaction(token=session, reference=request.reference, amount=request.amount)
        if isinstance(answer, OutcomeUnknown):
            return reports.in_doubt(transaction, code=answer.reason, detail=answer.detail)
        reply = read_reply(answer)
        if reply is None:
            return _not_read(answer, transaction)
        if reply.code != CREATED:
            return reports.refused(reply, transaction=transaction)
        page, token = read_created(reply, decode=self._api.is_encoded)
        transaction = Transaction(token or session, request.reference, request.amount, page=page)
        if not self._is_page(page) or _TOKEN.fullmatch(transaction.token) is None:
            return reports.in_doubt(Transaction(session, request.reference), code="unreadable_answer", reply=reply)
        return reports.created(transaction, reply=reply)

    def _send(self, order: Order) -> tuple[str, HttpAnswer | OutcomeUnknown]:
        """The session that may have become the transaction, and its answer or why nobody knows.

        A session that was refused has executed nothing, so another one may carry the same order, once.
        """
        for is_last in (False, True):
            session = self._api.open_session()
            try:
                answer = self._api.create(order, session=session)
            except OutcomeUnknown as failure:
                return session, failure
            if is_last or not self._is_stale(answer, session):
                break
        return session, answer

    def _ask(self, transaction: Transaction) -> GatewayReport:
        if _TOKEN.fullmatch(transaction.token) is None:
            raise NotSent(Reason.INVALID_REQUEST, "not the token of a transaction")
        for is_last in (False, True):
            session = self._api.open_session()
            answer = self._api.status(transaction.token, session=session)
            if is_last or not self._is_stale(answer, session):
                break
        reply = read_reply(answer)
        if reply is None:
            return _not_read(answer, transaction)
        if reply.code != STATUS_TOLD:
            return reports.status_refused(reply, transaction=transaction)
        told = read_status(reply)
        if told is None:
            return reports.in_doubt(transaction, code="unreadable_answer", reply=reply)
        return self._told(told, transaction, reply)

    def _told(self, told: StatusTold, transaction: Transaction, reply: Reply) -> GatewayReport:
        try:
            amount = self._amount_behind(told, asked=transaction.amount)
        except AmountNotRepresentable:
            return reports.in_doubt(transaction, code="unreadable_answer", reply=reply)
        return reports.of_status(told, transaction=transaction, amount=amount, code=reply.code)

    def _amount_behind(self, told: StatusTold, *, asked: Money | None) -> Money | None:
        """A token stands for one `exec_trans` of ours, and so for its amount, unless the status states another."""
        stated = reports.stated_amount(told, asked=asked)
        if stated is None:
            return asked
        if asked is not None and self._settings.accepts_converted and stated.currency != asked.currency:
            return asked if rates.is_conversion(asked=asked, told=stated, api=self._api) else stated
        return stated

    def _is_stale(self, answer: HttpAnswer, session: str) -> bool:
        reply = read_reply(answer)
        return bool(session) and reply is not None and reply.code == TOKEN_REFUSED

    def _is_page(self, page: str) -> bool:
        try:
            parts = urlsplit(page)
        except ValueError:
            return False
        # Only the simulator, which stands beside us, has pages without TLS.
        may_be_plain = bool(self._settings.simulator) and not self._settings.livemode
        return bool(parts.hostname) and parts.scheme in ({"https", "http"} if may_be_plain else {"https"})


def _order(request: ChargeRequest) -> Order:
    if _ERN.fullmatch(request.reference) is None:
        raise NotSent(Reason.INVALID_REQUEST, "the reference has characters that Pagadito may refuse")
    description = _NOT_PLAIN.sub(" ", request.description).strip()[:_DESCRIPTION_MAX]
    return Order(
        ern=request.reference,
        amount=to_wire(request.amount),
        currency=request.amount.currency,
        description=description or request.reference,
        url_product="",
    )


def _without_token(transaction: Transaction, request: LookUpRequest) -> GatewayReport:
    """Without a token nobody can ask. The answer that named it also named the page, so the payer never saw that."""
    if request.since is None or clock.now() - request.since < _PAGE_GONE_AFTER:
        return reports.in_doubt(transaction, code="not_found")
    return GatewayReport(Outcome.EXPIRED, reference=request.reference, error_code="never_shown")


def _not_read(answer: HttpAnswer, transaction: Transaction) -> GatewayReport:
    code = "unreadable_answer" if answer.status == 200 else "unexpected_answer"
    return reports.in_doubt(transaction, code=code, detail=f"HTTP {answer.status}")


def _not_sent(code: str, detail: str) -> GatewayReport:
    return GatewayReport(Outcome.NOT_SENT, error_code=code, error_message=detail)

"""The second generation, "API v1": one pair of key and password per country, codes instead of statuses.

200 OK only says that the call worked; paid is 100 and nothing else.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gateways.adapters.cinetpay import answers
from gateways.adapters.cinetpay.amounts import payment_to_wire, read, transfer_to_wire
from gateways.adapters.cinetpay.answers import About
from gateways.adapters.cinetpay.ids import digits_of, read_phone, split_name
from gateways.adapters.cinetpay.session import Session
from gateways.adapters.cinetpay.settings import Settings
from gateways.adapters.cinetpay.v1_answers import (
    already_exists,
    is_stale,
    refused_at_the_door,
    report_created,
    report_payment,
    report_transfer,
)
from gateways.amounts import AmountNotRepresentable
from gateways.contract import (
    ChargeRequest,
    DestinationKind,
    GatewayBalance,
    GatewayReport,
    LookUpRequest,
    PayoutRequest,
)
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown
from gateways.http import GatewayHttp, HttpAnswer

LIVE_ADDRESS = "https://api.cinetpay.co"
SANDBOX_ADDRESS = "https://api.cinetpay.net"
# Its notifications look the same for payments and transfers; the address they are sent to tells them apart.
PAYOUT_MARK = "about=payout"

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "payment-service"}
# A token lives a day; the official client renews it an hour early.
_TOKEN_SECONDS = 82_800
_WRONG_CREDENTIALS = "1005"
_URL_MAX = 120
_DESIGNATION_MAX = 255


class ApiV1:
    """`charge`, `pay_out` and the look-ups raise nothing; `balances` and `log_in` raise NotSent or OutcomeUnknown."""

    def __init__(self, settings: Settings, *, address: str, http: GatewayHttp) -> None:
        self._settings = settings
        self._address = address
        self._http = http
        identity = ("api_v1", address, settings.get("api_key"), settings.get("api_password"))
        self._session = Session(identity=identity, seconds=_TOKEN_SECONDS, log_in=self.log_in)

    def charge(self, request: ChargeRequest) -> GatewayReport:
        about = About.charge(request.reference)
        try:
            answer = self._call("create", "POST", "/v1/payment", self._payment(request, key=about.key))
        except AmountNotRepresentable as refused:
            return about.not_sent("amount_not_representable", str(refused))
        except NoAnswer as failure:
            return about.failed(failure)
        if already_exists(answer):
            return self.look_up(LookUpRequest(request.reference, amount=request.amount))
        return refused_at_the_door(answer, about=about) or report_created(answer, about=about)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """The answer states no amount: a paid charge is reported with what we asked for."""
        about = About.charge(request.reference)
        try:
            answer = self._call("look_up", "GET", f"/v1/payment/{quote(about.key, safe='')}")
        except NoAnswer as failure:
            return about.unanswered(failure)
        ends = frozenset(self._settings.get("final_codes").replace(",", " ").split())
        return report_payment(answer, about=about, asked=request.amount, ends=ends)

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        about = About.payout(request.reference)
        try:
            answer = self._call("payout", "POST", "/v1/transfer", self._transfer(request, key=about.key))
        except AmountNotRepresentable as refused:
            return about.not_sent("amount_not_representable", str(refused))
        except NoAnswer as failure:
            return about.failed(failure)
        if already_exists(answer):
            return self.look_up_payout(LookUpRequest(request.reference, amount=request.amount))
        return refused_at_the_door(answer, about=about) or self._transferred(answer, about=about)

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        about = About.payout(request.reference)
        try:
            answer = self._call("look_up_payout", "GET", f"/v1/transfer/{quote(about.key, safe='')}")
        except NoAnswer as failure:
            return about.unanswered(failure)
        return self._transferred(answer, about=about)

    def balances(self) -> Sequence[GatewayBalance]:
        answer = self._call("balance", "GET", "/v1/balances")
        said = answers.speech(answer)
        fields: Mapping[str, Any] = said.fields if said is not None else {}
        available = read(answers.text(fields, "available_balance"), answers.text(fields, "currency"))
        if available is None:
            raise OutcomeUnknown("unreadable_answer")
        return [GatewayBalance(available)]

    def log_in(self) -> str:
        """A fresh token. Raises NotSent("authentication_failed") for a wrong key or password."""
        key = self._usable_key()
        body = {"api_key": key, "api_password": self._settings.get("api_password")}
        answer = self._send("login", "POST", "/v1/oauth/login", body=body)
        said = answers.read(answer) if answers.is_speaking(answer) else None
        if said is not None and said.code == _WRONG_CREDENTIALS:
            raise NotSent("authentication_failed", said.message)
        token = answers.text(said.fields, "access_token") if said is not None else ""
        if not token:
            raise NotSent("token_unavailable", f"HTTP {answer.status}")
        return token

    def _usable_key(self) -> str:
        self._settings.need("api_key", "api_password")
        key = self._settings.get("api_key")
        wanted = "sk_live_" if self._settings.credentials.livemode else "sk_test_"
        if not key.startswith(wanted):
            raise NotSent("credentials_unusable", f"api_key does not begin with {wanted}")
        return key

    def _payment(self, request: ChargeRequest, *, key: str) -> dict[str, Any]:
        self._usable_key()
        first, last = split_name(request.payer_name)
        if not (first and request.payer_email and request.return_url and request.webhook_url):
            raise NotSent("payer_details_missing", "API v1 needs the payer's name and e-mail, and both URLs")
        body: dict[str, Any] = {
            "currency": request.amount.currency,
            "merchant_transaction_id": key,
            "amount": payment_to_wire(request.amount),
            "lang": "fr" if request.language[:2].lower() == "fr" else "en",
            "designation": (request.description or f"Payment {key}")[:_DESIGNATION_MAX],
            "client_email": request.payer_email,
            "client_first_name": first,
            "client_last_name": last,
            "success_url": _short(request.return_url),
            "failed_url": _short(request.cancel_url or request.return_url),
            "notify_url": _short(request.webhook_url),
        }
        channel = self._settings.get("channel") or "PUSH"
        if channel.lower() != "none":
            body["channel"] = channel.upper()
        return body | _direct(request)

    def _transfer(self, request: PayoutRequest, *, key: str) -> dict[str, Any]:
        self._usable_key()
        if request.destination.kind is not DestinationKind.MOBILE_MONEY:
            raise NotSent("invalid_request", "CinetPay pays out to mobile money only")
        if not request.webhook_url or not request.destination.network:
            raise NotSent("payer_details_missing", "a transfer needs a notify URL and an operator such as OM_CI")
        mark = "&" if "?" in request.webhook_url else "?"
        return {
            "currency": request.amount.currency,
            "merchant_transaction_id": key,
            "phone_number": read_phone(request.destination.value).international,
            "amount": transfer_to_wire(request.amount),
            "payment_method": request.destination.network,
            "reason": (request.description or f"Payout {key}")[:_DESIGNATION_MAX],
            "notify_url": _short(f"{request.webhook_url}{mark}{PAYOUT_MARK}"),
        }

    def _transferred(self, answer: HttpAnswer, *, about: About) -> GatewayReport:
        return report_transfer(answer, about=about, refusals_end=self._settings.is_on("refused_transfers_end"))

    def _call(self, operation: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> HttpAnswer:
        return self._session.call(
            lambda token: self._send(operation, method, path, body=body, token=token), is_stale=is_stale
        )

    def _send(
        self, operation: str, method: str, path: str, *, body: Mapping[str, Any] | None = None, token: str = ""
    ) -> HttpAnswer:
        return self._http.request(
            operation=operation,
            method=method,
            url=f"{self._address}{path}",
            headers=_HEADERS | ({"Authorization": f"Bearer {token}"} if token else {}),
            body=json.dumps(body) if body is not None else None,
        )


def _direct(request: ChargeRequest) -> dict[str, Any]:
    """With an operator such as OM_CI and a number the payer is asked on the telephone, without a page."""
    digits = digits_of(request.payer_phone)
    fields: dict[str, Any] = {"client_phone_number": f"+{digits}"} if digits else {}
    if request.payment_method:
        fields["payment_method"] = request.payment_method
    return fields | ({"direct_pay": True} if len(fields) == 2 else {})


def _short(url: str) -> str:
    if len(url) > _URL_MAX:
        raise NotSent("invalid_request", f"API v1 takes addresses of at most {_URL_MAX} characters")
    return url

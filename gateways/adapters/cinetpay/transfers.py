"""Payouts of the first generation: the transfer API, with its own host, password, form encoding and codes.

A top-level code 0 only says that the call was understood; a transfer is paid at VAL and failed at REJ, nowhere else.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from gateways.adapters.cinetpay import answers
from gateways.adapters.cinetpay.amounts import read, transfer_to_wire
from gateways.adapters.cinetpay.answers import About, Answer, Fields
from gateways.adapters.cinetpay.error_table import TRANSFER, TRANSFER_REFUSALS
from gateways.adapters.cinetpay.ids import Phone, read_phone, split_name
from gateways.adapters.cinetpay.session import Session
from gateways.adapters.cinetpay.settings import Settings
from gateways.adapters.cinetpay.transfer_answers import code_of, is_stale, report_check, report_sent
from gateways.amounts import AmountNotRepresentable
from gateways.contract import DestinationKind, GatewayBalance, GatewayReport, LookUpRequest, Outcome, PayoutRequest
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown
from gateways.http import GatewayHttp, HttpAnswer

ADDRESS = "https://client.cinetpay.com"

_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Accept": "application/json",
    "User-Agent": "payment-service",
}
# A token lives five minutes.
_TOKEN_SECONDS = 240
_WRONG_CREDENTIALS = frozenset({"701", "703"})
_IS_CONTACT = frozenset({"", "0", "726"})


class Transfers:
    """`pay_out` and `look_up` raise nothing; `balances` and `log_in` raise NotSent or OutcomeUnknown."""

    def __init__(self, settings: Settings, *, address: str, http: GatewayHttp) -> None:
        self._settings = settings
        self._address = address
        self._http = http
        self._api_key = settings.get("transfer_api_key") or settings.get("api_key")
        identity = ("transfers", address, self._api_key, settings.get("api_password"))
        self._session = Session(identity=identity, seconds=_TOKEN_SECONDS, log_in=self.log_in)

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        about = About.payout(request.reference)
        try:
            self._check_request(request)
            phone = read_phone(request.destination.value)
            amount = transfer_to_wire(request.amount)
            refusal = self._make_contact(request, phone=phone, about=about)
            if refusal is not None:
                return refusal
            item = _transfer(request, phone=phone, amount=amount, key=about.key)
            answer = self._post("payout", "/v1/transfer/money/send/contact", item)
        except AmountNotRepresentable as refused:
            return about.not_sent("amount_not_representable", str(refused))
        except NoAnswer as failure:
            return about.failed(failure)
        return self._sent(answer, about=about)

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport:
        return self._check(About.payout(request.reference))

    def balances(self) -> Sequence[GatewayBalance]:
        self._settings.need("transfer_currency")
        answer = self._get("balance", "/v1/transfer/check/balance")
        said = answers.speech(answer)
        currency = self._settings.get("transfer_currency")
        if said is None or said.code != "0":
            raise OutcomeUnknown("unexpected_answer", said.message if said else "")
        available = read(answers.text(said.data, "available"), currency)
        if available is None:
            raise OutcomeUnknown("unreadable_answer")
        return [GatewayBalance(available, pending=read(answers.text(said.data, "inUsing"), currency))]

    def log_in(self) -> str:
        """A fresh token. Raises NotSent("authentication_failed") for a wrong password."""
        self._settings.need("api_key", "api_password")
        form = {"apikey": self._api_key, "password": self._settings.get("api_password")}
        answer = self._send("login", "POST", "/v1/auth/login", query={"lang": "fr"}, form=form)
        said = answers.speech(answer)
        if said is not None and said.code in _WRONG_CREDENTIALS:
            raise NotSent("authentication_failed", said.message)
        token = answers.text(said.data, "token") if said is not None and said.code == "0" else ""
        if not token:
            raise NotSent("token_unavailable", f"HTTP {answer.status}")
        return token

    def _check_request(self, request: PayoutRequest) -> None:
        settings = self._settings
        settings.need("api_key", "api_password", "transfer_currency", "contact_email")
        if not (settings.credentials.livemode or settings.is_simulated or settings.is_on("test_site")):
            raise NotSent("credentials_unusable", "checkout_v2 has no sandbox; see test_site")
        if request.amount.currency != settings.get("transfer_currency"):
            raise NotSent("credentials_unusable", "the purse for transfers has another currency")
        if request.destination.kind is not DestinationKind.MOBILE_MONEY:
            raise NotSent("invalid_request", "CinetPay pays out to mobile money only")
        if not request.webhook_url or not request.destination.name.strip():
            raise NotSent("payer_details_missing", "a transfer needs an address to notify and the receiver's name")

    def _make_contact(self, request: PayoutRequest, *, phone: Phone, about: About) -> GatewayReport | None:
        """Money goes to contacts only. Whatever becomes of this call, the transfer itself was not sent."""
        first, last = split_name(request.destination.name)
        contact = {"prefix": phone.prefix, "phone": phone.local, "name": last, "surname": first}
        contact["email"] = self._settings.get("contact_email")
        try:
            answer = self._post("contact", "/v1/transfer/contact", contact)
        except OutcomeUnknown as failure:
            raise NotSent("contact_refused", failure.reason) from None
        said = answers.speech(answer)
        if said is None:
            raise NotSent("contact_refused", f"HTTP {answer.status}")
        code = code_of(said)
        if code in _IS_CONTACT:
            return None
        if code in ("717", "802"):
            return self._refused(said, about=about)
        return about.not_sent("contact_refused", answer=said)

    def _sent(self, answer: HttpAnswer, *, about: About) -> GatewayReport:
        said = answers.speech(answer)
        if said is None:
            return about.unknown(answers.why_silent(answer))
        code = code_of(said)
        if code == "805":
            # Known already: what became of it is what the first one became.
            return self._check(about)
        if f"{TRANSFER}{code}" in TRANSFER_REFUSALS:
            return self._refused(said, about=about)
        if code in _WRONG_CREDENTIALS:
            return about.not_sent("authentication_failed", answer=said)
        return report_sent(said, about=about)

    def _refused(self, said: Answer, *, about: About) -> GatewayReport:
        """The same transfer may have been sent before: it is refused once the check does not know it either."""
        known = self._check(about)
        if known.error_code == "not_found":
            return about.report(Outcome.DECLINED, answer=said, code=f"{TRANSFER}{code_of(said)}")
        return known

    def _check(self, about: About) -> GatewayReport:
        try:
            answer = self._ask(about.key)
        except NoAnswer as failure:
            return about.unanswered(failure)
        return report_check(answer, about=about, currency=self._settings.get("transfer_currency"))

    def _ask(self, key: str) -> HttpAnswer:
        by = {"client_transaction_id": key}
        if self._settings.get("transfer_check").lower() == "post":
            return self._session.call(
                lambda token: self._send(
                    "look_up_payout", "POST", "/v1/transfer/check/money", query=_signed(token), form=by
                ),
                is_stale=is_stale,
            )
        return self._get("look_up_payout", "/v1/transfer/check/money", **by)

    def _post(self, operation: str, path: str, item: Fields) -> HttpAnswer:
        form = {"data": json.dumps([item])}
        return self._session.call(
            lambda token: self._send(operation, "POST", path, query=_signed(token), form=form), is_stale=is_stale
        )

    def _get(self, operation: str, path: str, **by: str) -> HttpAnswer:
        return self._session.call(
            lambda token: self._send(operation, "GET", path, query={**_signed(token), **by}), is_stale=is_stale
        )

    def _send(
        self, operation: str, method: str, path: str, *, query: dict[str, str], form: dict[str, str] | None = None
    ) -> HttpAnswer:
        url = f"{self._address}{path}?{urlencode(query)}"
        body = urlencode(form) if form is not None else None
        return self._http.request(operation=operation, method=method, url=url, headers=_HEADERS, body=body)


def _signed(token: str) -> dict[str, str]:
    return {"token": token, "lang": "fr"}


def _transfer(request: PayoutRequest, *, phone: Phone, amount: int, key: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "prefix": phone.prefix,
        "phone": phone.local,
        "amount": amount,
        "client_transaction_id": key,
        "notify_url": request.webhook_url,
    }
    return item | ({"payment_method": request.destination.network} if request.destination.network else {})

"""Payments of checkout v2: a page for the payer, and the check, which alone says what is paid."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from common import clock
from gateways.adapters.cinetpay import answers, payer
from gateways.adapters.cinetpay.amounts import payment_to_wire
from gateways.adapters.cinetpay.answers import About, Answer
from gateways.adapters.cinetpay.check import report_check
from gateways.adapters.cinetpay.error_table import CREATE_REFUSALS, in_doubt
from gateways.adapters.cinetpay.settings import Settings
from gateways.amounts import AmountNotRepresentable
from gateways.contract import (
    ChargeRequest,
    CredentialsCheck,
    GatewayReport,
    LookUpRequest,
    NextAction,
    NextActionKind,
    Outcome,
)
from gateways.errors import NoAnswer, NotSent
from gateways.http import GatewayHttp, HttpAnswer
from gateways.pages import is_web_page

ADDRESS = "https://api-checkout.cinetpay.com"
# CinetPay answers 1010 to a caller without a User-Agent.
HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "payment-service"}

_DESCRIPTION_MAX = 250
_NO_SUCH_PAYMENT = "credentials-check"
_FORBIDDEN = str.maketrans(dict.fromkeys("#/$_&", " "))
_AUTHENTICATION = frozenset({"609", "613"})
# Turned away before anybody looked at what was asked.
_AT_THE_DOOR = {"403": "request_refused", "1010": "request_refused", "429": "rate_limit"}
_BLOCKED = b"error code: 1010"


class Checkout:
    """Raises nothing: every end of a call is a report."""

    def __init__(self, settings: Settings, *, address: str, http: GatewayHttp) -> None:
        self._settings = settings
        self._address = address
        self._http = http

    def charge(self, request: ChargeRequest) -> GatewayReport:
        about = About.charge(request.reference)
        try:
            answer = self._post("create", "/v2/payment", self._payment(request, about=about))
        except AmountNotRepresentable as refused:
            return about.not_sent("amount_not_representable", str(refused))
        except NoAnswer as failure:
            return about.failed(failure)
        return self._created(answer, about=about, request=request)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """What the check says. A fresh refusal may be followed by another try of the payer on the same page."""
        report = self._check(About.charge(request.reference))
        is_fresh = request.since is not None and clock.now() - request.since < timedelta(
            minutes=self._settings.recheck_minutes
        )
        if report.outcome is Outcome.DECLINED and is_fresh:
            return replace(report, outcome=Outcome.REQUIRES_ACTION)
        return report

    def check_credentials(self) -> CredentialsCheck:
        """Asks for a payment that we never make: only the key and the site are judged."""
        try:
            answer = self._ask(_NO_SUCH_PAYMENT)
        except NotSent as failure:
            works = False if failure.reason == "credentials_unusable" else None
            return CredentialsCheck(works, failure.detail or failure.reason)
        except NoAnswer as failure:
            return CredentialsCheck(None, failure.reason)
        said = answers.speech(answer)
        if said is None or said.code in _AT_THE_DOOR:
            return CredentialsCheck(None, "CinetPay did not answer the question.")
        if said.code in _AUTHENTICATION:
            return CredentialsCheck(False, said.message)
        return CredentialsCheck(True, "CinetPay knows this key and site.")

    def _payment(self, request: ChargeRequest, *, about: About) -> dict[str, Any]:
        settings = self._settings
        if not request.return_url or not request.webhook_url:
            raise NotSent("payer_details_missing", "CinetPay needs an address to return to and one to notify")
        body: dict[str, Any] = {
            **self._signed_in(),
            "transaction_id": about.key,
            "amount": payment_to_wire(request.amount),
            "currency": request.amount.currency,
            "description": _plain(request.description) or f"Payment {about.key}",
            "notify_url": request.webhook_url,
            "return_url": request.return_url,
            # Comes back with the check and ties the answer to us, which repeats no transaction_id.
            "metadata": request.reference,
            "lang": "fr" if request.language[:2].lower() == "fr" else "en",
            "channels": payer.channels(request, settings=settings),
        }
        body |= payer.customer(request, settings=settings, channels=body["channels"])
        if settings.is_on("lock_phone_number") and request.payer_phone:
            body["lock_phone_number"] = True
        return body

    def _created(self, answer: HttpAnswer, *, about: About, request: ChargeRequest) -> GatewayReport:
        if answer.status == 403 and answer.body.strip() == _BLOCKED:
            return about.not_sent("request_refused", "no User-Agent")
        said = answers.speech(answer)
        if said is None:
            return about.unknown(answers.why_silent(answer))
        if said.code == "201":
            return _opened(said, about=about)
        if said.code in _AUTHENTICATION:
            return about.not_sent("authentication_failed", answer=said)
        if said.code in _AT_THE_DOOR:
            return about.not_sent(_AT_THE_DOOR[said.code], answer=said)
        if said.code in CREATE_REFUSALS:
            return self._refused(said, about=about, request=request)
        return about.unknown(in_doubt(said.code, unlisted="unlisted_status"), answer=said)

    def _refused(self, said: Answer, *, about: About, request: ChargeRequest) -> GatewayReport:
        """A repeated transaction_id is refused in words that CinetPay does not publish: the check tells them apart."""
        known = self._check(about)
        if known.error_code == "not_found":
            return about.report(Outcome.DECLINED, answer=said, code=said.code)
        if known.amount is not None and known.amount != request.amount:
            return about.unknown("contradiction", answer=said)
        return known if known.outcome is not Outcome.UNKNOWN else about.unknown("refusal_unconfirmed", answer=said)

    def _check(self, about: About) -> GatewayReport:
        try:
            return report_check(self._ask(about.key), about=about)
        except NoAnswer as failure:
            return about.unanswered(failure)

    def _ask(self, transaction_id: str) -> HttpAnswer:
        return self._post("check", "/v2/payment/check", {**self._signed_in(), "transaction_id": transaction_id})

    def _signed_in(self) -> dict[str, str]:
        settings = self._settings
        settings.need("api_key", "site_id")
        # There is one host for both modes: a test account would move real money.
        if not (settings.credentials.livemode or settings.is_simulated or settings.is_on("test_site")):
            raise NotSent("credentials_unusable", "checkout_v2 has no sandbox; see test_site")
        return {"apikey": settings.get("api_key"), "site_id": settings.get("site_id")}

    def _post(self, operation: str, path: str, body: Mapping[str, Any]) -> HttpAnswer:
        return self._http.request(
            operation=operation, method="POST", url=f"{self._address}{path}", headers=HEADERS, body=json.dumps(body)
        )


def _opened(said: Answer, *, about: About) -> GatewayReport:
    url = answers.text(said.data, "payment_url")
    if not is_web_page(url):
        return about.unknown("unexpected_answer", answer=said)
    return about.report(
        Outcome.REQUIRES_ACTION, answer=said, status="CREATED", next_action=NextAction(NextActionKind.REDIRECT, url)
    )


def _plain(description: str) -> str:
    """Without the characters that CinetPay asks to avoid."""
    return " ".join(description.translate(_FORBIDDEN).split())[:_DESCRIPTION_MAX]

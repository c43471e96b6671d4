"""What every part of the adapter has: the account's calls, and how a call without an answer becomes a report."""

from collections.abc import Callable
from dataclasses import replace

from gateways.adapters.stripe.client import StripeApi
from gateways.adapters.stripe.error_table import ERRORS
from gateways.amounts import AmountNotRepresentable
from gateways.contract import Credentials, GatewayReport, Outcome, Subject
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer, NotSent
from gateways.http import GatewayHttp, shared_http

_ADDRESS = "https://api.stripe.com"


class StripeAccount(CountsErrors):
    """One Stripe account and how it is asked."""

    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials
        self._http = http or shared_http("stripe")
        self._api = StripeApi(credentials=credentials, api_base=simulator or _ADDRESS, http=self._http)

    def _ordered(self, order: Callable[[], GatewayReport], *, subject: Subject, reference: str) -> GatewayReport:
        """Something that moves money: what was not sent is NOT_SENT, what has no answer is UNKNOWN."""
        try:
            report = order()
        except AmountNotRepresentable as refused:
            report = _report(Outcome.NOT_SENT, subject, "amount_not_representable", str(refused))
        except NotSent as refused:
            return replace(_report(Outcome.NOT_SENT, subject, refused.reason, refused.detail), reference=reference)
        except NoAnswer as failure:
            return replace(_report(Outcome.UNKNOWN, subject, failure.reason, failure.detail), reference=reference)
        return self._counted(report if report.reference else replace(report, reference=reference))

    def _asked(self, ask: Callable[[], GatewayReport], *, subject: Subject = Subject.CHARGE) -> GatewayReport:
        """A question about something that exists. No answer is UNKNOWN, never NOT_SENT: it says nothing about it."""
        try:
            return self._counted(ask())
        except AmountNotRepresentable as refused:
            return self._counted(_report(Outcome.UNKNOWN, subject, "amount_not_representable", str(refused)))
        except NoAnswer as failure:
            return _report(Outcome.UNKNOWN, subject, failure.reason, failure.detail)


def _report(outcome: Outcome, subject: Subject, code: str, detail: str) -> GatewayReport:
    return GatewayReport(outcome, subject, error_code=code, error_message=detail)

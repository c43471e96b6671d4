"""Money in: orders that the payer approves and we collect, holds that we capture or void, and what became of each."""

import dataclasses
from datetime import timedelta

from common import clock
from gateways.adapters.paypal import asking
from gateways.adapters.paypal.client import PayPalApi
from gateways.adapters.paypal.orders import (
    authorization_of,
    capture_of,
    report_authorization,
    report_capture,
    report_order,
)
from gateways.adapters.paypal.paths import capture_path, hold_path, order_path
from gateways.adapters.paypal.refusals import (
    CREATED,
    is_gone,
    nameless,
    refused,
    report_refusal,
    request_id_of,
    says_state,
    unknown,
    why_unread,
)
from gateways.adapters.paypal.shapes import Order, Payment, read
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Credentials,
    GatewayReport,
    LookUpRequest,
    Outcome,
    Subject,
)
from gateways.http import HttpAnswer

# Three hours to open PayPal's page and three to approve: an order PayPal still does not know is over. An account may
# have up to 72 hours, but then PayPal knows the order.
_WINDOW = timedelta(hours=6)


class Charging:
    """Raises NotSent and OutcomeUnknown where there is no answer."""

    def __init__(self, api: PayPalApi, credentials: Credentials) -> None:
        self._api = api
        self._credentials = credentials

    def create(self, request: ChargeRequest) -> GatewayReport:
        fields = asking.order_fields(request, self._credentials)
        answer = self._api.post("create", "/v2/checkout/orders", fields, request_id=f"{request.reference}:order")
        order = read(answer, Order) if answer.status in CREATED else None
        if order is not None:
            return report_order(order, request_id=request_id_of(answer))
        return refused(answer, subject=Subject.CHARGE)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        if not request.gateway_payment_id:
            return nameless(request)
        answer, order = self._order(request.gateway_payment_id)
        if order is None:
            return self._unread(answer, request)
        return self._looked_through(report_order(order, request_id=request_id_of(answer)), request)

    def collect(self, request: LookUpRequest) -> GatewayReport:
        """Read first: only an order that is APPROVED is taken, and the key is that of this approval."""
        order_id = request.gateway_payment_id
        if not order_id:
            return self.look_up(request)
        answer, order = self._order(order_id)
        if order is None:
            return self._unread(answer, request)
        if order.status != "APPROVED":
            return self._looked_through(report_order(order, request_id=request_id_of(answer)), request)
        verb = "authorize" if order.intent == "AUTHORIZE" else "capture"
        key = ":".join(filter(None, (request.reference, verb, asking.approval_mark(order.update_time))))
        taken = self._api.post(verb, f"{order_path(order_id)}/{verb}", request_id=key)
        return self._of_taken(taken, request)

    def capture(self, request: CaptureRequest) -> GatewayReport:
        asked = _asked(request)
        hold_id = request.keep.get("authorization_id", "")
        if not hold_id:
            answer, order = self._order(request.gateway_payment_id)
            hold = authorization_of(order) if order is not None else None
            if hold is None:
                return self._unread(answer, asked) if order is None else self.look_up(asked)
            hold_id = hold.id
        fields = asking.capture_fields(request)
        key = f"{request.reference}:take:{fields['amount']['value']}"
        answer = self._api.post("capture_hold", f"{hold_path(hold_id)}/capture", fields, request_id=key)
        capture = read(answer, Payment) if answer.status in CREATED else None
        if capture is None:
            return self._refused(answer, asked)
        report = report_capture(capture, order_id=request.gateway_payment_id, request_id=request_id_of(answer))
        keep = {**report.keep, "authorization_id": hold_id}
        return dataclasses.replace(report, reference=report.reference or request.reference, keep=keep)

    def cancel(self, request: LookUpRequest) -> GatewayReport:
        """Void a hold. PayPal has no call that closes an order nobody approved: what it is now is reported."""
        report = self.look_up(request)
        hold_id = report.keep.get("authorization_id", "")
        if report.outcome is not Outcome.AUTHORIZED or not hold_id:
            return report
        answer = self._api.post("void", f"{hold_path(hold_id)}/void")
        if answer.status in (200, 204) or says_state(answer):
            return self._read_hold(hold_id, request)
        return self._refused(answer, request)

    def capture_id(self, *, order_id: str, known: str) -> str:
        """The capture that a refund goes against; empty when PayPal does not show it."""
        if known:
            return known
        _answer, order = self._order(order_id)
        capture = capture_of(order) if order is not None else None
        return capture.id if capture is not None else ""

    def order_of_capture(self, capture_id: str) -> str:
        answer = self._api.get("read_capture", capture_path(capture_id))
        capture = read(answer, Payment) if answer.status == 200 else None
        return capture.supplementary_data.related_ids.order_id if capture is not None else ""

    def _order(self, order_id: str) -> tuple[HttpAnswer, Order | None]:
        answer = self._api.get("read", order_path(order_id))
        order = read(answer, Order) if answer.status == 200 else None
        # An answer about another order says nothing about this one.
        return answer, order if order is not None and order.id == order_id else None

    def _unread(self, answer: HttpAnswer, request: LookUpRequest) -> GatewayReport:
        """PayPal does not show the order. It is over when it is gone after its time; a capture may still be read."""
        if is_gone(answer) and request.keep.get("capture_id"):
            return self._read_capture(request)
        is_over = request.since is not None and clock.now() - request.since > _WINDOW
        if is_gone(answer) and is_over and not request.keep.get("authorization_id"):
            return dataclasses.replace(
                unknown(answer, code="expired", payment_id=request.gateway_payment_id), outcome=Outcome.EXPIRED
            )
        other = read(answer, Order) if answer.status == 200 else None
        code = "contradiction" if other is not None else why_unread(answer)
        return unknown(answer, code=code, payment_id=request.gateway_payment_id)

    def _looked_through(self, report: GatewayReport, request: LookUpRequest) -> GatewayReport:
        """Some orders are COMPLETED without showing their captures: the capture itself is asked."""
        if report.error_code == "capture_unread" and request.keep.get("capture_id"):
            return self._read_capture(request)
        return dataclasses.replace(report, keep={**request.keep, **report.keep})

    def _read_capture(self, request: LookUpRequest) -> GatewayReport:
        capture_id = request.keep["capture_id"]
        answer = self._api.get("read_capture", capture_path(capture_id))
        capture = read(answer, Payment) if answer.status == 200 else None
        if capture is None or capture.id != capture_id:
            code = "contradiction" if capture is not None else why_unread(answer)
            return unknown(answer, code=code, payment_id=request.gateway_payment_id)
        report = report_capture(capture, order_id=request.gateway_payment_id, request_id=request_id_of(answer))
        return dataclasses.replace(report, keep={**request.keep, **report.keep})

    def _read_hold(self, hold_id: str, request: LookUpRequest) -> GatewayReport:
        answer = self._api.get("read_hold", hold_path(hold_id))
        hold = read(answer, Payment) if answer.status == 200 else None
        if hold is None or hold.id != hold_id:
            return unknown(answer, code=why_unread(answer), payment_id=request.gateway_payment_id)
        report = report_authorization(hold, order_id=request.gateway_payment_id, request_id=request_id_of(answer))
        return self.look_up(request) if report.error_code == "capture_unread" else report

    def _of_taken(self, answer: HttpAnswer, request: LookUpRequest) -> GatewayReport:
        order = read(answer, Order) if answer.status in CREATED else None
        if order is None:
            return self._refused(answer, request)
        if order.id != request.gateway_payment_id:
            return unknown(answer, code="contradiction", payment_id=request.gateway_payment_id)
        report = report_order(order, request_id=request_id_of(answer))
        return dataclasses.replace(report, reference=report.reference or request.reference)

    def _refused(self, answer: HttpAnswer, request: LookUpRequest) -> GatewayReport:
        """That a later step was not taken says nothing about the charge: never NOT_SENT here."""
        order_id = request.gateway_payment_id
        if says_state(answer):
            return self.look_up(request)
        if answer.status < 300:
            return unknown(answer, code="unreadable_answer", payment_id=order_id)
        report = report_refusal(answer, payment_id=order_id)
        if report.outcome is Outcome.NOT_SENT:
            return dataclasses.replace(report, outcome=Outcome.UNKNOWN)
        return report


def _asked(request: CaptureRequest) -> LookUpRequest:
    return LookUpRequest(
        reference=request.reference,
        gateway_payment_id=request.gateway_payment_id,
        amount=request.amount,
        keep=request.keep,
    )

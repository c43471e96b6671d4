"""Money back: refunds by our will, and disputes by the payer's."""

import dataclasses

from gateways.adapters.paypal import asking
from gateways.adapters.paypal.charging import Charging
from gateways.adapters.paypal.client import PayPalApi
from gateways.adapters.paypal.disputes import Dispute, report_dispute
from gateways.adapters.paypal.paths import capture_path, dispute_path, refund_path
from gateways.adapters.paypal.refunds import report_refund
from gateways.adapters.paypal.refusals import CREATED, nameless, not_shown, refused, request_id_of
from gateways.adapters.paypal.shapes import Payment, read
from gateways.contract import GatewayReport, LookUpRequest, RefundRequest, Subject
from gateways.errors import NotSent, OutcomeUnknown


class Returning:
    """Raises NotSent and OutcomeUnknown where there is no answer."""

    def __init__(self, api: PayPalApi, charging: Charging) -> None:
        self._api = api
        self._charging = charging

    def refund(self, request: RefundRequest) -> GatewayReport:
        fields = asking.refund_fields(request)
        path = f"{capture_path(self._capture_of(request))}/refund"
        answer = self._api.post("refund", path, fields, request_id=f"{request.reference}:refund")
        refund = read(answer, Payment) if answer.status in CREATED else None
        if refund is None:
            return refused(answer, subject=Subject.REFUND)
        report = report_refund(refund, payment_id=request.gateway_payment_id, request_id=request_id_of(answer))
        return dataclasses.replace(report, reference=report.reference or request.reference)

    def look_up_refund(self, request: LookUpRequest) -> GatewayReport:
        if not request.gateway_payment_id:
            return nameless(request, subject=Subject.REFUND)
        answer = self._api.get("read_refund", refund_path(request.gateway_payment_id))
        refund = read(answer, Payment) if answer.status == 200 else None
        if refund is None or refund.id != request.gateway_payment_id:
            return not_shown(answer, other=refund, subject=Subject.REFUND, payment_id=request.gateway_payment_id)
        payment_id = request.keep.get("payment_id", "")
        return report_refund(refund, payment_id=payment_id, request_id=request_id_of(answer))

    def look_up_dispute(self, request: LookUpRequest) -> GatewayReport:
        """A dispute names its capture; which order that was, the capture says."""
        if not request.gateway_payment_id:
            return nameless(request, subject=Subject.DISPUTE)
        answer = self._api.get("read_dispute", dispute_path(request.gateway_payment_id))
        dispute = read(answer, Dispute) if answer.status == 200 else None
        if dispute is None or dispute.dispute_id != request.gateway_payment_id:
            return not_shown(answer, other=dispute, subject=Subject.DISPUTE, payment_id=request.gateway_payment_id)
        capture_id = dispute.transaction.seller_transaction_id
        payment_id = self._charging.order_of_capture(capture_id) if capture_id else ""
        return report_dispute(dispute, payment_id=payment_id, request_id=request_id_of(answer))

    def _capture_of(self, request: RefundRequest) -> str:
        """Raises NotSent: without the capture there is nothing to send the refund to."""
        try:
            known = request.keep.get("capture_id", "")
            found = self._charging.capture_id(order_id=request.gateway_payment_id, known=known)
        except OutcomeUnknown as failure:
            raise NotSent("capture_not_known", failure.reason) from None
        if not found:
            raise NotSent("capture_not_known", "the order shows no capture")
        return found

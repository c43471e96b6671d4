"""Money out: each payout is a batch of its own with one item."""

from gateways.adapters.paypal import asking
from gateways.adapters.paypal.client import PayPalApi
from gateways.adapters.paypal.paths import batch_path
from gateways.adapters.paypal.payouts import Batch, first_batch_of, report_batch
from gateways.adapters.paypal.refusals import (
    CREATED,
    error_of,
    nameless,
    no_answer,
    not_shown,
    refused,
    request_id_of,
)
from gateways.adapters.paypal.shapes import read
from gateways.contract import GatewayReport, LookUpRequest, PayoutRequest, Subject
from gateways.errors import NoAnswer, NotSent


class Paying:
    """Raises NotSent and OutcomeUnknown where there is no answer."""

    def __init__(self, api: PayPalApi) -> None:
        self._api = api

    def pay_out(self, request: PayoutRequest) -> GatewayReport:
        fields = asking.payout_fields(request)
        if fields is None:
            raise NotSent("destination_unsupported", f"PayPal pays out to no {request.destination.kind}")
        key = f"{request.reference}:payout"
        answer = self._api.post("payout", "/v1/payments/payouts", fields, request_id=key)
        batch = read(answer, Batch) if answer.status in CREATED else None
        if batch is not None:
            return report_batch(batch, request_id=request_id_of(answer))
        error = error_of(answer) if answer.status == 400 else None
        first_batch = first_batch_of(error) if error is not None else ""
        # Sent before: PayPal points at the batch it has, whatever the key of the request.
        return self._sent_before(first_batch) if first_batch else refused(answer, subject=Subject.PAYOUT)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        if not request.gateway_payment_id:
            return nameless(request, subject=Subject.PAYOUT)
        return self._read(request.gateway_payment_id)

    def _sent_before(self, batch_id: str) -> GatewayReport:
        """That the first batch could not be read does not undo it: never NOT_SENT."""
        try:
            return self._read(batch_id)
        except NoAnswer as failure:
            return no_answer(failure, subject=Subject.PAYOUT, payment_id=batch_id)

    def _read(self, batch_id: str) -> GatewayReport:
        answer = self._api.get("read_payout", batch_path(batch_id))
        batch = read(answer, Batch) if answer.status == 200 else None
        if batch is None or batch.batch_header.payout_batch_id != batch_id:
            return not_shown(answer, other=batch, subject=Subject.PAYOUT, payment_id=batch_id)
        return report_batch(batch, request_id=request_id_of(answer))

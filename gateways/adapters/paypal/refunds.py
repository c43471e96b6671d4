"""What a refund means for us, and what taking money back means: PayPal gives both the form of a refund."""

from collections.abc import Mapping
from types import MappingProxyType

from gateways.adapters.paypal.amounts import read_or_none
from gateways.adapters.paypal.shapes import Payment, moment
from gateways.contract import GatewayReport, Outcome, Subject

STATUSES: Mapping[str, Outcome] = MappingProxyType(
    {
        "COMPLETED": Outcome.SUCCEEDED,
        "PENDING": Outcome.PENDING,
        "FAILED": Outcome.DECLINED,
        "CANCELLED": Outcome.CANCELLED,
    }
)


def report_refund(refund: Payment, *, payment_id: str = "", request_id: str = "") -> GatewayReport:
    """`payment_id` is the order's where the caller knows it; a refund itself names its capture only."""
    outcome = STATUSES.get(refund.status, Outcome.UNKNOWN)
    return GatewayReport(
        outcome=outcome,
        subject=Subject.REFUND,
        gateway_payment_id=refund.id,
        about=payment_id or refund.parent_id,
        reference=refund.reference,
        amount=read_or_none(refund.amount),
        occurred_at=moment(refund.update_time or refund.create_time),
        keep={"payment_id": payment_id} if payment_id else {},
        error_code={Outcome.DECLINED: "refund_failed", Outcome.UNKNOWN: "unlisted_status"}.get(outcome, ""),
        gateway_status=refund.status,
        request_id=request_id,
        raw=_raw(refund),
    )


def report_reversal(refund: Payment) -> GatewayReport:
    """PayPal took a capture back: the charge is REVERSED. Mostly neither our reference nor the order is named."""
    related = refund.supplementary_data.related_ids
    amount = read_or_none(refund.amount)
    return GatewayReport(
        outcome=Outcome.REVERSED,
        gateway_payment_id=related.order_id,
        about=refund.parent_id or related.capture_id,
        reference=refund.reference,
        amount=abs(amount) if amount is not None else None,
        occurred_at=moment(refund.update_time or refund.create_time),
        gateway_status=refund.status,
        raw=_raw(refund) | {"capture": refund.parent_id},
    )


def _raw(refund: Payment) -> dict[str, str]:
    raw = {"id": refund.id, "status": refund.status, "reason": refund.status_details.reason}
    if refund.amount is not None:
        raw |= {"amount": refund.amount.value, "currency": refund.amount.currency}
    return raw

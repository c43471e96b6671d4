"""What a genuine webhook says. An event type that is not here says nothing about money of ours."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from gateways.adapters.paypal.disputes import Dispute, report_dispute
from gateways.adapters.paypal.orders import report_authorization, report_capture, report_order
from gateways.adapters.paypal.payouts import Batch, Item, report_batch, report_item
from gateways.adapters.paypal.refunds import report_refund, report_reversal
from gateways.adapters.paypal.shapes import Order, Payment, last_part, link_of, read_bytes
from gateways.contract import GatewayReport, Outcome


class _Event(msgspec.Struct, frozen=True):
    event_type: str
    resource: msgspec.Raw = msgspec.Raw(b"null")


class _Withdrawn(msgspec.Struct, frozen=True):
    id: str = ""
    order_id: str = ""


_Teller = Callable[[Any], GatewayReport | None]


def parse(body: bytes) -> GatewayReport | None:
    event = read_bytes(body, _Event)
    if event is None:
        return GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")
    known = _TELLERS.get(event.event_type)
    if known is None:
        return None
    shape, tell = known
    resource = read_bytes(event.resource, shape)
    return tell(resource) if resource is not None else GatewayReport(Outcome.UNKNOWN, error_code="unreadable_answer")


def _capture(capture: Payment) -> GatewayReport:
    return report_capture(capture, order_id=_order_above(capture))


def _authorization(authorization: Payment) -> GatewayReport:
    return report_authorization(authorization, order_id=_order_above(authorization))


def _order_above(payment: Payment) -> str:
    """The order, by the related ids or the link upwards, which may also point at the authorization."""
    up = link_of(payment.links, "up")
    return payment.supplementary_data.related_ids.order_id or (last_part(up) if "/checkout/orders/" in up else "")


def _withdrawn(approval: _Withdrawn) -> GatewayReport:
    """The approval was taken back after it was given; what the order is now must be read."""
    return GatewayReport(
        Outcome.UNKNOWN, gateway_payment_id=approval.order_id or approval.id, error_code="approval_reversed"
    )


def _batch(batch: Batch) -> GatewayReport | None:
    """SUCCESS only means that PayPal went through the items; each item tells its own."""
    return None if batch.batch_header.batch_status == "SUCCESS" else report_batch(batch)


def _all(prefix: str, names: str, shape: type[msgspec.Struct], tell: _Teller) -> dict[str, tuple[Any, _Teller]]:
    return {f"{prefix}.{name}": (shape, tell) for name in names.split()}


_TELLERS: Mapping[str, tuple[Any, _Teller]] = MappingProxyType(
    _all("CHECKOUT.ORDER", "APPROVED COMPLETED VOIDED", Order, report_order)
    | _all("CHECKOUT.PAYMENT-APPROVAL", "REVERSED", _Withdrawn, _withdrawn)
    | _all("PAYMENT.CAPTURE", "COMPLETED PENDING DENIED DECLINED", Payment, _capture)
    | _all("PAYMENT.CAPTURE", "REFUNDED", Payment, report_refund)
    | _all("PAYMENT.CAPTURE", "REVERSED", Payment, report_reversal)
    | _all("PAYMENT.REFUND", "PENDING FAILED", Payment, report_refund)
    | _all("PAYMENT.AUTHORIZATION", "CREATED VOIDED", Payment, _authorization)
    | _all("PAYMENT.PAYOUTSBATCH", "PROCESSING SUCCESS DENIED", Batch, _batch)
    | _all(
        "PAYMENT.PAYOUTS-ITEM",
        "SUCCEEDED FAILED BLOCKED CANCELED DENIED HELD REFUNDED RETURNED UNCLAIMED",
        Item,
        report_item,
    )
    | _all("CUSTOMER.DISPUTE", "CREATED UPDATED RESOLVED", Dispute, report_dispute)
)

"""Where PayPal's objects live. An id that cannot be one of PayPal's never becomes part of an address."""

import re

from gateways.errors import NotSent, Reason

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def order_path(order_id: str) -> str:
    return f"/v2/checkout/orders/{_checked(order_id)}"


def capture_path(capture_id: str) -> str:
    return f"/v2/payments/captures/{_checked(capture_id)}"


def hold_path(authorization_id: str) -> str:
    return f"/v2/payments/authorizations/{_checked(authorization_id)}"


def refund_path(refund_id: str) -> str:
    return f"/v2/payments/refunds/{_checked(refund_id)}"


def batch_path(batch_id: str) -> str:
    return f"/v1/payments/payouts/{_checked(batch_id)}?page=1&page_size=2&total_required=true"


def dispute_path(dispute_id: str) -> str:
    return f"/v1/customer/disputes/{_checked(dispute_id)}"


def _checked(key: str) -> str:
    if _ID.fullmatch(key) is None:
        raise NotSent(Reason.INVALID_REQUEST, "not an id of PayPal's")
    return key

"""Answers of PayPal as tests say them, and the questions that go with them."""

from typing import Any

from gateways.contract import LookUpRequest

ORDER, CAPTURE, HOLD = "5O190127TN364715T", "2GG279541U471931P", "0AW2184448108334S"
ORDER_PATH = f"/v2/checkout/orders/{ORDER}"
TOKEN = {"access_token": "A21AAodd", "expires_in": 32_400, "token_type": "Bearer", "scope": "x"}
AMOUNT = {"currency_code": "EUR", "value": "13.37"}


def order(status: str = "APPROVED", *, payments: Any = None, **changes: Any) -> dict[str, Any]:
    unit: dict[str, Any] = {"custom_id": "ref-odd", "invoice_id": "ref-odd", "amount": AMOUNT}
    if payments is not None:
        unit["payments"] = payments
    shown = {
        "id": ORDER,
        "intent": "CAPTURE",
        "status": status,
        "purchase_units": [unit],
        "create_time": "2026-11-21T10:00:00Z",
        "links": [],
    }
    return shown | changes


def capture(status: str = "COMPLETED", **changes: Any) -> dict[str, Any]:
    return {"id": CAPTURE, "status": status, "amount": AMOUNT, "custom_id": "ref-odd"} | changes


def refusal(issue: str, *, name: str = "UNPROCESSABLE_ENTITY", **more: Any) -> dict[str, Any]:
    return {"name": name, "message": "No.", "debug_id": "1", "details": [{"issue": issue}]} | more


def asking(**changes: Any) -> LookUpRequest:
    return LookUpRequest(**{"reference": "ref-odd", "gateway_payment_id": ORDER} | changes)

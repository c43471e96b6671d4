"""Answers and webhooks that contradict what happened: another amount, currency, reference or status, everywhere.

PayPal's answers name no mode, so that they cannot lie about it.
"""

from decimal import Decimal

import orjson

from simulator.faults import FaultKind

UNKNOWN_STATUS = "TELEPORTED"
_REFERENCES = frozenset({"custom_id", "invoice_id", "custom", "custom_field", "sender_batch_id", "sender_item_id"})
_STATUSES = frozenset({"status", "batch_status", "transaction_status"})
_CURRENCIES = frozenset({"currency_code", "currency"})


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    if not body.startswith(b"{"):
        return body
    return orjson.dumps(_told(orjson.loads(body), lie=lie))


def _told(value: object, *, lie: FaultKind) -> object:
    if isinstance(value, list):
        return [_told(each, lie=lie) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _field(name, inner, within=value, lie=lie) for name, inner in value.items()}


def _field(name: str, value: object, *, within: dict[str, object], lie: FaultKind) -> object:
    if not isinstance(value, str):
        return _told(value, lie=lie)
    if lie is FaultKind.WRONG_AMOUNT and name == "value" and _CURRENCIES & set(within):
        return str(Decimal(value) + 1)
    if lie is FaultKind.WRONG_CURRENCY and name in _CURRENCIES:
        return "EUR" if value == "USD" else "USD"
    if lie is FaultKind.WRONG_REFERENCE and name in _REFERENCES:
        return f"other-{value}"
    if lie is FaultKind.UNKNOWN_STATUS and name in _STATUSES:
        return UNKNOWN_STATUS
    return value

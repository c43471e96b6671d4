"""Answers and notifications that contradict what happened: another amount, currency, reference or status.

CinetPay names no mode anywhere, so nothing can be said to be live.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from simulator.faults import FaultKind
from simulator.wire import Json

AMOUNT_ADDED = 100
_AMOUNTS = ("amount", "cpm_amount")
_CURRENCIES = ("currency", "cpm_currency")
_REFERENCES = ("metadata", "cpm_custom", "cpm_trans_id", "client_transaction_id", "merchant_transaction_id")
_CODES = ("code",)
_STATUSES = ("status", "treatment_status")
UNKNOWN_CODE, UNKNOWN_STATUS = "2999", "TELEPORTED"


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    if body.startswith(b"{"):
        shape = orjson.loads(body)
        _distort(shape, lie=lie)
        return orjson.dumps(shape)
    form: Json = dict(parse_qsl(body.decode(), keep_blank_values=True))
    _distort(form, lie=lie)
    return urlencode(form).encode()


def _distort(value: Any, *, lie: FaultKind) -> None:
    if isinstance(value, list):
        for inner in value:
            _distort(inner, lie=lie)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if isinstance(inner, dict | list):
            _distort(inner, lie=lie)
        elif inner not in (None, ""):
            value[name] = _lied(name, inner, lie=lie)


def _lied(name: str, told: Any, *, lie: FaultKind) -> Any:
    match lie:
        case FaultKind.WRONG_AMOUNT if name in _AMOUNTS:
            return type(told)(int(told) + AMOUNT_ADDED)
        case FaultKind.WRONG_CURRENCY if name in _CURRENCIES:
            return "XAF" if told != "XAF" else "XOF"
        case FaultKind.WRONG_REFERENCE if name in _REFERENCES:
            return f"other-{told}"
        case FaultKind.UNKNOWN_STATUS if name in _CODES:
            return UNKNOWN_CODE
        case FaultKind.UNKNOWN_STATUS if name in _STATUSES:
            return UNKNOWN_STATUS
    return told

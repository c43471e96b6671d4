"""Answers and webhooks that contradict what happened: another amount, currency, reference, mode or status."""

from typing import Any

import orjson

from simulator.faults import FaultKind
from simulator.wire import Json

AMOUNT_ADDED = 100
UNKNOWN_STATUS = "teleported"


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    shape = orjson.loads(body)
    data = shape.get("data")
    targets = data if isinstance(data, list) else [data] if isinstance(data, dict) else []
    for target in targets:
        _distort(target, lie=lie)
    if lie is FaultKind.UNKNOWN_STATUS and not any("status" in target for target in targets):
        # Where no object has a status of its own, the envelope's is the one there is.
        shape["status"] = UNKNOWN_STATUS
    return orjson.dumps(shape)


def _distort(target: Json, *, lie: FaultKind) -> None:
    match lie:
        case FaultKind.WRONG_AMOUNT:
            for name in ("amount", "requested_amount", "refund_amount", "balance"):
                if name in target:
                    target[name] = _more(target[name])
        case FaultKind.WRONG_CURRENCY:
            if "currency" in target:
                target["currency"] = "GHS" if target["currency"] != "GHS" else "NGN"
        case FaultKind.WRONG_REFERENCE:
            for name in ("reference", "transaction_reference"):
                if target.get(name):
                    target[name] = f"other-{target[name]}"
        case FaultKind.LIVE_MODE_ANSWER:
            if "domain" in target:
                target["domain"] = "live"
        case FaultKind.UNKNOWN_STATUS:
            if "status" in target:
                target["status"] = UNKNOWN_STATUS
        case _:
            raise ValueError(f"{lie} is not a lie.")
    inner = target.get("transaction")
    if isinstance(inner, dict) and lie is not FaultKind.UNKNOWN_STATUS:
        _distort(inner, lie=lie)


def _more(value: Any) -> Any:
    return str(int(value) + AMOUNT_ADDED) if isinstance(value, str) else value + AMOUNT_ADDED

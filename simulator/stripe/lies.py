"""Answers and events that contradict what happened: another amount, currency, reference, mode or status."""

import orjson

from simulator.faults import FaultKind
from simulator.wire import Json

AMOUNT_ADDED = 100
UNKNOWN_STATUS = "requires_teleportation"


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    shape = orjson.loads(body)
    for target in _targets(shape):
        _distort(target, lie=lie)
    return orjson.dumps(shape)


def _targets(shape: Json) -> list[Json]:
    """Every payment in an answer: itself, a list's items, an error's intent, an event's object."""
    if shape.get("object") == "list":
        return list(shape["data"])
    if shape.get("object") == "event":
        return [shape, shape["data"]["object"]]
    if "error" in shape:
        intent = shape["error"].get("payment_intent")
        return [intent] if intent else []
    return [shape]


def _distort(target: Json, *, lie: FaultKind) -> None:
    match lie:
        case FaultKind.WRONG_AMOUNT:
            for name in ("amount", "amount_received", "amount_capturable", "amount_captured"):
                if target.get(name):
                    target[name] += AMOUNT_ADDED
        case FaultKind.WRONG_CURRENCY:
            if "currency" in target:
                target["currency"] = "usd" if target["currency"] != "usd" else "eur"
        case FaultKind.WRONG_REFERENCE:
            target["metadata"] = {name: f"other-{value}" for name, value in target.get("metadata", {}).items()}
        case FaultKind.LIVE_MODE_ANSWER:
            target["livemode"] = True
        case FaultKind.UNKNOWN_STATUS:
            if "status" in target:
                target["status"] = UNKNOWN_STATUS
        case _:
            raise ValueError(f"{lie} is not a lie.")
    charge = target.get("latest_charge")
    if isinstance(charge, dict):
        _distort(charge, lie=lie)

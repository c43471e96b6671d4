"""Answers and callbacks that contradict what happened. MTN's have no mode, so that lie cannot be told."""

from decimal import Decimal

import orjson

from simulator.faults import FaultKind

UNKNOWN_STATUS = "TELEPORTED"


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    """The body as it is where it holds no transaction: an acceptance is empty, and a token is no payment."""
    shape = orjson.loads(body) if body else {}
    if "status" not in shape or "externalId" not in shape:
        return body
    match lie:
        case FaultKind.WRONG_AMOUNT:
            shape["amount"] = str(Decimal(shape["amount"]) + 1)
        case FaultKind.WRONG_CURRENCY:
            shape["currency"] = "GHS" if shape["currency"] != "GHS" else "EUR"
        case FaultKind.WRONG_REFERENCE:
            shape["externalId"] = f"other-{shape['externalId']}"
        case FaultKind.UNKNOWN_STATUS:
            shape["status"] = UNKNOWN_STATUS
        case FaultKind.LIVE_MODE_ANSWER:
            return body
        case _:
            raise ValueError(f"{lie} is not a lie.")
    return orjson.dumps(shape)

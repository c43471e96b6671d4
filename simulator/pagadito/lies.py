"""Answers and webhooks that contradict what happened: another amount, currency, reference or status."""

from decimal import Decimal

import orjson

from simulator.faults import FaultKind
from simulator.wire import Json

AMOUNT_ADDED = Decimal("1.00")
UNKNOWN_STATUS = "TELEPORTED"
UNKNOWN_CODE = "PG9999"


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    try:
        shape = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    for name in ("resource", "value", "data"):
        if isinstance(shape.get(name), dict) and "status" in shape[name]:
            _distort(shape[name], lie=lie)
            return orjson.dumps(shape)
    if lie is FaultKind.UNKNOWN_STATUS and "code" in shape:
        shape["code"] = UNKNOWN_CODE
    return orjson.dumps(shape)


def _distort(target: Json, *, lie: FaultKind) -> None:
    amount = target.get("amount")
    match lie:
        case FaultKind.WRONG_AMOUNT if amount:
            total = Decimal(str(amount["total"])) + AMOUNT_ADDED
            amount["total"] = str(total) if isinstance(amount["total"], str) else float(total)
        case FaultKind.WRONG_CURRENCY if amount:
            amount["currency"] = "USD" if amount["currency"] != "USD" else "GTQ"
        case FaultKind.WRONG_REFERENCE:
            target["ern"] = f"other-{target.get('ern', 'ern')}"
        case FaultKind.UNKNOWN_STATUS:
            target["status"] = UNKNOWN_STATUS
        case _:
            # Pagadito tells no mode, and a reply without an amount cannot lie about one.
            return

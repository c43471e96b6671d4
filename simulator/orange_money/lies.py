"""One lie in an answer or a notification of Orange Money. WebPay states neither amount nor currency to lie about."""

import orjson

from simulator.faults import FaultKind
from simulator.wire import Json

AMOUNT_ADDED = 100
UNKNOWN_STATUS = "TELEPORTED"
_REFERENCES = ("order_id", "reference", "payToken")


def distorted(body: bytes, *, lie: FaultKind) -> bytes:
    told = orjson.loads(body)
    if told == [] and lie is FaultKind.UNKNOWN_STATUS:
        # An empty list has no status to spoil, so it comes in a form that nobody knows.
        told = {"status": UNKNOWN_STATUS}
    for target in told if isinstance(told, list) else [told]:
        _distort(target, lie=lie)
        if isinstance(target.get("data"), dict):
            _distort(target["data"], lie=lie)
    return orjson.dumps(told)


def _distort(target: Json, *, lie: FaultKind) -> None:
    amount = target.get("amount")
    match lie:
        case FaultKind.WRONG_AMOUNT if isinstance(amount, dict):
            amount["value"] += AMOUNT_ADDED
        case FaultKind.WRONG_AMOUNT if isinstance(amount, int):
            target["amount"] += AMOUNT_ADDED
        case FaultKind.WRONG_CURRENCY if isinstance(amount, dict):
            amount["unit"] = "XAF" if amount["unit"] != "XAF" else "XOF"
        case FaultKind.WRONG_REFERENCE:
            target |= {name: f"other-{target[name]}" for name in _REFERENCES if target.get(name)}
        case FaultKind.UNKNOWN_STATUS:
            _spoil_status(target)
        case _:
            # The lie is about something that this body does not state.
            return


def _spoil_status(target: Json) -> None:
    if "status" in target:
        target["status"] = UNKNOWN_STATUS
    elif "deepLink" in target:
        target |= {"deepLink": UNKNOWN_STATUS, "deepLinks": {}}

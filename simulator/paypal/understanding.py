"""What a request says beside its body: who signs in, which references of the caller it is about, what it wants back."""

import base64
import binascii

import orjson

from simulator.paypal.orders import references_of
from simulator.paypal.state import Account
from simulator.wire import Json, Request

_KINDS = ("order", "capture", "authorization", "refund", "batch")


def basic(request: Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (key, secret) if scheme == "Basic" else ("", "")


def references_in(account: Account | None, key: str) -> list[str]:
    """Ours of the object in the path, so that faults and the journal find it."""
    for kind in _KINDS if account is not None and key else ():
        record = account.of(kind).get(key) if account is not None else None
        if record is not None:
            shown = record.shown
            told = references_of(record) if kind == "order" else [shown.get("custom_id"), record.hidden.get("sender")]
            return [reference for reference in told if reference]
    return []


def references_told(form: Json) -> list[str]:
    """Ours in the body of a request: of an order, a refund or a payout."""
    units = form.get("purchase_units")
    unit = units[0] if isinstance(units, list) and units and isinstance(units[0], dict) else {}
    header = form.get("sender_batch_header")
    told = [
        unit.get("custom_id"),
        form.get("custom_id"),
        (header if isinstance(header, dict) else {}).get("sender_batch_id"),
    ]
    return [reference for reference in told if isinstance(reference, str) and reference]


def mocked_code(request: Request) -> str:
    """Negative testing: {"mock_application_codes": "INSTRUMENT_DECLINED"} or a list of them."""
    if request.method == "GET" or "paypal-mock-response" not in request.headers:
        return ""
    try:
        codes = orjson.loads(request.headers["paypal-mock-response"]).get("mock_application_codes", "")
    except (ValueError, AttributeError):
        return ""
    return str(codes[0] if isinstance(codes, list) and codes else codes)


def least(shown: Json, *, method: str) -> Json:
    """What an order's answer holds when the caller did not ask for its representation."""
    if method == "GET" or "purchase_units" not in shown:
        return shown
    kept: Json = {name: shown[name] for name in ("id", "status", "links", "payment_source") if name in shown}
    unit = shown["purchase_units"][0]
    if "payments" in unit:
        kept["purchase_units"] = [{"reference_id": unit["reference_id"], "payments": unit["payments"]}]
    return kept

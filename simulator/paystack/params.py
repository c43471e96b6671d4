"""How Paystack reads requests: JSON or form, amounts as numbers or digits, lists by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from simulator.paystack.errors import invalid, missing
from simulator.paystack.state import Account
from simulator.wire import Json, Request

_MINIMUM = {"NGN": 50_00, "GHS": 10, "ZAR": 1_00, "KES": 3_00, "USD": 2_00, "XOF": 1_00}


@dataclass(slots=True)
class Context:
    """One call of one account, with its fields read."""

    account: Account
    params: Json
    query: dict[str, str]
    path: dict[str, str]
    base_url: str

    def text(self, name: str, *, default: str | None = None) -> str:
        value = self.params.get(name, default)
        if value in (None, ""):
            raise missing(name)
        return str(value)

    def moment(self, name: str) -> int | None:
        text = self.query.get(name)
        if not text:
            return None
        try:
            return int(datetime.fromisoformat(text).timestamp())
        except ValueError:
            raise invalid(f"{name} is not a date") from None

    def is_within(self, epoch: int) -> bool:
        since, until = self.moment("from"), self.moment("to")
        return (since is None or epoch >= since) and (until is None or epoch <= until)


def fields_of(request: Request) -> Json:
    """Raises ValueError where the body is neither."""
    if "form" in request.headers.get("content-type", ""):
        return dict(request.form_values())
    return request.json()


def amount_of(context: Context, *, name: str = "amount") -> int:
    value = context.params.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise invalid("Invalid Amount Sent")
    return value


def charge_amount(context: Context, *, currency: str) -> int:
    """A fraction of a franc is dropped without a word, as Paystack does."""
    amount = amount_of(context)
    if currency == "XOF":
        amount -= amount % 100
    if amount < _MINIMUM[currency]:
        raise invalid("Amount is below the minimum")
    return amount


def metadata_of(context: Context) -> Json | str:
    value = context.params.get("metadata", "")
    if isinstance(value, str):
        try:
            value = orjson.loads(value) if value else ""
        except orjson.JSONDecodeError:
            return str(value)
    return value if isinstance(value, dict) else ""


def paged(context: Context, rows: Sequence[Any]) -> tuple[list[Any], Json]:
    """One page of rows, newest first as they come, and what Paystack says about pages."""
    size = _count(context.query, "perPage", default=50)
    page = _count(context.query, "page", default=1)
    start = (page - 1) * size
    meta = {
        "total": len(rows),
        "total_volume": 0,
        "skipped": start,
        "perPage": size,
        "page": page,
        "pageCount": -(-len(rows) // size),
    }
    return list(rows[start : start + size]), meta


def _count(query: dict[str, str], name: str, *, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise invalid(f"{name} must be a whole number")
    return int(text)

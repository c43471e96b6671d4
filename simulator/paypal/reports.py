"""Transaction search and balances, from what really happened. Unlike PayPal's, they are not hours late."""

from datetime import datetime, timedelta

from simulator.paypal import money
from simulator.paypal.errors import PayPalError, invalid, missing
from simulator.paypal.ground import Context, Ground
from simulator.paypal.state import Record
from simulator.wire import Json

ROWS_MAX = 10_000
PAGE_SIZE, PAGE_SIZE_MAX = 100, 500
_DAYS_MAX = 31


class Reports:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        # Tests of large windows make it smaller.
        self.rows_max = ROWS_MAX

    def transactions(self, context: Context) -> Json:
        query = context.query
        since, until = _moment(query, "start_date"), _moment(query, "end_date")
        if until < since or until - since > timedelta(days=_DAYS_MAX):
            raise PayPalError(400, "INVALID_PARAMETER_VALUE", text="Date range is greater than 31 days")
        size = _whole(query, "page_size", default=PAGE_SIZE, most=PAGE_SIZE_MAX)
        page = _whole(query, "page", default=1, most=2**31 - 1)
        found = [row for row in context.account.of("row").values() if _is_wanted(row, query, since, until)]
        if len(found) > self.rows_max:
            raise PayPalError(
                400, name="RESULTSET_TOO_LARGE", text="Result set size is greater than the maximum limit."
            )
        shown = found[(page - 1) * size : page * size]
        link = self._ground.link(context.cause, "/v1/reporting/transactions", "self")
        return {
            "transaction_details": [{"transaction_info": row.shown} for row in shown],
            "start_date": query["start_date"],
            "end_date": query["end_date"],
            "last_refreshed_datetime": self._ground.now(),
            "page": page,
            "total_items": len(found),
            "total_pages": -(-len(found) // size),
            "links": [link],
        }

    def balances(self, context: Context) -> Json:
        wanted = context.query.get("currency_code", "ALL")
        held = {row.shown["transaction_amount"]["currency_code"] for row in context.account.of("row").values()}
        shown = []
        for currency in sorted(held or {"USD"}):
            if wanted in ("ALL", currency):
                total = self._ground.balance(context.account, currency)
                amount = {"currency_code": currency, "value": _text(total, currency)}
                nothing = {"currency_code": currency, "value": _text(0, currency)}
                shown.append(
                    {
                        "currency": currency,
                        "primary": currency == min(held or {"USD"}),
                        "total_balance": amount,
                        "available_balance": amount,
                        "withheld_balance": nothing,
                    }
                )
        return {"balances": shown, "as_of_time": self._ground.now(), "last_refresh_time": self._ground.now()}


def _is_wanted(row: Record, query: dict[str, str], since: datetime, until: datetime) -> bool:
    info = row.shown
    happened = datetime.fromisoformat(info["transaction_initiation_date"])
    filters = {
        "transaction_id": info["transaction_id"],
        "transaction_type": info["transaction_event_code"],
        "transaction_status": info["transaction_status"],
        "transaction_currency": info["transaction_amount"]["currency_code"],
    }
    return since <= happened <= until and all(query.get(name, value) == value for name, value in filters.items())


def _moment(query: dict[str, str], name: str) -> datetime:
    if name not in query:
        raise missing(name)
    try:
        when = datetime.fromisoformat(query[name])
    except ValueError:
        raise invalid(name) from None
    if when.tzinfo is None:
        raise invalid(name)
    return when


def _whole(query: dict[str, str], name: str, *, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid(name)
    return int(text)


def _text(minor: int, currency: str) -> str:
    if currency in money.WHOLE:
        return str(minor)
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100}.{abs(minor) % 100:02d}"

"""The two doors: APIPG, one address for all operations by form, and Connect v2, one address for each by JSON."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import orjson

from simulator.gateway import Call
from simulator.pagadito.codes import MESSAGES, Refused
from simulator.pagadito.notices import amount_shown
from simulator.pagadito.records import Records
from simulator.pagadito.signing import Signer
from simulator.pagadito.state import Merchant, Transaction
from simulator.pagadito.trade import Order, Trade, decimal_of, rate_of
from simulator.routing import Route
from simulator.wire import Json, Response, json_response

APIPG, CONNECT = "apipg", "connect"
_OPERATIONS = {
    "f3f191ce3326905ff4403bb05b0de150": "connect",
    "41216f8caf94aaa598db137e36d4673e": "exec_trans",
    "0b50820c65b0de71ce78f6221a5cf876": "get_status",
    "ed441b007bc2913ff1d983563096b7dc": "get_status_multiple_tokens",
    "da6b597cfcd0daf129287758b3c73b76": "get_exchange_rate",
}
_FORM_PATHS = ("/comercios/apipg/charges.php", "/apipg/charges.php")
_JSON_PATHS = {"exec_trans": "/api/v2/exec-trans", "get_status": "/api/v2/get-status"}
_TOKENS_MAX = 100


@dataclass(slots=True)
class Told:
    """What an operation answers: its code, its value, and the transaction it was about."""

    code: str
    value: object
    transaction: Transaction | None = None
    executed: bool = False


class Api:
    def __init__(self, *, records: Records, trade: Trade, signer: Signer) -> None:
        self._records = records
        self._trade = trade
        self._signer = signer
        self._form: dict[str, Callable[[Call, Merchant], Told]] = {
            "exec_trans": self._exec_trans,
            "get_status": self._get_status,
            "get_status_multiple_tokens": self._get_statuses,
            "get_exchange_rate": self._get_rate,
        }

    def routes(self) -> list[Route]:
        def route(method: str, path: str, operation: str, details: str) -> Route:
            return Route(method=method, path=path, operation=operation, handler=self.answer, details=details)

        return [
            *(route("POST", path, "unknown", APIPG) for path in _FORM_PATHS),
            *(route("POST", path, operation, CONNECT) for operation, path in _JSON_PATHS.items()),
            route("GET", "/certificates/{name}", "certificate", ""),
        ]

    def answer(self, call: Call) -> tuple[Response, Transaction | None]:
        """The caller holds the world's lock."""
        if call.route.operation == "certificate":
            return self._certificate(call), None
        try:
            told = self._told(call)
        except Refused as refusal:
            return refused(refusal.code, door=call.route.details), None
        response = json_response(envelope(told.code, told.value, door=call.route.details))
        response.executed = told.executed
        return response, told.transaction

    def _told(self, call: Call) -> Told:
        if call.route.details == CONNECT:
            merchant = self._signed_in(*credentials_of(call))
            return (
                self._exec_json(call, merchant)
                if call.route.operation == "exec_trans"
                else self._status(str(call.form.get("token", "")), merchant)
            )
        if call.route.operation == "connect":
            merchant = self._signed_in(*credentials_of(call))
            return Told("PG1001", self._records.open_session(merchant.uid))
        handler = self._form.get(call.route.operation)
        if handler is None or call.form.get("format_return") != "json":
            raise Refused("PG2002")
        session = str(call.form.get("token", ""))
        merchant_of = self._records.merchants.get(self._records.session_of(session))
        if merchant_of is None:
            raise Refused("PG3007")
        # One session, one call, also one that is then refused.
        self._records.spend_session(session)
        return handler(call, self._signed_in(merchant_of.uid, merchant_of.wsk))

    def _signed_in(self, uid: str, wsk: str) -> Merchant:
        if not uid or not wsk:
            raise Refused("PG2001")
        merchant = self._records.merchant(uid, wsk=wsk)
        if merchant is None:
            raise Refused("PG3001")
        if merchant.is_revoked:
            raise Refused("PG3005")
        return merchant

    def _exec_trans(self, call: Call, merchant: Merchant) -> Told:
        form = call.form
        if not {"ern", "amount", "details"} <= set(form):
            raise Refused("PG2001")
        order = Order(
            ern=str(form["ern"]),
            amount=decimal_of(form["amount"]),
            currency=str(form.get("currency") or "USD"),
            details=_lines(str(form["details"])),
            allows_pending=form.get("allow_pending_payments") == "true",
        )
        token, base_url = str(form["token"]), call.request.base_url
        transaction = self._trade.register(merchant, order, token=token, base_url=base_url)
        return Told("PG1002", quote(page_of(transaction), safe=""), transaction, executed=True)

    def _exec_json(self, call: Call, merchant: Merchant) -> Told:
        form = call.form
        if not {"ern", "amount", "currency", "details"} <= set(form):
            raise Refused("PG2001")
        if form.get("custom_params"):
            raise Refused("PG3023")
        if isinstance(form["amount"], str) or not isinstance(form["details"], list):
            raise Refused("PG2002")
        order = Order(
            ern=str(form["ern"]),
            amount=decimal_of(form["amount"]),
            currency=str(form["currency"]),
            details=[line for line in form["details"] if isinstance(line, dict)],
            is_extended=form.get("extended_expiration") is True,
            # Connect has no such field, and knows the status.
            allows_pending=True,
        )
        base_url = call.request.base_url
        transaction = self._trade.register(merchant, order, token=self._records.new_token(), base_url=base_url)
        value = {"url": page_of(transaction), "token": transaction.token}
        return Told("PG1002", value, transaction, executed=True)

    def _get_status(self, call: Call, merchant: Merchant) -> Told:
        return self._status(str(call.form.get("token_trans", "")), merchant)

    def _status(self, token: str, merchant: Merchant) -> Told:
        if not token:
            raise Refused("PG2001")
        transaction = self._trade.status(token, merchant=merchant)
        return Told("PG1003", status_shape(transaction, merchant=merchant), transaction)

    def _get_statuses(self, call: Call, merchant: Merchant) -> Told:
        tokens = _json(str(call.form.get("token_trans", "")))
        if not isinstance(tokens, list) or len(tokens) > _TOKENS_MAX:
            raise Refused("PG2002")
        found = [self._trade.status(str(token), merchant=merchant) for token in tokens]
        return Told("PG1003", [{"token": each.token, **status_shape(each, merchant=merchant)} for each in found])

    def _get_rate(self, call: Call, _merchant: Merchant) -> Told:
        return Told("PG1004", str(rate_of(str(call.form.get("currency", "")))))

    def _certificate(self, call: Call) -> Response:
        if call.path.get("name") != self._signer.name:
            return Response(status=404, body=b"Not found.", content_type="text/plain")
        return Response(status=200, body=self._signer.certificate.encode(), content_type="application/x-pem-file")


def operation_named(key: str) -> str:
    return _OPERATIONS.get(key, "unknown")


def credentials_of(call: Call) -> tuple[str, str]:
    if call.route.details != CONNECT:
        return str(call.form.get("uid", "")), str(call.form.get("wsk", ""))
    scheme, _, value = call.request.headers.get("authorization", "").partition(" ")
    try:
        uid, _, wsk = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (uid, wsk) if scheme.lower() == "basic" else ("", "")


def envelope(code: str, value: object, *, door: str) -> Json:
    if door == CONNECT:
        return {"code": code, "message": MESSAGES[code], "data": value}
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {"code": code, "message": MESSAGES[code], "value": value, "datetime": stamp}


def refused(code: str, *, door: str, status: int = 0) -> Response:
    """APIPG answers 200 whatever it says; Connect uses the 4xx statuses."""
    if door == CONNECT:
        status = status or (401 if code in ("PG3001", "PG3005") else 400)
        return json_response({"code": code, "message": MESSAGES[code]}, status=status)
    return json_response(envelope(code, None, door=door), status=status or 200)


def page_of(transaction: Transaction) -> str:
    return f"{transaction.base_url}/pay/pagadito/{transaction.token}"


def status_shape(transaction: Transaction, *, merchant: Merchant) -> Json:
    shape: Json = {
        "status": transaction.status,
        "reference": transaction.reference or None,
        "date_trans": transaction.date_trans or None,
    }
    if merchant.tells_amount:
        shown = amount_shown(transaction, merchant=merchant)
        shape |= {"amount": {"total": float(Decimal(shown["total"])), "currency": shown["currency"]}}
    return shape


def _lines(text: str) -> list[Json]:
    lines = _json(text)
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Refused("PG2002")
    return lines


def _json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refused("PG2002") from None

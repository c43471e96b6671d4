"""The bank in the simulator: statements over HTTP for whoever has the account's key, and the faults they can have."""

import hmac
import re
from collections.abc import Sequence
from datetime import date

from simulator.bank_transfer import statements
from simulator.bank_transfer.bank import Bank, Refused
from simulator.bank_transfer.control import Control
from simulator.bank_transfer.pages import Pages
from simulator.bank_transfer.state import Account, Booking, plain
from simulator.bank_transfer.statements import VERSIONS, Period
from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.routing import Route
from simulator.wire import Json, Request, Response, json_response
from simulator.world import World

_FILE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?\.(xml|csv)")


class BankTransfer:
    name = "bank_transfer"
    title = "Bank"

    def __init__(self, world: World) -> None:
        self._world = world
        self.bank = Bank(world)
        self._pages = Pages(world=world, bank=self.bank)
        self._control = Control(world=world, bank=self.bank)

    def api_routes(self) -> Sequence[Route]:
        path = "/accounts/{iban}/statements/{file}"
        return [Route(method="GET", path=path, operation="statement", handler=self._statement)]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        return Call(gateway=self.name, route=route, request=request, path=path, account=path.get("iban", ""))

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        try:
            with self._world.lock:
                account = self.bank.account(call.path["iban"])
                if not _may_read(account, call.request):
                    return _problem(401, "The key of the account is missing or wrong.")
                response: Response = call.route.handler(account, call)
                return response
        except Refused as refused:
            return _problem(404, str(refused))

    def break_down(self, call: Call, *, executed: bool) -> Response:
        return _problem(500, "The bank is out of order.")

    def refuse(self, status: int) -> Response:
        return _problem(status, "Not now.")

    def not_found(self, request: Request) -> Response:
        return _problem(404, f"There is nothing at {request.path}.")

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        """A statement with one lie in it; the balances stay as they were."""
        head, mark, entries = body.partition(b"<Ntry>")
        match lie:
            case FaultKind.WRONG_AMOUNT:
                entries = re.sub(
                    rb">(\d+)([.<])", lambda found: b">%d%s" % (int(found[1]) + 1, found[2]), entries, count=1
                )
            case FaultKind.WRONG_CURRENCY:
                entries = re.sub(rb'Ccy="[A-Z]{3}"', b'Ccy="USD"', entries)
            case FaultKind.WRONG_REFERENCE:
                entries = re.sub(rb"RF\d\d", b"RF00", entries)
            case FaultKind.UNKNOWN_STATUS:
                entries = entries.replace(b"BOOK", b"MAYB")
            case _:
                return body
        return head + mark + entries

    def books(self) -> list[Json]:
        return [_books(account) for account in self.bank.all()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        bookings = [booking for account in self.bank.all() for booking in account.bookings.values()]
        newest = sorted(bookings, key=lambda booking: booking.created)[-limit:][::-1]
        return [
            PaymentLine(
                gateway=self.name,
                payment_id=booking.id,
                reference=booking.structured or booking.text,
                amount=f"{'−' if booking.minor < 0 else ''}{plain(booking.minor, booking.currency)} {booking.currency}",
                status=booking.status,
                page=f"/pay/bank_transfer/accounts/{booking.iban}",
            )
            for booking in newest
        ]

    def restore(self, *, kind: str, record: Json) -> None:
        self.bank.restore(kind=kind, record=record)

    def resume(self) -> None:
        """A bank has nothing under way: what was booked is booked."""

    def reset(self) -> None:
        self.bank.clear()

    def _statement(self, account: Account, call: Call) -> Response:
        """`2026-11-21.xml`, `2026-11-20..2026-11-22.csv`; ?currency= and ?version= (02 or 08) where it matters."""
        found = _FILE.fullmatch(call.path["file"])
        wanted = call.request.query_values()
        version, currency = wanted.get("version", "08"), wanted.get("currency", account.record.currency)
        if found is None or version not in VERSIONS or not re.fullmatch("[A-Z]{3}", currency):
            return _problem(400, "Ask for DAY.xml or FIRST..LAST.csv, version 02 or 08.")
        period = Period(found.group(1), found.group(2) or found.group(1))
        try:
            is_backwards = date.fromisoformat(period.last) < date.fromisoformat(period.first)
        except ValueError:
            is_backwards = True
        if is_backwards:
            return _problem(400, "There is no such day.")
        if found.group(3) == "csv":
            body = statements.as_csv(account, period, currency=currency)
            return Response(status=200, body=body, content_type="text/csv; charset=utf-8", executed=True)
        body = statements.camt(account, period, currency=currency, version=version)
        return Response(status=200, body=body, content_type="application/xml", executed=True)


def _may_read(account: Account, request: Request) -> bool:
    told = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return not account.record.key or hmac.compare_digest(told.encode(), account.record.key.encode())


def _problem(status: int, text: str) -> Response:
    return json_response({"error": text}, status=status)


def _books(account: Account) -> Json:
    bookings = [booking for booking in account.bookings.values() if booking.status == "BOOK"]
    totals: dict[str, Json] = {}
    for booking in bookings:
        line = totals.setdefault(
            booking.currency, {"payments": 0, "paid": 0, "captured": 0, "refunded": 0, "held": 0, "fee": 0}
        )
        line["payments"] += 1
        line["paid"] += booking.minor > 0
        line["captured" if booking.minor > 0 else "refunded"] += abs(booking.minor)
    return {
        "gateway": "bank_transfer",
        "account": account.record.iban,
        "account_id": account.record.iban,
        "payments": [_line(booking) for booking in bookings],
        "totals": totals,
        "creates": {},
    }


def _line(booking: Booking) -> Json:
    return {
        "gateway_payment_id": booking.id,
        "reference": booking.structured or booking.text,
        "amount": booking.minor,
        "currency": booking.currency,
        "status": booking.status,
        "created": booking.created,
        "captured": max(booking.minor, 0),
        "refunded": max(-booking.minor, 0),
        "fee": 0,
    }

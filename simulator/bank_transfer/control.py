"""The control API of the bank: open accounts, make transfers as people do, send them back, and hand out statements."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from simulator.bank_transfer.bank import Bank
from simulator.bank_transfer.state import Account, Booking
from simulator.routing import PageHandler, Route
from simulator.wire import Json, Request, Response, json_response
from simulator.world import World


class Control:
    def __init__(self, *, world: World, bank: Bank) -> None:
        self._world = world
        self._bank = bank

    def routes(self) -> list[Route]:
        def route(method: str, path: str, handler: PageHandler) -> Route:
            return Route(method=method, path=f"/bank_transfer{path}", operation="control", handler=handler)

        return [
            route("GET", "/accounts", self.list_accounts),
            route("POST", "/accounts", self.register),
            route("GET", "/accounts/{iban}/transfers", self.list_transfers),
            route("POST", "/accounts/{iban}/transfers", self.transfer),
            route("POST", "/transfers/{id}/return", self.send_back),
            route("POST", "/transfers/{id}/book", self.book),
        ]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([_shape(account) for account in self._bank.all()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """{"iban", "holder", "bic", "currency", "opening": "1000.00", "key"}."""
        with self._world.lock:
            return json_response(_shape(self._bank.open(request.json())))

    def list_transfers(self, _request: Request, path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([asdict(booking) for booking in self._bank.account(path["iban"]).bookings.values()])

    def transfer(self, request: Request, path: dict[str, str]) -> Response:
        """{"amount": "13.37", "currency", "reference", "structured", "name", "from_iban", "end_to_end", "day",
        "status": "PDNG", "out": true, "without_bank_reference": true}."""
        return self._change(partial(self._bank.transfer, request.json() | {"iban": path["iban"]}))

    def send_back(self, request: Request, path: dict[str, str]) -> Response:
        """{"reason": "AC04", "day"}: the bank takes it back."""
        wanted = request.json()
        reason, day = str(wanted.get("reason", "MS03")), str(wanted.get("day", ""))
        return self._change(lambda: self._bank.send_back(self._bank.booking(path["id"])[1], reason=reason, day=day))

    def book(self, _request: Request, path: dict[str, str]) -> Response:
        return self._change(lambda: self._bank.book(self._bank.booking(path["id"])[1]))

    def _change(self, step: Callable[[], Booking]) -> Response:
        with self._world.lock:
            return json_response(asdict(step()))


def _shape(account: Account) -> Json:
    return asdict(account.record) | {"transfers": len(account.bookings)}

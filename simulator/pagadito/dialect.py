"""The Pagadito gateway of the simulator: which operation a call means, its answer, and what its faults look like."""

import dataclasses
import time
from collections.abc import Sequence

from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.pagadito import books
from simulator.pagadito.api import APIPG, CONNECT, Api, credentials_of, operation_named, refused
from simulator.pagadito.control import Control
from simulator.pagadito.lies import distorted
from simulator.pagadito.notices import Notices
from simulator.pagadito.pages import Pages
from simulator.pagadito.records import Records
from simulator.pagadito.signing import Signer
from simulator.pagadito.trade import Trade
from simulator.routing import Route
from simulator.wire import Json, Request, Response
from simulator.world import World


class Pagadito:
    name = "pagadito"
    title = "Pagadito"

    def __init__(self, world: World) -> None:
        self._world = world
        self._records = Records(world)
        self._signer = Signer(world)
        self._notices = Notices(world=world, records=self._records, signer=self._signer)
        self._trade = Trade(world=world, records=self._records, notices=self._notices)
        self._api = Api(records=self._records, trade=self._trade, signer=self._signer)
        self._pages = Pages(world=world, records=self._records, trade=self._trade)
        self._control = Control(
            world=world, records=self._records, trade=self._trade, notices=self._notices, signer=self._signer
        )

    def api_routes(self) -> Sequence[Route]:
        return self._api.routes()

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        call = Call(gateway=self.name, route=route, request=request, path=path, form=_form(route, request))
        if route.details == APIPG:
            call.route = dataclasses.replace(route, operation=operation_named(str(call.form.get("operation", ""))))
        call.account = credentials_of(call)[0] or self._records.session_of(str(call.form.get("token", "")))
        call.reference = str(call.form.get("ern", ""))
        if call.route.operation == "get_status":
            call.payment = str(call.form.get("token_trans" if route.details == APIPG else "token", ""))
            known = self._records.transactions.get(call.payment)
            call.reference = known.ern if known else ""
        call.references = frozenset({call.reference} - {""})
        return call

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        if hold_seconds:
            time.sleep(hold_seconds)
        with self._world.lock:
            response, transaction = self._api.answer(call)
        if transaction is not None:
            call.payment = transaction.token
        return response

    def break_down(self, call: Call, *, executed: bool) -> Response:
        did = self.execute(call).executed if executed else False
        response = refused("PG3002", door=call.route.details, status=500)
        response.executed = did
        return response

    def refuse(self, status: int) -> Response:
        return Response(status=status, body=b"Service unavailable.", content_type="text/plain")

    def not_found(self, request: Request) -> Response:
        return refused("PG2002", door=CONNECT, status=404)

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(merchant, records=self._records) for merchant in self._records.merchants.values()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        newest = list(self._records.transactions.values())[-limit:][::-1]
        return [books.line(transaction) for transaction in newest]

    def restore(self, *, kind: str, record: Json) -> None:
        if kind == "signing":
            self._signer.restore(record)
        else:
            self._records.restore(kind=kind, record=record)

    def resume(self) -> None:
        self._notices.resume()

    def reset(self) -> None:
        self._records.clear()
        self._signer.keep()


def _form(route: Route, request: Request) -> Json:
    if route.details != CONNECT:
        return dict(request.form_values())
    try:
        return request.json()
    except ValueError:
        # Connect answers PG2001 to what has none of the fields.
        return {}

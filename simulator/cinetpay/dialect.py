"""The CinetPay gateway of the simulator: reads a call of either generation, runs it, and breaks as told."""

import time
from collections.abc import Sequence

import orjson

from simulator.cinetpay import books
from simulator.cinetpay.api_v1 import ApiV1
from simulator.cinetpay.checkout import Checkout
from simulator.cinetpay.codes import Refused
from simulator.cinetpay.control import Control
from simulator.cinetpay.lies import distorted
from simulator.cinetpay.moves import Moves
from simulator.cinetpay.notices import Notices
from simulator.cinetpay.pages import Pages
from simulator.cinetpay.state import State
from simulator.cinetpay.transfers import Transfers
from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.routing import Route
from simulator.wire import Json, Request, Response, json_response
from simulator.world import World

_REFUSALS = {429: ("429", "TOO_MANY_REQUEST"), 503: ("503", "SERVICE_UNAVAILABLE")}


class CinetPay:
    name = "cinetpay"
    title = "CinetPay"

    def __init__(self, world: World) -> None:
        self._world = world
        self._state = State(world)
        notices = Notices(world=world, state=self._state)
        self._moves = Moves(world=world, state=self._state, notices=notices)
        self._checkout = Checkout(world=world, state=self._state)
        self._transfers = Transfers(world=world, state=self._state, moves=self._moves)
        self._api_v1 = ApiV1(world=world, state=self._state, moves=self._moves)
        self._pages = Pages(world=world, state=self._state, moves=self._moves)
        self._control = Control(world=world, state=self._state, moves=self._moves, notices=notices)

    def api_routes(self) -> Sequence[Route]:
        return [*self._checkout.routes(), *self._transfers.routes(), *self._api_v1.routes()]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        call = Call(gateway=self.name, route=route, request=request, path=path)
        call.form = _form_of(request)
        query = request.query_values()
        call.account = self._account_of(call, token=query.get("token", ""))
        key = str(
            call.form.get("transaction_id")
            or call.form.get("merchant_transaction_id")
            or call.form.get("client_transaction_id")
            or query.get("client_transaction_id")
            or path.get("id", "")
        )
        payment = self._state.payment(key, account=call.account) if key else None
        metadata = payment.reference if payment is not None else str(call.form.get("metadata") or "")
        call.payment = payment.transaction_id if payment is not None else key
        call.reference = metadata or key
        call.references = frozenset({key, metadata} - {""})
        return call

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        if hold_seconds:
            time.sleep(hold_seconds)
        with self._world.lock:
            try:
                shape = call.route.handler(call)
            except Refused as refused:
                return json_response(refused.body, status=refused.status)
        response = json_response(shape, status=201 if shape.get("code") == "201" else 200)
        response.executed = True
        return response

    def break_down(self, call: Call, *, executed: bool) -> Response:
        was_executed = executed and self.execute(call).executed
        response = json_response({"code": "500", "message": "INTERNAL_SERVER_ERROR"}, status=500)
        response.executed = was_executed
        return response

    def refuse(self, status: int) -> Response:
        code, message = _REFUSALS[status]
        return json_response({"code": code, "message": message, "description": ""}, status=status)

    def not_found(self, request: Request) -> Response:
        return json_response({"code": "708", "message": "NOT_ALLOWED", "description": request.path}, status=404)

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(account, state=self._state) for account in self._state.accounts.values()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        newest = list(self._state.payments.values())[-limit:][::-1]
        return [books.line(payment) for payment in newest]

    def restore(self, *, kind: str, record: Json) -> None:
        self._state.restore(kind=kind, record=record)

    def resume(self) -> None:
        for transfer in self._state.transfers.values():
            self._moves.go_on(transfer)

    def reset(self) -> None:
        self._state.clear()

    def _account_of(self, call: Call, *, token: str) -> str:
        bearer = call.request.headers.get("authorization", "").partition(" ")[2]
        signed_in, _ = self._state.tokens.get(bearer or token, ("", 0))
        return signed_in or str(call.form.get("apikey") or call.form.get("api_key") or "")


def _form_of(request: Request) -> Json:
    """The fields of a JSON object, or of a form with the one item of its `data`; what is neither has a field ""."""
    if request.method != "POST":
        return {}
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form: Json = dict(request.form_values())
            items = orjson.loads(form.get("data", "[]"))
            return form | (items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {})
        return request.json()
    except ValueError:
        return {"": "malformed"}

"""The MoMo gateway of the simulator: its routes, who a call is from, and what its faults look like."""

import time
from collections.abc import Sequence

import orjson

from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.mtn_momo import books, errors
from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.api import Api
from simulator.mtn_momo.control import Control
from simulator.mtn_momo.errors import MomoError
from simulator.mtn_momo.lies import distorted
from simulator.mtn_momo.pages import Pages
from simulator.mtn_momo.provisioning import Provisioning
from simulator.mtn_momo.settling import Settling
from simulator.routing import Route
from simulator.wire import Json, Request, Response
from simulator.world import World


class MtnMomo:
    name = "mtn_momo"
    title = "MTN MoMo"

    def __init__(self, world: World) -> None:
        self._world = world
        self.accounts = Accounts(world)
        self._settling = Settling(world=world, accounts=self.accounts)
        self._api = Api(world=world, accounts=self.accounts, settling=self._settling)
        self._provisioning = Provisioning(world=world, accounts=self.accounts)
        self._pages = Pages(world=world, accounts=self.accounts, settling=self._settling)
        self._control = Control(world=world, accounts=self.accounts, settling=self._settling)

    def api_routes(self) -> Sequence[Route]:
        return [*self._api.routes(), *self._provisioning.routes()]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        call = Call(gateway=self.name, route=route, request=request, path=path)
        call.payment = (path.get("reference") or request.headers.get("x-reference-id", "")).lower()
        found = self.accounts.of_key(request.headers.get("ocp-apim-subscription-key", ""))
        if found is not None:
            call.account = found[0].id
            transaction = self.accounts.find(found[0], call.payment)
            call.reference = transaction.external_id if transaction is not None else _external_id(request)
        if request.method == "POST":
            call.idempotency_key = request.headers.get("x-reference-id", "")
        call.references = frozenset({call.reference} - {""})
        return call

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        if hold_seconds:
            time.sleep(hold_seconds)
        with self._world.lock:
            try:
                response = call.route.handler(call)
            except MomoError as refusal:
                return refusal.response()
        assert isinstance(response, Response), "a handler answers"
        return response

    def break_down(self, call: Call, *, executed: bool) -> Response:
        """MTN's general error, which says nothing about what was done."""
        done = self.execute(call) if executed else Response(status=500)
        response = errors.refused("INTERNAL_PROCESSING_ERROR").response()
        response.executed, response.sent = executed and done.executed, done.sent
        return response

    def refuse(self, status: int) -> Response:
        if status == 429:
            return errors.at_the_door(429, "Rate limit is exceeded. Try again later.").response()
        return errors.refused("SERVICE_UNAVAILABLE").response()

    def not_found(self, request: Request) -> Response:
        return errors.at_the_door(404, "Resource not found").response()

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(each, self.accounts.of_account(each)) for each in self.accounts.by_id.values()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        newest = list(self.accounts.transactions.values())[-limit:][::-1]
        return [books.line(transaction) for transaction in newest]

    def restore(self, *, kind: str, record: Json) -> None:
        self.accounts.restore(kind=kind, record=record)

    def resume(self) -> None:
        self._settling.resume()

    def reset(self) -> None:
        self._settling.clear()
        self.accounts.clear()


def _external_id(request: Request) -> str:
    """Our reference as the body tells it; a body that cannot be read names none, and is refused later."""
    try:
        body = orjson.loads(request.body) if request.body else {}
    except orjson.JSONDecodeError:
        return ""
    return str(body.get("externalId", "")) if isinstance(body, dict) else ""

"""The Orange Money gateway of the simulator: who calls, which of its APIs is meant, what its faults look like."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.orange_money import books, sonatel, webpay
from simulator.orange_money.cameroon import Cameroon
from simulator.orange_money.control import Control
from simulator.orange_money.door import Door
from simulator.orange_money.keys import KeyRing
from simulator.orange_money.lies import distorted
from simulator.orange_money.news import Publisher
from simulator.orange_money.pages import Pages
from simulator.orange_money.sonatel import Sonatel
from simulator.orange_money.state import GATEWAY, Account, OrangeError, State
from simulator.orange_money.webpay import WebPay
from simulator.routing import Route
from simulator.wire import Json, Request, Response
from simulator.world import World

Work = Callable[[Account, Call], Any]


class OrangeMoney:
    name = GATEWAY
    title = "Orange Money"

    def __init__(self, world: World) -> None:
        self._world = world
        self._state = State(world)
        self._publisher = Publisher(self._state)
        self._door = Door(self._state)
        self._webpay = WebPay(self._state, self._publisher)
        self._cameroon = Cameroon(self._state, self._publisher)
        self._sonatel = Sonatel(self._state, self._publisher, KeyRing())
        self._control = Control(self._state, webpay=self._webpay, cameroon=self._cameroon, sonatel=self._sonatel)
        self._pages = Pages(self._state, webpay=self._webpay, cameroon=self._cameroon, sonatel=self._sonatel)

    def api_routes(self) -> Sequence[Route]:
        return [*self._token_routes(), *self._webpay_routes(), *self._cameroon_routes(), *self._sonatel_routes()]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        call = Call(gateway=self.name, route=route, request=request, path=path, payment=path.get("id", ""))
        try:
            call.form = request.json() if route.details != "token" else {}
        except ValueError:
            call.form = {}
        with self._world.lock:
            account = self._door.bearer(request)
            call.account = account.id if account else ""
            order = self._state.orders.get(call.payment)
        named = [call.form.get(name) for name in ("order_id", "orderId", "reference")]
        named.append(request.query_values().get("reference"))
        call.reference = next((name for name in named if isinstance(name, str) and name), "")
        call.references = frozenset({call.reference}) - {""}
        if order is not None:
            call.reference, call.references = order.reference, call.references | order.references
        return call

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        if hold_seconds:
            time.sleep(hold_seconds)
        return self._run(call)

    def break_down(self, call: Call, *, executed: bool) -> Response:
        if executed:
            self._run(call)
        return _json({"code": 1, "message": "Internal error"}, status=500, executed=executed)

    def refuse(self, status: int) -> Response:
        return _json(
            {"code": 5, "message": "Not now", "description": "Too many requests, or under repair."}, status=status
        )

    def not_found(self, request: Request) -> Response:
        return _json({"code": 60, "message": "Resource not found", "description": request.path}, status=404)

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(self._state, account) for account in self._state.accounts.values()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        orders = [order for order in self._state.orders.values() if order.product in (*books.PAY_INS, *books.PAY_OUTS)]
        return [books.line(order) for order in orders[-limit:][::-1]]

    def restore(self, *, kind: str, record: Json) -> None:
        self._state.restore(kind=kind, record=record)

    def resume(self) -> None:
        for news in list(self._state.news.values()):
            self._publisher.send(news)
        for order in self._state.orders.values():
            if order.product == "cashin" and order.status == "PENDING":
                self._cameroon.finish_later(order)

    def reset(self) -> None:
        self._state.clear()

    def _run(self, call: Call) -> Response:
        with self._world.lock:
            self._publisher.sent = []
            try:
                told = call.route.handler(call)
            except OrangeError as refusal:
                return _json(refusal.body, status=refusal.status)
            sent = self._publisher.sent
        status = 201 if call.route.path.startswith("/orange-money-webpay") else 200
        response = _json(told, status=status, executed=True)
        response.sent = list(sent)
        return response

    # --- Routes ------------------------------------------------------------------------------------------------------

    def _token_routes(self) -> list[Route]:
        grants = {
            "/oauth/v3/token": self._door.webpay_token,
            "/oauth/v2/token": self._door.webpay_token,
            "/token": self._door.cameroon_token,
            "/oauth/v1/token": self._door.sonatel_token,
            "/oauth/token": self._door.sonatel_token,
        }
        return [Route("POST", path, "token", _granting(grant), "token") for path, grant in grants.items()]

    def _webpay_routes(self) -> list[Route]:
        def create(account: Account, call: Call) -> Json:
            prefix = call.path.get("country", "")
            return self._webpay.create(account, call.form, prefix=prefix, request=call.request)

        def status(account: Account, call: Call) -> Json:
            return self._webpay.status(account, call.form)

        root = "/orange-money-webpay"
        return [
            Route("POST", f"{root}{country}/v1/{path}", operation, self._signed_in(work, webpay.refused_token))
            for country in ("/{country}", "")
            for path, operation, work in (("webpayment", "create", create), ("transactionstatus", "status", status))
        ]

    def _cameroon_routes(self) -> list[Route]:
        def with_user(work: Work) -> Work:
            def checked(account: Account, call: Call) -> Any:
                self._cameroon.check_user(account, call.request)
                return work(account, call)

            return checked

        def steps(product: str, operation: str) -> list[tuple[str, str, str, Work]]:
            api = self._cameroon
            return [
                ("POST", f"{product}/init", "init", lambda account, _call: api.init(account, product=product)),
                (
                    "POST",
                    f"{product}/pay",
                    operation,
                    lambda account, call: api.pay(account, call.form, product=product),
                ),
                (
                    "GET",
                    f"{product}/paymentstatus/{{id}}",
                    f"{operation}_status",
                    lambda account, call: api.status(account, call.path["id"], product=product),
                ),
            ]

        push: Work = lambda account, call: self._cameroon.push(account, call.path["id"])  # noqa: E731
        routes = [*steps("mp", "pay"), *steps("cashin", "cash_in"), ("GET", "mp/push/{id}", "push", push)]
        return [
            Route(
                method, f"/omcoreapis/1.0.2/{path}", operation, self._signed_in(with_user(work), _refused_in_cameroon)
            )
            for method, path, operation, work in routes
        ]

    def _sonatel_routes(self) -> list[Route]:
        api, wallet = self._sonatel, "/api/eWallet"
        works: list[tuple[str, str, str, Work]] = [
            ("POST", f"{wallet}/v4/qrcode", "qr_code", lambda a, c: api.qr_code(a, c.form, request=c.request)),
            ("POST", f"{wallet}/v1/payments/onestep", "one_step", lambda a, c: api.one_step(a, c.form)),
            ("POST", f"{wallet}/v1/cashins", "cash_in", lambda a, c: api.cash_in(a, c.form)),
            ("GET", f"{wallet}/v1/transactions", "find", lambda a, c: api.find(a, c.request.query_values())),
            ("GET", f"{wallet}/v1/transactions/{{id}}/status", "transaction", lambda a, c: api.status(a, c.path["id"])),
            ("POST", f"{wallet}/v1/account/retailer/balance", "balance", lambda a, c: api.balance(a, c.form)),
            ("GET", "/api/account/v1/publicKeys", "public_key", lambda _a, _c: api.public_keys()),
            ("POST", "/api/notification/v1/merchantcallback", "callback", lambda a, c: api.set_callback(a, c.form)),
        ]
        return [
            Route(method, path, operation, self._signed_in(work, sonatel.refused_token))
            for method, path, operation, work in works
        ]

    def _signed_in(self, work: Work, refusal: Callable[[], OrangeError]) -> Callable[[Call], Any]:
        def handle(call: Call) -> Any:
            account = self._door.bearer(call.request)
            if account is None or account.is_revoked:
                raise refusal()
            told = work(account, call)
            self._state.keep(account)
            return told

        return handle


def _granting(grant: Callable[[Request], Json]) -> Callable[[Call], Json]:
    return lambda call: grant(call.request)


def _refused_in_cameroon() -> OrangeError:
    return OrangeError(401, {"fault": {"code": 900901, "message": "Invalid Credentials"}})


def _json(told: Any, *, status: int, executed: bool = False) -> Response:
    return Response(status=status, body=orjson.dumps(told), executed=executed)

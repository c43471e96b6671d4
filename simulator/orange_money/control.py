"""The control API of the Orange Money dialect: accounts, and what payers, operators and time do, without a browser."""

from simulator.orange_money.cameroon import SUCCESS, Cameroon
from simulator.orange_money.sonatel import TRANSACTIONS, Sonatel
from simulator.orange_money.state import GATEWAY, Account, Order, State
from simulator.orange_money.webpay import WebPay
from simulator.routing import PageHandler, Route
from simulator.wire import Json, NotHere, Request, Response, json_response

_STATUSES = frozenset({"SUCCESS", "FAILED", "PENDING", "EXPIRED", "CANCELLED"})


class Control:
    def __init__(self, state: State, *, webpay: WebPay, cameroon: Cameroon, sonatel: Sonatel) -> None:
        self._state = state
        self._webpay = webpay
        self._cameroon = cameroon
        self._sonatel = sonatel

    def routes(self) -> list[Route]:
        def route(method: str, path: str, handler: PageHandler) -> Route:
            return Route(method=method, path=f"/{GATEWAY}{path}", operation="control", handler=handler)

        return [
            route("GET", "/accounts", self.list_accounts),
            route("POST", "/accounts", self.register),
            route("GET", "/orders", self.list_orders),
            route("POST", "/orders/{id}/end", self.end),
            route("POST", "/orders/{id}/reason", self.set_reason),
            route("POST", "/orders/{id}/age", self.age),
            route("POST", "/forget_tokens", self.forget_tokens),
        ]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._state.world.lock:
            return json_response([_account_shape(account) for account in self._state.accounts.values()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """Make an account known, or change it: {"client_id", "client_secret", "name", "revoked", "float", "settings"}.

        `settings` are values the API compares: merchant_key, api_username, api_password, channel_msisdn, pin,
        merchant_code, partner_msisdn; and where Sonatel's callbacks go and how they are signed: callback_url,
        callback_api_key, api_key_in (header or body).
        """
        wanted = request.json()
        client_id = str(wanted.get("client_id", ""))
        if not client_id:
            raise ValueError("client_id is missing.")
        with self._state.world.lock:
            account = self._state.open_account(client_id, secret=str(wanted.get("client_secret", "")))
            account.secret = str(wanted.get("client_secret", account.secret))
            account.name = str(wanted.get("name", account.name))
            account.is_revoked = bool(wanted.get("revoked", account.is_revoked))
            account.float_amount = int(wanted.get("float", account.float_amount))
            account.settings |= {name: str(value) for name, value in (wanted.get("settings") or {}).items()}
            self._state.keep(account)
            return json_response(_account_shape(account))

    def list_orders(self, request: Request, _path: dict[str, str]) -> Response:
        """?reference= : what stands under one reference or order number, newest first."""
        wanted = request.query_values().get("reference", "")
        with self._state.world.lock:
            orders = [order for order in self._state.orders.values() if not wanted or wanted in order.references]
            return json_response([_order_shape(order) for order in orders[::-1]])

    def end(self, request: Request, path: dict[str, str]) -> Response:
        """It ends so, whatever the payer typed: {"status": "SUCCESS"} or FAILED, PENDING, EXPIRED, CANCELLED."""
        status = str(request.json().get("status", ""))
        if status not in _STATUSES:
            raise ValueError(f"status must be one of {', '.join(sorted(_STATUSES))}.")
        with self._state.world.lock:
            order = self._find(path["id"])
            self._settle(order, status=status)
            return json_response(_order_shape(order))

    def set_reason(self, request: Request, path: dict[str, str]) -> Response:
        """Cameroon's refusal code that the status tells from now on: {"code": "60019"}."""
        with self._state.world.lock:
            order = self._find(path["id"])
            order.reason = str(request.json().get("code", ""))
            self._state.keep(order)
            return json_response(_order_shape(order))

    def age(self, request: Request, path: dict[str, str]) -> Response:
        """As though it had been made {"seconds"} earlier."""
        with self._state.world.lock:
            order = self._find(path["id"])
            order.created -= int(request.json().get("seconds", 0))
            self._state.keep(order)
            return json_response(_order_shape(order))

    def forget_tokens(self, _request: Request, _path: dict[str, str]) -> Response:
        """Every access token has run out, earlier than it said."""
        with self._state.world.lock:
            for token in self._state.tokens.values():
                token.until = 0
                self._state.keep(token)
            return json_response({"forgotten": len(self._state.tokens)})

    def _settle(self, order: Order, *, status: str) -> None:
        match order.product:
            case "webpay":
                self._webpay.settle(order, status=status)
            case "qrcode":
                self._sonatel.pay_qr(order, number="770000001", status=status)
            case product if product in TRANSACTIONS:
                self._sonatel.settle(order, status=status)
            case _:
                self._cameroon.settle(order, status=SUCCESS if status == "SUCCESS" else status, reason=order.reason)

    def _find(self, key: str) -> Order:
        """By its own id, or the newest that stands under a reference."""
        named = [order for order in self._state.orders.values() if key in order.references]
        order = self._state.orders.get(key) or (named[-1] if named else None)
        if order is None:
            raise NotHere(f"There is no order {key}.")
        return order


def _account_shape(account: Account) -> Json:
    return {
        "client_id": account.id,
        "name": account.name,
        "revoked": account.is_revoked,
        "float": account.float_amount,
        "settings": sorted(account.settings),
    }


def _order_shape(order: Order) -> Json:
    return {
        "id": order.id,
        "product": order.product,
        "order_id": order.order_id,
        "reference": order.reference,
        "amount": order.amount,
        "currency": order.currency,
        "status": order.status,
    }

"""WebPay: create an order with a page, ask its status, and what the payer does on the page."""

from typing import Any

from simulator.orange_money.news import Publisher
from simulator.orange_money.payers import fate_of
from simulator.orange_money.state import Account, OrangeError, Order, State
from simulator.wire import Json, Request

_TEXTS = ("merchant_key", "currency", "order_id", "return_url", "cancel_url", "notif_url", "lang")
_ADDRESSES = ("return_url", "cancel_url", "notif_url")
_ADDRESS_MAX, _TEXT_MAX = 120, 30


def error(status: int, code: int, message: str, description: str = "") -> OrangeError:
    return OrangeError(status, {"code": code, "message": message, "description": description or message})


def refused_token() -> OrangeError:
    return error(401, 42, "Expired credentials", "The requested service needs credentials, and they are not valid.")


class WebPay:
    def __init__(self, state: State, publisher: Publisher) -> None:
        self._state = state
        self._publisher = publisher

    def create(self, account: Account, body: Json, *, prefix: str, request: Request) -> Json:
        _check_order(body)
        if not account.agrees("merchant_key", body["merchant_key"]):
            raise error(400, 22, "Invalid body field", "merchant_key is not known.")
        is_sandbox = prefix == "dev"
        if is_sandbox is not (body["currency"] == "OUV"):
            raise error(400, 22, "Invalid body field", "The sandbox takes OUV, a country takes its own currency.")
        if any(order.order_id == body["order_id"] for order in self._state.orders_of(account, "webpay")):
            raise error(400, 1204, "Order already processed", "This order_id was used before.")
        token = self._state.world.token
        order = Order(
            id=f"v1{token(length=40)}",
            account=account.id,
            product="webpay",
            order_id=body["order_id"],
            amount=body["amount"],
            currency=body["currency"],
            status="INITIATED",
            created=self._state.world.now(),
            notif_token=token(length=32),
            **{name: body[name] for name in _ADDRESSES},
        )
        self._state.keep(order)
        return {
            "status": 201,
            "message": "OK",
            "pay_token": order.id,
            "payment_url": f"{request.base_url}/pay/orange_money/webpay/{order.id}",
            "notif_token": order.notif_token,
        }

    def status(self, account: Account, body: Json) -> Json:
        for name in ("order_id", "amount", "pay_token"):
            if name not in body:
                raise error(400, 23, "Missing body field", name)
        order = self._state.orders.get(str(body["pay_token"]))
        is_known = (
            order is not None
            and order.account == account.id
            and order.order_id == body["order_id"]
            and order.amount == _whole(body["amount"])
        )
        if order is None or not is_known:
            raise error(404, 60, "Resource not found", "There is no such order.")
        return {"status": order.status, "order_id": order.order_id, "txnid": order.txnid or None}

    def confirm(self, order: Order, *, number: str, code: str) -> None:
        """The payer typed number and code on the page. A page past its life only says so."""
        if order.status != "INITIATED":
            return
        if self._state.world.now() - order.created > order.valid_seconds:
            order.status = "EXPIRED"
            self._state.keep(order)
            return
        self.settle(order, status=fate_of(number, code=code).status)

    def settle(self, order: Order, *, status: str) -> None:
        order.status = status
        if status in ("PENDING", "SUCCESS", "FAILED"):
            order.txnid = order.txnid or f"MP{self._state.world.token(length=14)}"
        self._state.keep(order)
        if status in ("SUCCESS", "FAILED"):
            self._publisher.webpay(order)


def _check_order(body: Json) -> None:
    for name in (*_TEXTS, "amount"):
        if body.get(name) in (None, ""):
            raise error(400, 23, "Missing body field", name)
    _whole(body["amount"])
    for name in (*_TEXTS, *(["reference"] if "reference" in body else [])):
        longest = _ADDRESS_MAX if name in _ADDRESSES else _TEXT_MAX
        if not isinstance(body[name], str) or (len(body[name]) > longest and name != "merchant_key"):
            raise error(400, 22, "Invalid body field", name)
    for name in _ADDRESSES:
        if not body[name].startswith(("http://", "https://")):
            raise error(400, 22, "Invalid body field", name)


def _whole(amount: Any) -> int:
    """A text is refused, as the real one does; floats of other shops are taken when they are whole."""
    if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount != int(amount) or amount <= 0:
        raise error(400, 22, "Invalid body field", "amount")
    return int(amount)

"""Cameroon's API 1.0.2: a payToken, a pay call that prompts a phone or fills a wallet, and the status."""

import base64

from simulator.orange_money.news import Publisher
from simulator.orange_money.payers import Fate, fate_of
from simulator.orange_money.state import Account, OrangeError, Order, State
from simulator.wire import Json, Request

_FIELDS = ("notifUrl", "channelUserMsisdn", "amount", "subscriberMsisdn", "pin", "orderId", "description", "payToken")
_NUMBER_LENGTH = 9
# A cash-in is done by itself after a moment.
CASH_IN_SECONDS = 2.0
_PROMPT_SECONDS = 900
SUCCESS = "SUCCESSFULL"


class Cameroon:
    def __init__(self, state: State, publisher: Publisher) -> None:
        self._state = state
        self._publisher = publisher

    def check_user(self, account: Account, request: Request) -> None:
        """The second lock of this API: user and password in one header."""
        wanted = request.headers.get("x-auth-token", "")
        known = ":".join((account.settings.get("api_username", ""), account.settings.get("api_password", "")))
        expected = base64.b64encode(known.encode()).decode() if known != ":" else wanted
        if not wanted or not account.agrees("x_auth_token", expected) or wanted != expected:
            raise OrangeError(401, {"message": "Unauthorized", "data": None})

    def init(self, account: Account, *, product: str) -> Json:
        order = Order(
            id=f"MP{self._state.world.token(length=20)}",
            account=account.id,
            product=product,
            order_id="",
            amount=0,
            currency="XAF",
            status="INITIALIZED",
            created=self._state.world.now(),
            valid_seconds=_PROMPT_SECONDS,
        )
        self._state.keep(order)
        return {"message": "Payment request successfully initiated", "data": {"payToken": order.id}}

    def pay(self, account: Account, body: Json, *, product: str) -> Json:
        for name in _FIELDS:
            if not isinstance(body.get(name), str) or not body[name]:
                raise OrangeError(400, {"message": f"{name} is missing or not a text", "data": None})
        order = self._fresh(account, body["payToken"], product=product)
        order.order_id, order.notif_url = body["orderId"], body["notifUrl"]
        order.payer, order.amount = body["subscriberMsisdn"], _whole(body["amount"])
        refusal = self._refusal(account, body, product=product)
        if refusal:
            order.status, order.reason = "FAILED", refusal.cameroon
            self._state.keep(order)
            if order.payer.endswith("0417"):
                raise OrangeError(417, _shape(order, message=f"{refusal.cameroon} : refused"))
            return _shape(order, message="The transaction could not be initiated")
        order.status, order.txnid = "PENDING", f"MP{self._state.world.token(length=14)}"
        self._state.keep(order)
        if product == "cashin" and fate_of(order.payer).status != "PENDING":
            self.finish_later(order)
        return _shape(order, message="The transaction was initiated")

    def status(self, account: Account, pay_token: str, *, product: str) -> Json:
        order = self._find(account, pay_token, product=product)
        if (
            order.status == "PENDING"
            and product == "mp"
            and self._state.world.now() - order.created > order.valid_seconds
        ):
            self.settle(order, status="EXPIRED")
        return _shape(order, message="Transaction retrieved successfully")

    def push(self, account: Account, pay_token: str) -> Json:
        """Ring the phone once more."""
        return _shape(self._find(account, pay_token, product="mp"), message="Push sent to customer")

    def confirm(self, order: Order, *, code: str) -> None:
        if order.status != "PENDING":
            return
        fate = fate_of(order.payer, code=code)
        self.settle(order, status=SUCCESS if fate.status == "SUCCESS" else fate.status, reason=fate.cameroon)

    def settle(self, order: Order, *, status: str, reason: str = "") -> None:
        account = self._state.accounts[order.account]
        if order.product == "cashin" and status == SUCCESS and order.status != SUCCESS:
            account.float_amount -= order.amount
            self._state.keep(account)
        order.status, order.reason = status, reason
        self._state.keep(order)
        if status != "PENDING":
            self._publisher.cameroon(order)

    def finish_later(self, order: Order) -> None:
        def finish() -> None:
            with self._state.world.lock:
                if order.status == "PENDING" and order.id in self._state.orders:
                    self.settle(order, status=SUCCESS)

        self._state.world.timers.add(finish, delay_seconds=CASH_IN_SECONDS)

    def _refusal(self, account: Account, body: Json, *, product: str) -> Fate | None:
        if not account.agrees("channel_msisdn", body["channelUserMsisdn"]) or not account.agrees("pin", body["pin"]):
            return Fate("FAILED", "08000")
        if len(body["subscriberMsisdn"]) != _NUMBER_LENGTH or not body["subscriberMsisdn"].startswith("6"):
            return Fate("FAILED", "0066111")
        if product == "cashin" and _whole(body["amount"]) > account.float_amount:
            return Fate("FAILED", "60019")
        fate = fate_of(body["subscriberMsisdn"])
        return fate if fate.status == "FAILED" else None

    def _fresh(self, account: Account, pay_token: str, *, product: str) -> Order:
        order = self._find(account, pay_token, product=product)
        if order.status != "INITIALIZED":
            raise OrangeError(422, _shape(order, message="The payToken was used before"))
        return order

    def _find(self, account: Account, pay_token: str, *, product: str) -> Order:
        order = self._state.orders.get(pay_token)
        if order is None or order.account != account.id or order.product != product:
            raise OrangeError(404, {"message": "payToken not found", "data": None})
        return order


def _shape(order: Order, *, message: str) -> Json:
    told = order.reason or "200"
    data = {
        "status": order.status,
        "payToken": order.id,
        "txnid": order.txnid or None,
        "amount": order.amount,
        "subscriberMsisdn": order.payer,
        "inittxnstatus": told,
        "confirmtxnstatus": "200" if order.status == SUCCESS else None,
        "confirmtxnmessage": None,
    }
    if order.product == "cashin":
        data["txnstatus"] = told
    return {"message": message, "data": data}


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) <= 0:
        raise OrangeError(400, {"message": "amount is not a whole number", "data": None})
    return int(text)

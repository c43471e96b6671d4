"""The calls of MTN's interface: tokens, requests to pay, transfers, refunds, purses and whether a number is active."""

import time

from simulator.gateway import Call
from simulator.mtn_momo import magic
from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.checks import (
    Order,
    account_of,
    basic_pair,
    body_of,
    callback_url_of,
    order_in,
    reference_id_of,
    signed_in,
)
from simulator.mtn_momo.errors import at_the_door, bad_request, refused
from simulator.mtn_momo.settling import Settling
from simulator.mtn_momo.state import (
    COLLECTION,
    DISBURSEMENT,
    PRODUCTS,
    REFUND,
    REQUEST_TO_PAY,
    TRANSFER,
    AccountRecord,
    Token,
    Transaction,
    transaction_shape,
    written,
)
from simulator.routing import Handler, Route
from simulator.wire import Response, json_response
from simulator.world import World

TOKEN_SECONDS = 3600
SLOW_SECONDS = 2
# Seen with such characters in a note: accepted, and then not known any more.
_LOSING_CHARACTERS = frozenset("'&<>\"")
_OVERVIEW = {
    REQUEST_TO_PAY: (COLLECTION, "payer"),
    TRANSFER: (DISBURSEMENT, "payee"),
    REFUND: (DISBURSEMENT, ""),
}


class Api:
    """Handlers take the call with the world's lock held and answer, or raise MomoError."""

    def __init__(self, *, world: World, accounts: Accounts, settling: Settling) -> None:
        self._world = world
        self._accounts = accounts
        self._settling = settling

    def routes(self) -> list[Route]:
        def route(method: str, path: str, operation: str, handler: Handler, details: object = None) -> Route:
            return Route(method=method, path=path, operation=operation, handler=handler, details=details)

        created = {REQUEST_TO_PAY: "create", TRANSFER: "transfer", REFUND: "refund"}
        read = {REQUEST_TO_PAY: "retrieve", TRANSFER: "retrieve_transfer", REFUND: "retrieve_refund"}
        routes = []
        for kind, (product, _) in _OVERVIEW.items():
            path = f"/{product}/v1_0/{kind}"
            routes.append(route("POST", path, created[kind], self.create, kind))
            routes.append(route("GET", f"{path}/{{reference}}", read[kind], self.retrieve, kind))
        routes.append(route("POST", f"/{DISBURSEMENT}/v2_0/{REFUND}", "refund", self.create, REFUND))
        for product in PRODUCTS:
            purse = f"/{product}/v1_0/account/balance"
            holder = f"/{product}/v1_0/accountholder/msisdn/{{number}}/active"
            routes.append(route("POST", f"/{product}/token", "token", self.token, product))
            routes.append(route("GET", purse, "balance", self.balance, product))
            routes.append(route("GET", f"{purse}/{{currency}}", "balance", self.balance, product))
            routes.append(route("GET", holder, "active", self.is_active, product))
        return routes

    def token(self, call: Call) -> Response:
        request, product = call.request, str(call.route.details)
        if not request.path.endswith("/"):
            raise at_the_door(404, "Resource not found")
        account = account_of(request, self._accounts, product=product)
        environment = request.headers.get("x-target-environment", "")
        if request.body or (account.platform == "new" and not environment):
            raise bad_request()
        name, secret = basic_pair(request)
        user = self._accounts.user(account, name)
        if user is None or not user.secret or user.secret != secret or user.account != account.id or account.is_revoked:
            raise at_the_door(401, "The user or its key is not known here.")
        if environment not in ("", account.environment):
            raise refused("NOT_ALLOWED_TARGET_ENVIRONMENT")
        text = self._world.token(length=64)
        self._accounts.keep_token(text, Token(account.id, product, time.time() + TOKEN_SECONDS))
        return json_response({"access_token": text, "token_type": "access_token", "expires_in": TOKEN_SECONDS})

    def create(self, call: Call) -> Response:
        kind = str(call.route.details)
        product, party = _OVERVIEW[kind]
        account = signed_in(call, self._accounts, product=product)
        reference_id = reference_id_of(call.request)
        if self._accounts.find(account, reference_id) is not None:
            raise refused("RESOURCE_ALREADY_EXIST")
        callback_url = callback_url_of(call.request, account)
        order = order_in(body_of(call.request), account, party=party)
        ending = self._ending(kind, order, account)
        if ending is not None and ending.startswith("!"):
            raise refused(ending[1:])
        if kind == REFUND and ending is None:
            self._check_refund(order, account)
        transaction = Transaction(
            id=reference_id,
            kind=kind,
            account=account.id,
            platform=account.platform,
            amount=order.amount,
            currency=order.currency,
            created=self._world.now(),
            external_id=order.external_id,
            party_type=order.party_type or "MSISDN",
            party=order.party or self._payer_of(order, account),
            payer_message=order.payer_message,
            payee_note=order.payee_note,
            callback_url=callback_url,
            about=order.about,
            is_lost=bool(_LOSING_CHARACTERS & set(order.payer_message + order.payee_note)),
        )
        self._accounts.keep(transaction)
        response = Response(status=202, executed=True)
        if not transaction.is_lost:
            response.sent = list(self._start(transaction, account=account, ending=ending))
        return response

    def retrieve(self, call: Call) -> Response:
        kind = str(call.route.details)
        account = signed_in(call, self._accounts, product=_OVERVIEW[kind][0])
        transaction = self._accounts.find(account, call.path["reference"].lower())
        is_there = transaction is not None and transaction.kind == kind and transaction.account == account.id
        if transaction is None or not is_there or transaction.is_lost:
            raise refused("RESOURCE_NOT_FOUND")
        return json_response(transaction_shape(transaction))

    def balance(self, call: Call) -> Response:
        product = str(call.route.details)
        account = signed_in(call, self._accounts, product=product)
        currency = call.path.get("currency", account.currencies[0])
        if currency not in account.currencies:
            raise refused("INVALID_CURRENCY")
        held = account.purses.get(product, {}).get(currency, 0)
        return json_response({"availableBalance": written(held, currency=currency), "currency": currency})

    def is_active(self, call: Call) -> Response:
        account = signed_in(call, self._accounts, product=str(call.route.details))
        told = magic.of_number(call.path["number"], magic.HOLDERS) if account.is_sandbox else None
        if told is not None and told.startswith("!"):
            raise refused(told[1:])
        return json_response({"result": told is None})

    def _ending(self, kind: str, order: Order, account: AccountRecord) -> str | None:
        """What the sandbox's tables say of the number, or of what is to be refunded; None where they say nothing."""
        if not account.is_sandbox:
            return None
        if kind == REFUND:
            return magic.REFUNDS.get(order.about)
        return magic.of_number(order.party, magic.REQUESTS_TO_PAY if kind == REQUEST_TO_PAY else magic.TRANSFERS)

    def _start(self, transaction: Transaction, *, account: AccountRecord, ending: str | None) -> list[object]:
        """Set going what was accepted. What ends at once is told at once, by callback."""
        is_request = transaction.kind == REQUEST_TO_PAY
        if ending == magic.ONGOING:
            if account.slow_numbers == "succeed":
                self._settling.end_later(transaction, status="SUCCESSFUL", seconds=SLOW_SECONDS)
        elif ending is not None:
            return list(self._settling.end(transaction, status="FAILED", reason=ending))
        elif is_request and account.is_sandbox and account.unlisted_numbers == "succeed":
            return list(self._settling.end(transaction, status="SUCCESSFUL"))
        elif is_request:
            self._settling.end_later(transaction, status="FAILED", reason="EXPIRED", seconds=account.prompt_seconds)
        elif account.settle_seconds is not None:
            self._settling.end_later(transaction, status="SUCCESSFUL", seconds=account.settle_seconds)
        return []

    def _check_refund(self, order: Order, account: AccountRecord) -> None:
        """What MTN does with more than was paid is not published; here it is refused at once."""
        paid = self._accounts.find(account, order.about.lower())
        if paid is None or paid.account != account.id or paid.kind != REQUEST_TO_PAY:
            raise refused("RESOURCE_NOT_FOUND")
        back = sum(
            each.amount
            for each in self._accounts.of_account(account)
            if each.kind == REFUND and each.about.lower() == paid.id and each.status != "FAILED"
        )
        if not account.refunds or paid.status != "SUCCESSFUL" or back + order.amount > paid.amount:
            raise refused("NOT_ALLOWED")

    def _payer_of(self, order: Order, account: AccountRecord) -> str:
        paid = self._accounts.find(account, order.about.lower())
        return paid.party if paid is not None else ""

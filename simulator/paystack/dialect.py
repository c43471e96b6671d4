"""The Paystack gateway of the simulator: key, fields, then the call; and what its faults look like."""

import time
from collections.abc import Sequence

import orjson

from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.paystack import books, errors
from simulator.paystack.accounts import KEY_PREFIX, Accounts
from simulator.paystack.api import Api
from simulator.paystack.api_out import ApiOut
from simulator.paystack.control import Control
from simulator.paystack.errors import PaystackError
from simulator.paystack.events import Publisher
from simulator.paystack.lies import distorted
from simulator.paystack.pages import Pages
from simulator.paystack.params import Context, fields_of
from simulator.paystack.state import Account
from simulator.paystack.till import Till
from simulator.routing import Route
from simulator.wire import Json, Request, Response
from simulator.world import World

_CREATED = frozenset({"recipient"})


class Paystack:
    name = "paystack"
    title = "Paystack"

    def __init__(self, world: World) -> None:
        self._world = world
        self.accounts = Accounts(world)
        self._publisher = Publisher(world=world, accounts=self.accounts)
        self._till = Till(world=world, accounts=self.accounts, publisher=self._publisher)
        self._api = Api(world=world, accounts=self.accounts, till=self._till)
        self._api_out = ApiOut(world=world, accounts=self.accounts, till=self._till)
        self._pages = Pages(world=world, accounts=self.accounts, till=self._till)
        self._control = Control(world=world, accounts=self.accounts, till=self._till)

    def api_routes(self) -> Sequence[Route]:
        return [*self._api.routes(), *self._api_out.routes()]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        try:
            form = fields_of(request) if request.method in ("POST", "PUT") else dict(request.query_values())
        except ValueError:
            form = {"": "malformed"}
        # A refund bears the merchant's reference in its note; nothing else of it does.
        reference = str(path.get("reference") or form.get("reference") or form.get("merchant_note") or "")
        return Call(
            gateway=self.name,
            route=route,
            request=request,
            path=path,
            account=_key_of(request),
            reference=reference,
            payment=str(form.get("transaction") or reference),
            references=frozenset({reference}) if reference else frozenset(),
            form=form,
        )

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        if hold_seconds:
            time.sleep(hold_seconds)
        with self._world.lock:
            self._publisher.sent = []
            try:
                response = self._perform(call)
            except PaystackError as refused:
                return _refused(refused)
            response.sent = list(self._publisher.sent)
            return response

    def break_down(self, call: Call, *, executed: bool) -> Response:
        if executed:
            self.execute(call)
        response = _refused(errors.broken())
        response.executed = executed
        return response

    def refuse(self, status: int) -> Response:
        response = _refused(errors.refusal(status))
        if status == 429:
            response.headers = (
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1"),
            )
        return response

    def not_found(self, request: Request) -> Response:
        return _refused(errors.not_found(f"Endpoint {request.path}"))

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(account) for account in self.accounts.all()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        newest = list(self.accounts.pages.values())[-limit:][::-1]
        return [books.line(transaction) for transaction in newest]

    def restore(self, *, kind: str, record: Json) -> None:
        self.accounts.restore(kind=kind, record=record)

    def resume(self) -> None:
        for account in self.accounts.all():
            self._publisher.resume(account)
            for refund in account.refunds.values():
                if refund.status == "pending" and account.record.refund_seconds is not None:
                    self._till.finish_refund_later(refund, seconds=account.record.refund_seconds)

    def reset(self) -> None:
        self.accounts.clear()

    def _perform(self, call: Call) -> Response:
        account = self._authenticate(call)
        if "" in call.form:
            raise errors.invalid("The body is not JSON")
        query = dict(call.request.query_values())
        context = Context(account, call.form, query, call.path, base_url=call.request.base_url)
        message, data, meta = call.route.handler(context)
        body: Json = {"status": True, "message": message}
        # Some answers of Paystack carry no data at all.
        body |= {name: value for name, value in (("data", data), ("meta", meta)) if value is not None}
        status = 201 if call.route.operation in _CREATED else 200
        return Response(status=status, body=orjson.dumps(body), executed=True)

    def _authenticate(self, call: Call) -> Account:
        if not call.account.startswith(KEY_PREFIX):
            raise errors.wrong_key()
        account = self.accounts.open(call.account)
        if account.record.is_revoked:
            raise errors.wrong_key()
        return account


def _refused(error: PaystackError) -> Response:
    return Response(status=error.status, body=orjson.dumps(error.body))


def _key_of(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""

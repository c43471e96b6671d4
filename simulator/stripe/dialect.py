"""The Stripe gateway of the simulator: key, idempotency, parameters, then the call; and what its faults look like."""

import base64
import binascii
import time
from collections.abc import Sequence

import orjson

from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.routing import Route
from simulator.stripe import books, errors, idempotency
from simulator.stripe.accounts import KEY_PREFIXES, Accounts
from simulator.stripe.api import Api, checked
from simulator.stripe.cards import CARDS
from simulator.stripe.charging import Charging
from simulator.stripe.context import Context
from simulator.stripe.control import Control
from simulator.stripe.disputes import Disputes
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.intents import Intents
from simulator.stripe.lies import distorted
from simulator.stripe.money_api import MoneyApi
from simulator.stripe.money_control import MoneyControl
from simulator.stripe.pages import Pages
from simulator.stripe.params import check, parse_tree
from simulator.stripe.payouts import Payouts
from simulator.stripe.refunds import Refunds
from simulator.stripe.state import Account, StoredAnswer, reference_of
from simulator.stripe.till import Till
from simulator.wire import Json, Request, Response
from simulator.world import World


class Stripe:
    name = "stripe"
    title = "Stripe"

    def __init__(self, world: World) -> None:
        self._world = world
        self.accounts = Accounts(world)
        self._publisher = Publisher(world=world, accounts=self.accounts)
        till = Till(world=world, accounts=self.accounts)
        self._charging = Charging(world=world, accounts=self.accounts, publisher=self._publisher, till=till)
        disputes = Disputes(world=world, accounts=self.accounts, publisher=self._publisher, till=till)
        refunds = Refunds(world=world, accounts=self.accounts, publisher=self._publisher, till=till)
        payouts = Payouts(world=world, accounts=self.accounts, publisher=self._publisher, till=till)
        self._charging.after_success = disputes.of_card
        self.intents = Intents(world=world, accounts=self.accounts, publisher=self._publisher, charging=self._charging)
        self._api = Api(world=world, accounts=self.accounts, intents=self.intents)
        self._money_api = MoneyApi(world=world, accounts=self.accounts, refunds=refunds, payouts=payouts)
        self._money_control = MoneyControl(
            world=world, accounts=self.accounts, refunds=refunds, disputes=disputes, payouts=payouts
        )
        self._pages = Pages(world=world, accounts=self.accounts, intents=self.intents)
        self._control = Control(
            world=world, accounts=self.accounts, intents=self.intents, api=self._api, publisher=self._publisher
        )

    def api_routes(self) -> Sequence[Route]:
        return [*self._api.routes(), *self._money_api.routes()]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return [*self._control.routes(), *self._money_control.routes()]

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        call = Call(
            gateway=self.name,
            route=route,
            request=request,
            path=path,
            account=_key_of(request),
            payment=path.get("intent", ""),
            idempotency_key=request.headers.get("idempotency-key", "") if request.method == "POST" else "",
        )
        try:
            call.form = parse_tree(
                request.query if request.method != "POST" else request.body.decode("utf-8", "replace")
            )
        except (StripeError, ValueError):
            call.form = {"": "malformed"}
        intent = self.accounts.intents.get(call.payment)
        metadata = intent.metadata if intent is not None else call.form.get("metadata")
        if isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values()):
            call.references = frozenset(metadata.values())
            call.reference = reference_of(metadata)
        return call

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        return self._run(call, hold_seconds=hold_seconds)

    def break_down(self, call: Call, *, executed: bool) -> Response:
        return self._run(call, breaks=True, skips=not executed)

    def refuse(self, status: int) -> Response:
        return _refused(errors.refusal(status), request_id=self._request_id())

    def not_found(self, request: Request) -> Response:
        error = StripeError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404, began=False)
        return _refused(error, request_id=self._request_id())

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(account) for account in self.accounts.all()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        newest = list(self.accounts.intents.values())[-limit:][::-1]
        return [books.line(intent) for intent in newest]

    def restore(self, *, kind: str, record: Json) -> None:
        self.accounts.restore(kind=kind, record=record)

    def resume(self) -> None:
        for account in self.accounts.all():
            self._publisher.resume(account)
            for charge in account.charges.values():
                intent = account.intents[charge.intent]
                if charge.captured and charge.balance_transaction is None:
                    self._charging.settle_later(charge)
                elif charge.status == "pending":
                    self._charging.settle_debit_later(intent, card=CARDS[charge.card])

    def reset(self) -> None:
        self.accounts.clear()

    def _request_id(self) -> str:
        return f"req_{self._world.token(length=14)}"

    def _run(self, call: Call, *, hold_seconds: float = 0.0, breaks: bool = False, skips: bool = False) -> Response:
        """One call from key to answer. `breaks` answers 500 afterwards, `skips` leaves the work itself out."""
        request_id = self._request_id()
        slot: StoredAnswer | None = None
        account: Account | None = None
        try:
            with self._world.lock:
                account = self._authenticate(call)
                slot, is_known = self._slot(call, account=account, request_id=request_id)
            if slot is not None and is_known:
                return _replay(slot, request_id=request_id)
            params = checked(call.route, check(call.form, call.route.details))
            if hold_seconds:
                time.sleep(hold_seconds)
        except StripeError as error:
            self._abandon(account, slot=slot)
            return _refused(error, request_id=request_id)
        cause = Cause(
            base_url=call.request.base_url, request_id=request_id, idempotency_key=call.idempotency_key or None
        )
        context = Context(account=account, params=params, path=call.path, cause=cause, now=self._world.now())
        with self._world.lock:
            try:
                response = self._perform(call, context=context, breaks=breaks, skips=skips)
            except Exception:
                # A mistake of the simulator itself must not leave the key in flight for ever.
                if slot is not None:
                    idempotency.abandon(account, slot=slot)
                raise
            if slot is not None:
                self._keep(slot, response=response)
        response.sent = list(cause.sent)
        response.headers = (("Request-Id", request_id), *response.headers)
        return response

    def _perform(self, call: Call, *, context: Context, breaks: bool, skips: bool) -> Response:
        error: StripeError | None = None
        response = Response(status=200, executed=not skips)
        if not skips:
            try:
                shape = call.route.handler(context)
                response.body = orjson.dumps(shape)
                call.payment = call.payment or _payment_in(shape)
            except StripeError as refusal:
                error = refusal
        if breaks:
            error = errors.broken()
        if error is not None:
            response.status, response.body = error.status, orjson.dumps({"error": error.error})
            response.executed = not skips and (breaks or error.status == 402)
            response.headers = _retry_advice(error.status)
        return response

    def _keep(self, slot: StoredAnswer, *, response: Response) -> None:
        try:
            idempotency.finish(self.accounts, slot=slot, status=response.status, body=response.body)
        except KeyError:
            # The whole state was reset while this call was under way; there is nothing left to keep it in.
            return

    def _authenticate(self, call: Call) -> Account:
        if not call.account:
            raise errors.no_key()
        if not call.account.startswith(KEY_PREFIXES):
            raise errors.wrong_key(call.account)
        account = self.accounts.open(call.account)
        if account.record.is_revoked:
            raise errors.wrong_key(call.account)
        return account

    def _slot(self, call: Call, *, account: Account, request_id: str) -> tuple[StoredAnswer | None, bool]:
        if not call.idempotency_key:
            return None, False
        mark = idempotency.fingerprint(method=call.request.method, path=call.request.path, form=call.form)
        return idempotency.begin(
            account, key=call.idempotency_key, fingerprint=mark, now=self._world.now(), request_id=request_id
        )

    def _abandon(self, account: Account | None, *, slot: StoredAnswer | None) -> None:
        if account is not None and slot is not None:
            with self._world.lock:
                idempotency.abandon(account, slot=slot)


def _replay(slot: StoredAnswer, *, request_id: str) -> Response:
    headers = (("Request-Id", request_id), ("Idempotent-Replayed", "true"), ("Original-Request", slot.request_id))
    return Response(
        status=slot.status, body=slot.body.encode(), headers=headers + _retry_advice(slot.status), replayed=True
    )


def _refused(error: StripeError, *, request_id: str) -> Response:
    headers = (("Request-Id", request_id), *_retry_advice(error.status))
    return Response(status=error.status, body=orjson.dumps({"error": error.error}), headers=headers)


def _retry_advice(status: int) -> tuple[tuple[str, str], ...]:
    if status == 409:
        return (("Stripe-Should-Retry", "true"),)
    if status == 429:
        return (("Retry-After", "1"), ("Stripe-Rate-Limited-Reason", "global-rate"))
    return (("Stripe-Should-Retry", "false"),) if status in (402, 500) else ()


def _key_of(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _payment_in(shape: Json) -> str:
    return str(shape["id"]) if shape.get("object") == "payment_intent" else ""

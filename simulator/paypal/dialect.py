"""The PayPal gateway of the simulator: token, request id, mocked errors, then the call; and what faults look like."""

import time
from collections.abc import Sequence

from simulator.faults import FaultKind
from simulator.gateway import Call, PaymentLine
from simulator.paypal import books
from simulator.paypal.api import Api, Work, raw_event
from simulator.paypal.certificates import PATH, Certificates
from simulator.paypal.control import Control
from simulator.paypal.errors import PayPalError, mocked, not_here
from simulator.paypal.events import Cause, Publisher
from simulator.paypal.ground import Context, Ground
from simulator.paypal.lies import distorted
from simulator.paypal.pages import Pages
from simulator.paypal.state import Account, Accounts, Record
from simulator.paypal.understanding import basic, least, mocked_code, references_in, references_told
from simulator.routing import Route
from simulator.wire import Json, Request, Response, json_response
from simulator.world import World

TOKEN_SECONDS = 32_400
_SCOPES = " ".join(
    f"https://uri.paypal.com/{scope}"
    for scope in ("services/payments/payment", "payments/payouts", "services/reporting/search/read")
)


class PayPal:
    name = "paypal"
    title = "PayPal"

    def __init__(self, world: World) -> None:
        self._world = world
        self.accounts = Accounts(world)
        self.certificates = Certificates(world)
        publisher = Publisher(world=world, accounts=self.accounts, certificates=self.certificates)
        self._ground = Ground(world, self.accounts, publisher, self.certificates)
        self._api = Api(self._ground)
        self._pages = Pages(self._ground, self._api.orders)
        self._control = Control(self._ground, self._api)
        # Calls under way by request id: the second of two at once is refused.
        self._in_flight: set[tuple[str, str, str]] = set()

    def api_routes(self) -> Sequence[Route]:
        token = Route(method="POST", path="/v1/oauth2/token", operation="token", handler=self._give_token)
        page = Route(method="GET", path=f"{PATH}/{{name}}", operation="certificate", handler=self._certificate)
        return [token, page, *self._api.routes()]

    def page_routes(self) -> Sequence[Route]:
        return self._pages.routes()

    def control_routes(self) -> Sequence[Route]:
        return self._control.routes()

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call:
        call = Call(gateway=self.name, route=route, request=request, path=path)
        call.idempotency_key = request.headers.get("paypal-request-id", "") if request.method == "POST" else ""
        if route.operation == "token":
            call.account = basic(request)[0]
            return call
        with self._world.lock:
            account = self._account_of(request)
            call.account = account.record.key if account is not None else ""
            call.payment = path.get("id", "")
            references = references_in(account, call.payment)
        try:
            call.form = request.json()
        except ValueError:
            call.form = {"": "malformed"}
        references += references_told(call.form)
        call.references = frozenset(references)
        call.reference = references[0] if references else ""
        return call

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        return self._run(call, hold_seconds=hold_seconds)

    def break_down(self, call: Call, *, executed: bool) -> Response:
        """500, with or without the work done; a key that did its work knows it."""
        response = self._run(call) if executed else Response(status=500)
        was_executed = executed and response.executed
        broken = self._refused(PayPalError(500))
        broken.executed, broken.sent = was_executed, response.sent
        return broken

    def refuse(self, status: int) -> Response:
        return self._refused(PayPalError(status))

    def not_found(self, request: Request) -> Response:
        return self._refused(not_here())

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        return distorted(body, lie=lie)

    def books(self) -> list[Json]:
        return [books.of(account, payments=self._api.payments) for account in self.accounts.all()]

    def recent_payments(self, *, limit: int) -> list[PaymentLine]:
        orders = [order for account in self.accounts.all() for order in account.of("order").values()]
        return [books.line(order) for order in sorted(orders, key=lambda order: -order.created)[:limit]]

    def restore(self, *, kind: str, record: Json) -> None:
        if kind == "certificate":
            self.certificates.restore(record)
        else:
            self.accounts.restore(kind=kind, record=record)

    def resume(self) -> None:
        for account in self.accounts.all():
            self._ground.publisher.resume(account)
            for batch in account.of("batch").values():
                if batch.hidden["status"] == "PENDING":
                    self._api.payouts.work_off_later(batch)

    def reset(self) -> None:
        self.accounts.clear()
        self.certificates.clear()

    # --- One call ----------------------------------------------------------------------------------------------------

    def _run(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        if not isinstance(call.route.details, Work):
            response = call.route.handler(call)
            return response if isinstance(response, Response) else self._refused(not_here())
        try:
            context, slot = self._begin(call)
        except PayPalError as error:
            return self._refused(error)
        try:
            if hold_seconds:
                time.sleep(hold_seconds)
            with self._world.lock:
                return self._perform(call, context=context, work=call.route.details)
        finally:
            self._in_flight.discard(slot)

    def _begin(self, call: Call) -> tuple[Context, tuple[str, str, str]]:
        """Who asks, and whether the same request is under way. Raises PayPalError."""
        with self._world.lock:
            account = self._account_of(call.request)
            if account is None:
                raise PayPalError(401)
            if "" in call.form:
                raise PayPalError(400, "MALFORMED_REQUEST_JSON")
            body = dict(call.form)
            if call.route.operation == "verify_webhook":
                body[""] = raw_event(call.request.body)
            cause = Cause(call.request.base_url)
            context = Context(account, body, call.path, call.request.query_values(), cause)
            slot = (account.record.key, call.request.path, call.idempotency_key)
            if call.idempotency_key:
                if slot in self._in_flight:
                    raise PayPalError(409, "PREVIOUS_REQUEST_IN_PROGRESS")
                self._in_flight.add(slot)
        return context, slot

    def _perform(self, call: Call, *, context: Context, work: Work) -> Response:
        key = f"{call.request.path} {call.idempotency_key}" if call.idempotency_key and work.key_seconds else ""
        known = context.account.of("key").get(key) if key else None
        try:
            if known is not None and known.created > self._world.now() - work.key_seconds:
                return self._again(known, context=context, work=work)
            if code := mocked_code(call.request):
                raise mocked(code)
            record = work.perform(context)
        except PayPalError as error:
            if key and error.is_kept:
                self.accounts.add(context.account, "key", key, refusal=error.shape("kept"), status=error.status)
            response = self._refused(error)
            response.sent = list(context.cause.sent)
            return response
        if key:
            self.accounts.add(context.account, "key", key, of=record.kind, id=record.id)
        call.payment = call.payment or record.id
        is_asked_whole = "return=representation" in call.request.headers.get("prefer", "")
        if call.route.operation == "void" and not is_asked_whole:
            response = Response(status=204)
        else:
            shown = work.show(record, context)
            response = json_response(
                shown if is_asked_whole else least(shown, method=call.request.method), status=work.status
            )
        response.executed = call.request.method == "POST"
        response.headers = self._headers()
        response.sent = list(context.cause.sent)
        return response

    def _again(self, known: Record, *, context: Context, work: Work) -> Response:
        """The latest state of what the key did first, not a stored copy."""
        if "refusal" in known.hidden:
            body = {**known.hidden["refusal"], "debug_id": self._debug_id()}
            response = json_response(body, status=known.hidden["status"])
        else:
            record = context.account.of(known.hidden["of"])[known.hidden["id"]]
            response = json_response(work.show(record, context))
        response.headers, response.replayed = self._headers(), True
        return response

    def _refused(self, error: PayPalError) -> Response:
        response = json_response(error.shape(self._debug_id()), status=error.status)
        response.headers = self._headers()
        return response

    def _debug_id(self) -> str:
        return self._world.token(length=13).lower()

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("PayPal-Debug-Id", self._debug_id()),)

    # --- Who asks ----------------------------------------------------------------------------------------------------

    def _give_token(self, call: Call) -> Response:
        key, secret = basic(call.request)
        grant = call.request.form_values().get("grant_type")
        with self._world.lock:
            account = self.accounts.open(key, secret=secret) if key and secret else None
            if account is None or account.record.secret != secret or account.record.is_revoked:
                said = {"error": "invalid_client", "error_description": "Client Authentication failed"}
                return json_response(said, status=401)
            if grant != "client_credentials":
                said = {"error": "unsupported_grant_type", "error_description": "Grant Type is NULL"}
                return json_response(said, status=400)
            token = f"A21AA{self._world.token(length=60)}"
            self.accounts.add(account, "token", token)
        shown = {
            "scope": _SCOPES,
            "access_token": token,
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": TOKEN_SECONDS,
            "nonce": str(self._world.now()),
        }
        response = json_response(shown)
        response.headers = self._headers()
        return response

    def _account_of(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = self.accounts.seek("token", token.strip()) if scheme == "Bearer" else None
        if found is None or found[0].record.is_revoked or found[1].created <= self._world.now() - TOKEN_SECONDS:
            return None
        return found[0]

    def _certificate(self, call: Call) -> Response:
        with self._world.lock:
            page = self.certificates.page(call.path["name"])
        if page is None:
            return self._refused(not_here())
        return Response(status=200, body=page, content_type="application/x-pem-file")

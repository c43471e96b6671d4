"""The control API of the Stripe dialect: accounts, and what a payer would do, driven without a browser."""

from collections.abc import Callable

from simulator.routing import PageHandler, Route
from simulator.stripe.accounts import KEY_PREFIXES, Accounts
from simulator.stripe.api import Api
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.intents import Intents
from simulator.stripe.objects import endpoint_shape, intent_shape
from simulator.stripe.state import Account, Intent
from simulator.wire import Json, NotHere, Request, Response, json_response
from simulator.world import World


class Control:
    def __init__(self, *, world: World, accounts: Accounts, intents: Intents, api: Api, publisher: Publisher) -> None:
        self._world = world
        self._accounts = accounts
        self._intents = intents
        self._api = api
        self._publisher = publisher

    def routes(self) -> list[Route]:
        def route(method: str, path: str, handler: PageHandler) -> Route:
            return Route(method=method, path=f"/stripe{path}", operation="control", handler=handler)

        one = "/payment_intents/{intent}"
        return [
            route("GET", "/accounts", self.list_accounts),
            route("POST", "/accounts", self.register),
            route("POST", f"{one}/pay", self.pay),
            route("POST", f"{one}/authenticate", self.authenticate),
            route("POST", f"{one}/settle", self.settle),
            route("POST", f"{one}/cancel", self.cancel),
            route("POST", "/events/{event}/send", self.send_event),
            route("POST", "/forget_keys", self.forget_keys),
        ]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([_account_shape(account) for account in self._accounts.all()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """Make an account known, or change it: {"secret_key", "webhook_url", "webhook_secret", "name", "revoked"}."""
        wanted = request.json()
        key = str(wanted.get("secret_key", ""))
        if not key.startswith(KEY_PREFIXES):
            raise ValueError("secret_key must begin with sk_test_ (or rk_test_).")
        with self._world.lock:
            account = self._accounts.open(key)
            account.record.name = str(wanted.get("name", account.record.name))
            account.record.is_revoked = bool(wanted.get("revoked", account.record.is_revoked))
            self._accounts.keep_account(account.record)
            if wanted.get("webhook_url"):
                self._set_endpoint(account, wanted=wanted)
            return json_response(_account_shape(account))

    def _set_endpoint(self, account: Account, *, wanted: Json) -> None:
        """One endpoint per URL: registering the same URL again changes its secret."""
        url, secret = str(wanted["webhook_url"]), wanted.get("webhook_secret")
        if not url.startswith(("http://", "https://")):
            raise ValueError("webhook_url must begin with http:// or https://.")
        for endpoint in account.endpoints.values():
            if endpoint.url == url:
                endpoint.secret = str(secret or endpoint.secret)
                self._accounts.keep(endpoint)
                return
        events = wanted.get("enabled_events") or ["*"]
        self._api.new_endpoint(account, url=url, enabled_events=list(events), secret=str(secret) if secret else None)

    def pay(self, request: Request, path: dict[str, str]) -> Response:
        """The payer enters a test card: {"card": "pm_card_visa", "return_url": optional}."""
        wanted = request.json()
        # A payer's browser always brings its way back, so a missing one never refuses the payment here.
        params = {
            "payment_method": str(wanted.get("card", "pm_card_visa")),
            "return_url": str(wanted.get("return_url") or f"{request.base_url}/pay/stripe/{path['intent']}"),
        }
        with self._world.lock:
            intent = self._find(path["intent"])
            error = _attempt(lambda: self._intents.confirm(intent, params=params, cause=_cause(request)))
            return _outcome(intent, error=error)

    def authenticate(self, request: Request, path: dict[str, str]) -> Response:
        """The payer answers the 3D Secure question: {"succeed": true}."""
        succeeds = bool(request.json().get("succeed", True))
        with self._world.lock:
            intent = self._find(path["intent"])
            error = _attempt(lambda: self._intents.authenticate(intent, succeeds=succeeds, cause=_cause(request)))
            return _outcome(intent, error=error)

    def settle(self, request: Request, path: dict[str, str]) -> Response:
        """A bank debit in processing ends: {"succeed": true}."""
        succeeds = bool(request.json().get("succeed", True))
        with self._world.lock:
            intent = self._find(path["intent"])
            error = _attempt(lambda: self._intents.settle(intent, succeeds=succeeds, cause=_cause(request)))
            return _outcome(intent, error=error)

    def cancel(self, request: Request, path: dict[str, str]) -> Response:
        """Cancel as from the gateway's own dashboard: {"reason": "requested_by_customer"}."""
        reason = request.json().get("reason")
        with self._world.lock:
            intent = self._find(path["intent"])
            error = _attempt(
                lambda: self._intents.cancel(intent, reason=str(reason) if reason else None, cause=_cause(request))
            )
            return _outcome(intent, error=error)

    def send_event(self, _request: Request, path: dict[str, str]) -> Response:
        """Send an event again to every endpoint of its account."""
        with self._world.lock:
            for account in self._accounts.all():
                event = account.events.get(path["event"])
                if event is not None:
                    for endpoint in account.endpoints.values():
                        self._publisher.send(event, endpoint=endpoint)
                    return json_response({"sent": len(account.endpoints)})
        raise NotHere(f"There is no event {path['event']}.")

    def forget_keys(self, _request: Request, _path: dict[str, str]) -> Response:
        """As after 24 hours: every idempotency key is unknown again."""
        with self._world.lock:
            return json_response({"forgotten": self._accounts.forget_answers()})

    def _find(self, key: str) -> Intent:
        intent = self._accounts.intents.get(key)
        if intent is None:
            raise NotHere(f"There is no payment intent {key}.")
        return intent


def _cause(request: Request) -> Cause:
    return Cause(base_url=request.base_url)


def _attempt(step: Callable[[], None]) -> StripeError | None:
    try:
        step()
    except StripeError as error:
        return error
    return None


def _outcome(intent: Intent, *, error: StripeError | None) -> Response:
    """A decline is an outcome (200); a step that does not fit the status is the caller's mistake (409)."""
    status = 409 if error is not None and error.status != 402 else 200
    return json_response(
        {
            "status": intent.status,
            "next_action": intent.next_action,
            "error": error.error if error else None,
            "payment_intent": intent_shape(intent),
        },
        status=status,
    )


def _account_shape(account: Account) -> Json:
    return {
        "id": account.id,
        "secret_key": account.record.key,
        "name": account.record.name,
        "revoked": account.record.is_revoked,
        "webhook_endpoints": [endpoint_shape(endpoint) for endpoint in account.endpoints.values()],
    }

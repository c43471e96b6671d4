"""The control API of the PayPal dialect: accounts, and what payers, PayPal's staff and receivers would do."""

from collections.abc import Callable
from decimal import Decimal

from simulator.paypal import money
from simulator.paypal.api import Api
from simulator.paypal.errors import PayPalError
from simulator.paypal.events import Cause
from simulator.paypal.ground import Ground
from simulator.paypal.state import Account, AccountRecord, Record
from simulator.routing import Route
from simulator.wire import Json, NotHere, Request, Response, json_response

_Step = Callable[[Record, Account, Json, Cause], Record | None]


class Control:
    def __init__(self, ground: Ground, api: Api) -> None:
        self._ground = ground
        self._api = api

    def routes(self) -> list[Route]:
        steps: dict[str, tuple[str, _Step]] = {
            "/orders/{id}/approve": ("order", self._approve),
            "/orders/{id}/void": ("order", self._void),
            "/captures/{id}/settle": ("capture", self._settle),
            "/captures/{id}/reverse": ("capture", self._reverse),
            "/captures/{id}/dispute": ("capture", self._dispute),
            "/refunds/{id}/end": ("refund", self._end_refund),
            "/payouts/{id}/end": ("batch", self._end_payout),
            "/disputes/{id}/resolve": ("dispute", self._resolve),
            "/events/{id}/send": ("event", self._send),
        }
        plain = {
            ("GET", "/accounts"): self.list_accounts,
            ("POST", "/accounts"): self.register,
            ("POST", "/fund"): self.fund,
            ("POST", "/forget_keys"): self.forget_keys,
            ("POST", "/forget_tokens"): self.forget_tokens,
        }
        routes = [
            Route(method=method, path=f"/paypal{path}", operation="control", handler=handler)
            for (method, path), handler in plain.items()
        ]
        for path, (kind, step) in steps.items():
            handler = self._stepping(kind, step)
            routes.append(Route(method="POST", path=f"/paypal{path}", operation="control", handler=handler))
        return routes

    # --- Accounts ----------------------------------------------------------------------------------------------------

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._ground.world.lock:
            return json_response([_account_shape(account.record) for account in self._ground.accounts.all()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """{"client_id", "client_secret", "webhook_url", "webhook_id", "name", "revoked"}: make known, or change."""
        wanted = request.json()
        key = str(wanted.get("client_id", ""))
        url = str(wanted.get("webhook_url", ""))
        if not key or ":" in key:
            raise ValueError("client_id is missing, or has a colon in it.")
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("webhook_url must begin with http:// or https://.")
        with self._ground.world.lock:
            account = self._ground.accounts.find(key)
            record = account.record if account is not None else AccountRecord(key=key, secret="")
            record.secret = str(wanted.get("client_secret", record.secret))
            record.name = str(wanted.get("name", record.name))
            record.webhook_url = url or record.webhook_url
            made = record.webhook_id or self._ground.new_id()
            record.webhook_id = str(wanted.get("webhook_id") or made)
            record.is_revoked = bool(wanted.get("revoked", record.is_revoked))
            self._ground.accounts.keep_account(record)
            return json_response(_account_shape(record))

    def fund(self, request: Request, _path: dict[str, str]) -> Response:
        """Money from our bank: {"client_id", "currency", "value": "100.00"}."""
        wanted = request.json()
        currency = str(wanted.get("currency", "USD"))
        with self._ground.world.lock:
            account = self._ground.accounts.find(str(wanted.get("client_id")))
            if account is None:
                raise NotHere("There is no account with this client_id.")
            value = money.written(Decimal(str(wanted.get("value", "100"))), currency)
            self._ground.book(account, code="T0300", amount={"currency_code": currency, "value": value})
            return json_response({"balance": self._ground.balance(account, currency)})

    def forget_keys(self, _request: Request, _path: dict[str, str]) -> Response:
        """As after PayPal's retention: every PayPal-Request-Id is unknown again."""
        return self._forget("key")

    def forget_tokens(self, _request: Request, _path: dict[str, str]) -> Response:
        """Every access token is refused from now on."""
        return self._forget("token")

    def _forget(self, kind: str) -> Response:
        count = 0
        with self._ground.world.lock:
            for account in self._ground.accounts.all():
                for record in list(account.of(kind).values()):
                    self._ground.accounts.forget(record)
                    count += 1
        return json_response({"forgotten": count})

    # --- Steps -------------------------------------------------------------------------------------------------------

    def _stepping(self, kind: str, step: _Step) -> Callable[[Request, dict[str, str]], Response]:
        def handle(request: Request, path: dict[str, str]) -> Response:
            with self._ground.world.lock:
                found = self._ground.accounts.seek(kind, path["id"])
                if found is None:
                    raise NotHere(f"There is no {kind} {path['id']}.")
                account, record = found
                try:
                    shown = step(record, account, request.json(), Cause(request.base_url)) or record
                except PayPalError as error:
                    return json_response({"error": error.shape("control")}, status=409)
                return json_response({"id": shown.id, **shown.shown})

        return handle

    def _approve(self, order: Record, account: Account, wanted: Json, cause: Cause) -> None:
        """{"funding": "balance"}: see orders.FUNDINGS."""
        self._api.orders.approve(order, account=account, funding=str(wanted.get("funding", "balance")), cause=cause)

    def _void(self, order: Record, account: Account, _wanted: Json, cause: Cause) -> None:
        self._api.orders.close(order, account=account, cause=cause)

    def _settle(self, capture: Record, account: Account, wanted: Json, cause: Cause) -> None:
        """A pending capture ends: {"succeed": true}."""
        succeeds = bool(wanted.get("succeed", True))
        self._api.payments.settle(capture, account=account, succeeds=succeeds, cause=cause)

    def _reverse(self, capture: Record, account: Account, _wanted: Json, cause: Cause) -> None:
        self._api.payments.reverse(capture, account=account, cause=cause)

    def _dispute(self, capture: Record, account: Account, wanted: Json, cause: Cause) -> Record:
        """{"reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"}."""
        reason = str(wanted.get("reason", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"))
        return self._api.disputes.open(capture, account=account, reason=reason, cause=cause)

    def _end_refund(self, refund: Record, account: Account, wanted: Json, cause: Cause) -> None:
        """{"status": "COMPLETED"}: or PENDING, FAILED, CANCELLED."""
        status = str(wanted.get("status", "COMPLETED"))
        self._api.payments.end_refund(refund, account=account, status=status, cause=cause)

    def _end_payout(self, batch: Record, account: Account, wanted: Json, cause: Cause) -> None:
        """{"status": "SUCCESS", "error": ""}: any status of an item."""
        status, error = str(wanted.get("status", "SUCCESS")), str(wanted.get("error", ""))
        self._api.payouts.end(batch, account=account, status=status, error=error, cause=cause)

    def _resolve(self, dispute: Record, account: Account, wanted: Json, cause: Cause) -> None:
        """{"outcome": "RESOLVED_BUYER_FAVOUR"}."""
        outcome = str(wanted.get("outcome", "RESOLVED_SELLER_FAVOUR"))
        self._api.disputes.resolve(dispute, account=account, outcome=outcome, cause=cause)

    def _send(self, event: Record, account: Account, _wanted: Json, _cause: Cause) -> None:
        """The same event once more, signed anew."""
        if account.record.webhook_url:
            self._ground.publisher.send(event, account=account)


def _account_shape(record: AccountRecord) -> Json:
    return {
        "client_id": record.key,
        "name": record.name,
        "webhook_url": record.webhook_url,
        "webhook_id": record.webhook_id,
        "revoked": record.is_revoked,
    }

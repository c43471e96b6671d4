"""The control API of the MoMo dialect: accounts, what a payer would do on the phone, and how transfers end."""

import time

from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.settling import Settling
from simulator.mtn_momo.state import (
    DISBURSEMENT,
    ENVIRONMENTS,
    PLATFORMS,
    PRODUCTS,
    AccountRecord,
    ApiUser,
    transaction_shape,
)
from simulator.routing import PageHandler, Route
from simulator.wire import Json, NotHere, Request, Response, json_response
from simulator.world import World

PURSE_AT_FIRST = 1_000_000_00
_CHANGEABLE = (
    "name", "callback_host", "callback_method", "refunds", "unlisted_numbers", "slow_numbers", "prompt_seconds",
    "settle_seconds",
)  # fmt: skip


class Control:
    def __init__(self, *, world: World, accounts: Accounts, settling: Settling) -> None:
        self._world = world
        self._accounts = accounts
        self._settling = settling

    def routes(self) -> list[Route]:
        def route(method: str, path: str, handler: PageHandler) -> Route:
            return Route(method=method, path=f"/mtn_momo{path}", operation="control", handler=handler)

        return [
            route("GET", "/accounts", self.list_accounts),
            route("POST", "/accounts", self.register),
            route("POST", "/accounts/{account}/fund", self.fund),
            route("POST", "/transactions/{reference}/end", self.end),
            route("POST", "/transactions/{reference}/call_back", self.call_back),
            route("POST", "/tokens/expire", self.expire_tokens),
        ]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([_shape(account) for account in self._accounts.by_id.values()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """Make an account known, or change the one with this `id`: see `AccountRecord`, and per product
        {"subscription_key", "user", "secret"}; user and secret may come later from the sandbox's own calls."""
        wanted = request.json()
        with self._world.lock:
            account = self._accounts.by_id.get(str(wanted.get("id"))) or self._new_account(wanted)
            for name in _CHANGEABLE:
                if name in wanted:
                    setattr(account, name, wanted[name])
            account.is_revoked = bool(wanted.get("revoked", account.is_revoked))
            for product in PRODUCTS:
                self._set_product(account, product=product, wanted=wanted.get(product) or {})
            self._accounts.keep_account(account)
            return json_response(_shape(account))

    def fund(self, request: Request, path: dict[str, str]) -> Response:
        """Put money into a purse, or take it out: {"amount", "currency", "product": "disbursement"}, minor units."""
        wanted = request.json()
        with self._world.lock:
            account = self._accounts.by_id.get(path["account"])
            if account is None:
                raise NotHere(f"There is no account {path['account']}.")
            purse = account.purses.setdefault(str(wanted.get("product", DISBURSEMENT)), {})
            currency = str(wanted.get("currency", account.currencies[0]))
            purse[currency] = max(0, purse.get(currency, 0) + int(wanted["amount"]))
            self._accounts.keep_account(account)
            return json_response(_shape(account))

    def end(self, request: Request, path: dict[str, str]) -> Response:
        """A pending transaction ends: {"status": "SUCCESSFUL" or "FAILED", "reason"}. 409 when it had ended."""
        wanted = request.json()
        with self._world.lock:
            transaction = self._accounts.find_anywhere(path["reference"])
            if transaction.status != "PENDING":
                return json_response({"error": f"The transaction is {transaction.status} already."}, status=409)
            self._settling.end(
                transaction, status=str(wanted.get("status", "SUCCESSFUL")), reason=str(wanted.get("reason", ""))
            )
            return json_response(transaction_shape(transaction))

    def call_back(self, _request: Request, path: dict[str, str]) -> Response:
        """Send the callback of a transaction once more, which MTN itself never does."""
        with self._world.lock:
            transaction = self._accounts.find_anywhere(path["reference"])
            if not transaction.callback_url:
                raise ValueError("The transaction came without a callback address.")
            self._settling.call_back(transaction)
            return json_response({"sent": 1})

    def expire_tokens(self, _request: Request, _path: dict[str, str]) -> Response:
        """As an hour later: every token is refused."""
        with self._world.lock:
            for token in self._accounts.tokens.values():
                token.expires = min(token.expires, time.time())
            return json_response({"expired": len(self._accounts.tokens)})

    def _new_account(self, wanted: Json) -> AccountRecord:
        platform, environment = str(wanted.get("platform")), str(wanted.get("environment"))
        if platform not in PLATFORMS:
            raise ValueError(f"platform is one of {', '.join(PLATFORMS)}.")
        if environment not in ENVIRONMENTS or (environment == "sandbox") is not (platform == "sandbox"):
            raise ValueError("environment is sandbox on the sandbox, else one of the countries.")
        account = AccountRecord(
            id=str(wanted.get("id") or f"momo_{self._world.token(length=12)}"),
            platform=platform,
            environment=environment,
        )
        account.purses[DISBURSEMENT] = dict.fromkeys(account.currencies, PURSE_AT_FIRST)
        return account

    def _set_product(self, account: AccountRecord, *, product: str, wanted: Json) -> None:
        if "subscription_key" in wanted:
            taken = self._accounts.of_key(str(wanted["subscription_key"]))
            if taken is not None and (taken[0].id, taken[1]) != (account.id, product):
                raise ValueError("The subscription key belongs to another account or product.")
            account.keys[product] = str(wanted["subscription_key"])
        if "user" in wanted:
            user = ApiUser(str(wanted["user"]), account.id, account.platform, secret=str(wanted.get("secret", "")))
            self._accounts.keep_user(user)


def _shape(account: AccountRecord) -> Json:
    return {
        "id": account.id,
        "name": account.name,
        "platform": account.platform,
        "environment": account.environment,
        "currencies": list(account.currencies),
        "products": sorted(account.keys),
        "purses": account.purses,
        "callback_host": account.callback_host,
        "revoked": account.is_revoked,
    }

"""The control API of the Paystack dialect: accounts, and what payers, banks and time would do."""

from collections.abc import Callable

from simulator.paystack.accounts import KEY_PREFIX, Accounts
from simulator.paystack.cards import CARDS
from simulator.paystack.errors import PaystackError
from simulator.paystack.state import Account, Authorization, Transaction
from simulator.paystack.till import Till
from simulator.routing import PageHandler, Route
from simulator.wire import Json, NotHere, Request, Response, json_response
from simulator.world import World

_TEXTS = ("name", "webhook_url", "transfers", "business")
_SWITCHES = {"revoked": "is_revoked", "needs_otp": "needs_otp", "payer_bears_fees": "payer_bears_fees"}


class Control:
    def __init__(self, *, world: World, accounts: Accounts, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._till = till

    def routes(self) -> list[Route]:
        one = "/transactions/{reference}"
        handlers: dict[str, Callable[[Json, dict[str, str]], Json]] = {
            "/accounts": self.register,
            "/fund": self.fund,
            "/settle": self.settle,
            "/authorizations": self.authorize,
            f"{one}/pay": self.pay,
            f"{one}/finish": self.finish,
            f"{one}/reverse": self.reverse,
            f"{one}/dispute": self.dispute,
            "/disputes/{id}/resolve": self.resolve,
            "/refunds/{id}/finish": self.finish_refund,
            "/transfers/{reference}/move": self.move_transfer,
        }
        routes = [self._route(path, handler) for path, handler in handlers.items()]
        listing = Route(method="GET", path="/paystack/accounts", operation="control", handler=self.list_accounts)
        return [listing, *routes]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([_shape(account) for account in self._accounts.all()])

    def register(self, wanted: Json, _path: dict[str, str]) -> Json:
        """Make an account known, or change it; what is not given stays as it is."""
        account = self._account(wanted)
        for name in _TEXTS:
            setattr(account.record, name, str(wanted.get(name, getattr(account.record, name))))
        for name, attribute in _SWITCHES.items():
            setattr(account.record, attribute, bool(wanted.get(name, getattr(account.record, attribute))))
        account.record.currencies = list(wanted.get("currencies", account.record.currencies))
        account.record.refund_seconds = wanted.get("refund_seconds", account.record.refund_seconds)
        if account.record.transfers not in ("success", "pending"):
            raise ValueError("transfers must be success or pending.")
        self._accounts.keep_account(account)
        return _shape(account)

    def fund(self, wanted: Json, _path: dict[str, str]) -> Json:
        """Put money into the balance: {"secret_key", "currency", "amount"}."""
        account = self._account(wanted)
        self._accounts.move_balance(account, currency=str(wanted["currency"]), by=int(wanted["amount"]))
        return {"balances": account.record.balances}

    def settle(self, wanted: Json, _path: dict[str, str]) -> Json:
        """Transfer to the bank what is open."""
        return {"settlements": [each.id for each in self._till.settle(self._account(wanted))]}

    def authorize(self, wanted: Json, _path: dict[str, str]) -> Json:
        """A card that the payer let Paystack keep: {"secret_key", "customer", "card"}."""
        account = self._account(wanted)
        for customer in account.customers.values():
            if customer.code == wanted.get("customer"):
                card = CARDS[str(wanted.get("card", "success"))]
                known = Authorization(
                    id=f"AUTH_{self._world.token(length=10).lower()}",
                    account=account.record.id,
                    email=customer.email,
                    card=card.name,
                    channel=card.channel,
                )
                self._accounts.keep(known)
                return {"authorization_code": known.id}
        raise NotHere(f"There is no customer {wanted.get('customer')}.")

    def pay(self, wanted: Json, path: dict[str, str]) -> Json:
        """The payer chooses: {"card": "success"}."""
        name = str(wanted.get("card", "success"))
        if name not in CARDS:
            raise ValueError(f"card must be one of {', '.join(CARDS)}.")
        transaction = self._transaction(path)
        self._till.pay(transaction, card=CARDS[name])
        return {"status": transaction.status}

    def finish(self, wanted: Json, path: dict[str, str]) -> Json:
        """What was ongoing or pending ends: {"succeed": true}."""
        transaction = self._transaction(path)
        self._till.finish(transaction, succeeds=bool(wanted.get("succeed", True)))
        return {"status": transaction.status}

    def reverse(self, _wanted: Json, path: dict[str, str]) -> Json:
        transaction = self._transaction(path)
        self._till.reverse(transaction)
        return {"status": transaction.status}

    def dispute(self, wanted: Json, path: dict[str, str]) -> Json:
        """The payer's bank wants money back: {"amount": all of it when left out}."""
        transaction = self._transaction(path)
        amount = int(wanted.get("amount", transaction.amount - transaction.taken_back))
        return {"dispute": self._till.dispute(transaction, amount=amount).id}

    def resolve(self, wanted: Json, path: dict[str, str]) -> Json:
        """{"resolution": "declined" (won), "merchant-accepted" or "auto-accepted" (lost)}."""
        for account in self._accounts.all():
            for dispute in account.disputes.values():
                if str(dispute.id) == path["id"]:
                    self._till.resolve(dispute, resolution=str(wanted.get("resolution", "auto-accepted")))
                    return {"status": dispute.status, "resolution": dispute.resolution}
        raise NotHere(f"There is no dispute {path['id']}.")

    def finish_refund(self, wanted: Json, path: dict[str, str]) -> Json:
        """{"status": as its card decides when left out}."""
        for account in self._accounts.all():
            for refund in account.refunds.values():
                if str(refund.id) == path["id"]:
                    self._till.finish_refund(refund, status=str(wanted.get("status", "")))
                    return {"status": refund.status}
        raise NotHere(f"There is no refund {path['id']}.")

    def move_transfer(self, wanted: Json, path: dict[str, str]) -> Json:
        """{"status": "success", "failed", "reversed", "blocked", "rejected" or "abandoned"}."""
        for account in self._accounts.all():
            transfer = account.transfer(path["reference"])
            if transfer is not None:
                self._till.move_transfer(transfer, status=str(wanted.get("status", "success")))
                return {"status": transfer.status}
        raise NotHere(f"There is no transfer {path['reference']}.")

    def _route(self, path: str, handler: Callable[[Json, dict[str, str]], Json]) -> Route:
        def answer(request: Request, variables: dict[str, str]) -> Response:
            wanted = request.json()
            with self._world.lock:
                try:
                    return json_response(handler(wanted, variables))
                except PaystackError as refused:
                    return json_response({"error": str(refused)}, status=409)

        page: PageHandler = answer
        return Route(method="POST", path=f"/paystack{path}", operation="control", handler=page)

    def _account(self, wanted: Json) -> Account:
        key = str(wanted.get("secret_key", ""))
        if not key.startswith(KEY_PREFIX):
            raise ValueError(f"secret_key must begin with {KEY_PREFIX}.")
        return self._accounts.open(key)

    def _transaction(self, path: dict[str, str]) -> Transaction:
        for account in self._accounts.all():
            if found := account.by_reference.get(path["reference"]):
                return found
        raise NotHere(f"There is no transaction {path['reference']}.")


def _shape(account: Account) -> Json:
    record = account.record
    return {
        "id": record.id,
        "secret_key": record.key,
        "name": record.name,
        "webhook_url": record.webhook_url,
        "revoked": record.is_revoked,
        "transfers": record.transfers,
        "balances": record.balances,
    }

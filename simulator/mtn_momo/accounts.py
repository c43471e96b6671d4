"""Which accounts, users, tokens and transactions exist; every change is noted for the store here.

A platform knows its own transactions and users only: everything is kept by platform.
"""

from simulator.mtn_momo.state import AccountRecord, ApiUser, Token, Transaction
from simulator.wire import Json, NotHere
from simulator.world import World

TOKENS_MAX = 10_000


class Accounts:
    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[str, AccountRecord] = {}
        self.users: dict[str, ApiUser] = {}
        self.tokens: dict[str, Token] = {}
        self.transactions: dict[str, Transaction] = {}

    def of_key(self, subscription_key: str) -> tuple[AccountRecord, str] | None:
        """The account and the product that a subscription key belongs to."""
        for account in self.by_id.values():
            for product, key in account.keys.items():
                if key == subscription_key:
                    return account, product
        return None

    def user(self, account: AccountRecord, user_id: str) -> ApiUser | None:
        return self.users.get(f"{account.platform} {user_id}")

    def find(self, account: AccountRecord, reference_id: str) -> Transaction | None:
        """A transaction of this platform, whoever's it is."""
        return self.transactions.get(f"{account.platform} {reference_id}")

    def find_anywhere(self, reference_id: str) -> Transaction:
        """Raises NotHere. For pages and control, which know of no platform."""
        for transaction in self.transactions.values():
            if transaction.id == reference_id:
                return transaction
        raise NotHere(f"There is no transaction {reference_id}.")

    def of_account(self, account: AccountRecord) -> list[Transaction]:
        return [each for each in self.transactions.values() if each.account == account.id]

    def keep_account(self, account: AccountRecord) -> None:
        self.by_id[account.id] = account
        self._world.store.keep(kind="mtn_momo.account", key=account.id, record=account)

    def keep_user(self, user: ApiUser) -> None:
        key = f"{user.platform} {user.id}"
        self.users[key] = user
        self._world.store.keep(kind="mtn_momo.user", key=key, record=user)

    def keep(self, transaction: Transaction) -> None:
        self.transactions[transaction.key] = transaction
        self._world.store.keep(kind="mtn_momo.transaction", key=transaction.key, record=transaction)

    def keep_token(self, text: str, token: Token) -> None:
        """In memory only: after a restart every token is unknown, as after MTN's own."""
        self.tokens[text] = token
        if len(self.tokens) > TOKENS_MAX:
            del self.tokens[next(iter(self.tokens))]

    def restore(self, *, kind: str, record: Json) -> None:
        match kind:
            case "account":
                self.by_id[record["id"]] = AccountRecord(**record)
            case "user":
                user = ApiUser(**record)
                self.users[f"{user.platform} {user.id}"] = user
            case "transaction":
                transaction = Transaction(**record)
                self.transactions[transaction.key] = transaction
            case _:
                raise ValueError(f"{kind} is not kept by this gateway.")

    def clear(self) -> None:
        for kept in (self.by_id, self.users, self.tokens, self.transactions):
            kept.clear()

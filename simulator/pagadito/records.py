"""Which merchants, transactions and notices exist; every change is noted for the store here."""

import hashlib

from simulator.pagadito.state import Merchant, Notice, Session, Transaction
from simulator.wire import Json
from simulator.world import World

NOTICES_MAX = 5_000
SESSIONS_MAX = 5_000


class Records:
    def __init__(self, world: World) -> None:
        self._world = world
        self.merchants: dict[str, Merchant] = {}
        self.transactions: dict[str, Transaction] = {}
        self.notices: dict[str, Notice] = {}
        self._sessions: dict[str, Session] = {}
        self._erns: dict[tuple[str, str], str] = {}

    def new_token(self) -> str:
        """32 hexadecimal digits, as Pagadito's tokens."""
        return hashlib.blake2b(self._world.token(length=24).encode(), digest_size=16).hexdigest()

    def merchant(self, uid: str, *, wsk: str) -> Merchant | None:
        """The merchant of the pair; a new one at the first use of its UID. None where the WSK is another."""
        known = self.merchants.get(uid)
        if known is None:
            known = Merchant(uid=uid, wsk=wsk)
            self.keep_merchant(known)
        return known if known.wsk == wsk else None

    def open_session(self, uid: str) -> str:
        token = self.new_token()
        self._sessions[token] = Session(token, uid)
        if len(self._sessions) > SESSIONS_MAX:
            del self._sessions[next(iter(self._sessions))]
        return token

    def session_of(self, token: str) -> str:
        """Whose session it is; empty where there is none, or it is spent."""
        session = self._sessions.get(token)
        return session.uid if session else ""

    def spend_session(self, token: str) -> None:
        self._sessions.pop(token, None)

    def by_ern(self, uid: str, ern: str) -> Transaction | None:
        return self.transactions.get(self._erns.get((uid, ern), ""))

    def find(self, key: str) -> Transaction | None:
        """By its token, or by its ERN, whichever merchant's."""
        known = self.transactions.get(key)
        return known or next((each for each in self.transactions.values() if each.ern == key), None)

    def keep_merchant(self, merchant: Merchant) -> None:
        self.merchants[merchant.uid] = merchant
        self._world.store.keep(kind="pagadito.merchant", key=merchant.uid, record=merchant)

    def keep_transaction(self, transaction: Transaction) -> None:
        self.transactions[transaction.token] = transaction
        self._erns[transaction.uid, transaction.ern] = transaction.token
        self._world.store.keep(kind="pagadito.transaction", key=transaction.token, record=transaction)

    def keep_notice(self, notice: Notice) -> None:
        self.notices[notice.id] = notice
        self._world.store.keep(kind="pagadito.notice", key=notice.id, record=notice)
        if len(self.notices) > NOTICES_MAX:
            oldest = next(iter(self.notices))
            del self.notices[oldest]
            self._world.store.forget(kind="pagadito.notice", key=oldest)

    def restore(self, *, kind: str, record: Json) -> None:
        match kind:
            case "merchant":
                self.merchants[record["uid"]] = Merchant(**record)
            case "transaction":
                transaction = Transaction(**record)
                self.transactions[transaction.token] = transaction
                self._erns[transaction.uid, transaction.ern] = transaction.token
            case "notice":
                self.notices[record["id"]] = Notice(**record)
            case _:
                raise ValueError(f"There is no record of kind {kind}.")

    def clear(self) -> None:
        for collection in (self.merchants, self.transactions, self.notices, self._sessions, self._erns):
            collection.clear()

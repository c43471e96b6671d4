"""Which accounts exist and where their records are; every change is noted for the store here.

An account comes into being at the first use of its key, or when the control API registers it.
"""

import hashlib
from typing import Any

from simulator.paystack.state import (
    Account,
    AccountRecord,
    Authorization,
    Customer,
    Dispute,
    Event,
    Recipient,
    Refund,
    Settlement,
    Transaction,
    Transfer,
)
from simulator.wire import Json
from simulator.world import World

KEY_PREFIX = "sk_test_"
_COLLECTIONS: dict[str, tuple[type, str]] = {
    "transaction": (Transaction, "transactions"),
    "refund": (Refund, "refunds"),
    "customer": (Customer, "customers"),
    "authorization": (Authorization, "authorizations"),
    "recipient": (Recipient, "recipients"),
    "transfer": (Transfer, "transfers"),
    "dispute": (Dispute, "disputes"),
    "settlement": (Settlement, "settlements"),
    "event": (Event, "events"),
}
_KINDS = {cls: kind for kind, (cls, _) in _COLLECTIONS.items()}


class Accounts:
    def __init__(self, world: World) -> None:
        self._world = world
        self._by_key: dict[str, Account] = {}
        self._by_id: dict[str, Account] = {}
        self.pages: dict[str, Transaction] = {}

    def all(self) -> list[Account]:
        return list(self._by_key.values())

    def of(self, account_id: str) -> Account:
        return self._by_id[account_id]

    def open(self, key: str) -> Account:
        """The account of a key; a new one at the key's first use."""
        account = self._by_key.get(key)
        if account is None:
            account = self._add(AccountRecord(id=self._world.token(length=12), key=key))
            self.keep_account(account)
        return account

    def number(self) -> int:
        """An id as Paystack makes them: beyond 32 bits."""
        digest = hashlib.blake2b(self._world.token(length=20).encode(), digest_size=8).digest()
        return 4 * 10**12 + int.from_bytes(digest) % 10**12

    def keep_account(self, account: Account) -> None:
        self._world.store.keep(kind="paystack.account", key=account.record.id, record=account.record)

    def keep(self, record: Any) -> None:
        """Put a new or changed record in its account and note it for the store."""
        kind = _KINDS[type(record)]
        self._place(kind, record)
        self._world.store.keep(kind=f"paystack.{kind}", key=str(record.id), record=record)

    def forget_event(self, event: Event) -> None:
        self.of(event.account).events.pop(event.id, None)
        self._world.store.forget(kind="paystack.event", key=event.id)

    def move_balance(self, account: Account, *, currency: str, by: int) -> None:
        account.record.balances[currency] = account.record.balances.get(currency, 0) + by
        self.keep_account(account)

    def restore(self, *, kind: str, record: Json) -> None:
        if kind == "account":
            self._add(AccountRecord(**record))
        else:
            self._place(kind, _COLLECTIONS[kind][0](**record))

    def clear(self) -> None:
        self._by_key.clear()
        self._by_id.clear()
        self.pages.clear()

    def _place(self, kind: str, record: Any) -> None:
        account = self._by_id[record.account]
        getattr(account, _COLLECTIONS[kind][1])[record.id] = record
        if isinstance(record, Transaction):
            account.by_reference[record.reference] = record
            self.pages[record.access_code] = record

    def _add(self, record: AccountRecord) -> Account:
        account = Account(record=record)
        self._by_key[record.key] = account
        self._by_id[record.id] = account
        return account

"""Which accounts exist and where their objects are; every change is noted for the store here.

An account comes into being at the first use of its key, or when the control API registers it.
"""

from typing import Any

from simulator.stripe.money_state import Dispute, Payout, Refund, SavedMethod, Transfer
from simulator.stripe.state import (
    Account,
    AccountRecord,
    Charge,
    Customer,
    Endpoint,
    Event,
    Intent,
    StoredAnswer,
    Transaction,
)
from simulator.wire import Json
from simulator.world import World

EVENTS_MAX = 5_000
ANSWERS_MAX = 20_000
KEY_PREFIXES = ("sk_test_", "rk_test_")

_RECORDS: dict[type, tuple[str, str]] = {
    Intent: ("intent", "intents"),
    Charge: ("charge", "charges"),
    Transaction: ("transaction", "transactions"),
    Customer: ("customer", "customers"),
    Endpoint: ("endpoint", "endpoints"),
    Event: ("event", "events"),
    Refund: ("refund", "refunds"),
    Dispute: ("dispute", "disputes"),
    Transfer: ("transfer", "transfers"),
    Payout: ("payout", "payouts"),
    SavedMethod: ("method", "methods"),
}
_TYPES = {kind: record_type for record_type, (kind, _) in _RECORDS.items()}


class Accounts:
    def __init__(self, world: World) -> None:
        self._world = world
        self._by_key: dict[str, Account] = {}
        self._by_id: dict[str, Account] = {}
        self.intents: dict[str, Intent] = {}

    def all(self) -> list[Account]:
        return list(self._by_key.values())

    def of(self, account_id: str) -> Account:
        return self._by_id[account_id]

    def find(self, key: str) -> Account | None:
        return self._by_key.get(key)

    def open(self, key: str) -> Account:
        """The account of a key; a new one at the key's first use."""
        account = self._by_key.get(key)
        if account is None:
            account = self._add(AccountRecord(id=f"acct_1{self._world.token(length=15)}", key=key))
            self.keep_account(account.record)
        return account

    def keep_account(self, record: AccountRecord) -> None:
        self._world.store.keep(kind="stripe.account", key=record.id, record=record)

    def keep(self, record: Any) -> None:
        """Put a new or changed record in its account and note it for the store."""
        kind, collection = _RECORDS[type(record)]
        account = self._by_id[record.account]
        getattr(account, collection)[record.id] = record
        if isinstance(record, Intent):
            self.intents[record.id] = record
        self._world.store.keep(kind=f"stripe.{kind}", key=record.id, record=record)
        if isinstance(record, Event) and len(account.events) > EVENTS_MAX:
            oldest, _ = account.events.popitem(last=False)
            self._world.store.forget(kind="stripe.event", key=oldest)

    def keep_answer(self, answer: StoredAnswer) -> None:
        account = self._by_id[answer.account]
        account.answers[answer.key] = answer
        self._world.store.keep(kind="stripe.answer", key=f"{answer.account} {answer.key}", record=answer)
        if len(account.answers) > ANSWERS_MAX:
            oldest, _ = account.answers.popitem(last=False)
            self._world.store.forget(kind="stripe.answer", key=f"{answer.account} {oldest}")

    def forget_answers(self) -> int:
        """As after the gateway's retention: every idempotency key is unknown again."""
        count = 0
        for account in self.all():
            for key in list(account.answers):
                self._world.store.forget(kind="stripe.answer", key=f"{account.id} {key}")
            count += len(account.answers)
            account.answers.clear()
        return count

    def delete_endpoint(self, endpoint: Endpoint) -> None:
        del self._by_id[endpoint.account].endpoints[endpoint.id]
        self._world.store.forget(kind="stripe.endpoint", key=endpoint.id)

    def restore(self, *, kind: str, record: Json) -> None:
        if kind == "account":
            self._add(AccountRecord(**record))
        elif kind == "answer":
            answer = StoredAnswer(**record)
            self._by_id[answer.account].answers[answer.key] = answer
        else:
            restored = _TYPES[kind](**record)
            getattr(self._by_id[restored.account], _RECORDS[type(restored)][1])[restored.id] = restored
            if isinstance(restored, Intent):
                self.intents[restored.id] = restored

    def clear(self) -> None:
        self._by_key.clear()
        self._by_id.clear()
        self.intents.clear()

    def _add(self, record: AccountRecord) -> Account:
        account = Account(record=record)
        self._by_key[record.key] = account
        self._by_id[record.id] = account
        return account

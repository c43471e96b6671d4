"""What the stand-in PayPal knows: accounts, and records that carry the object as it is shown and what is not shown."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulator.wire import Json
from simulator.world import World

EVENTS_MAX = 5_000
KEYS_MAX = 20_000


@dataclass(slots=True)
class Record:
    """`kind`: order, capture, authorization, refund, batch, dispute, row, event, key or token."""

    kind: str
    id: str
    account: str
    created: int
    shown: Json = field(default_factory=dict)
    hidden: Json = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.shown.get("status", ""))


@dataclass(slots=True)
class AccountRecord:
    """`key` is the client id of the REST app."""

    key: str
    secret: str
    name: str = ""
    webhook_url: str = ""
    webhook_id: str = ""
    is_revoked: bool = False


@dataclass(slots=True)
class Account:
    record: AccountRecord
    records: dict[str, OrderedDict[str, Record]] = field(default_factory=dict)

    def of(self, kind: str) -> OrderedDict[str, Record]:
        return self.records.setdefault(kind, OrderedDict())

    def below(self, kind: str, **wanted: str) -> Iterator[Record]:
        """Records of a kind whose hidden fields say this, oldest first."""
        for record in self.of(kind).values():
            if all(record.hidden.get(name) == value for name, value in wanted.items()):
                yield record


class Accounts:
    """Every change is noted for the store here. An account comes into being at the first use of its client id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_key: dict[str, Account] = {}

    def all(self) -> list[Account]:
        return list(self._by_key.values())

    def find(self, key: str) -> Account | None:
        return self._by_key.get(key)

    def open(self, key: str, *, secret: str) -> Account:
        if key not in self._by_key:
            self.keep_account(AccountRecord(key=key, secret=secret))
        return self._by_key[key]

    def keep_account(self, record: AccountRecord) -> None:
        if record.key not in self._by_key:
            self._by_key[record.key] = Account(record)
        self._world.store.keep(kind="paypal.account", key=record.key, record=record)

    def add(self, account: Account, kind: str, key: str, *, shown: Json | None = None, **hidden: Any) -> Record:
        record = Record(kind, key, account.record.key, self._world.now(), shown or {}, hidden)
        self.keep(record)
        return record

    def keep(self, record: Record) -> None:
        records = self._by_key[record.account].of(record.kind)
        records[record.id] = record
        self._world.store.keep(kind=f"paypal.{record.kind}", key=f"{record.account} {record.id}", record=record)
        if len(records) > {"event": EVENTS_MAX, "key": KEYS_MAX}.get(record.kind, 10**9):
            self.forget(next(iter(records.values())))

    def forget(self, record: Record) -> None:
        self._by_key[record.account].of(record.kind).pop(record.id, None)
        self._world.store.forget(kind=f"paypal.{record.kind}", key=f"{record.account} {record.id}")

    def seek(self, kind: str, key: str) -> tuple[Account, Record] | None:
        """A record by its id alone, whosever it is."""
        for account in self.all():
            if key in account.of(kind):
                return account, account.of(kind)[key]
        return None

    def restore(self, *, kind: str, record: Json) -> None:
        if kind == "account":
            self._by_key[record["key"]] = Account(AccountRecord(**record))
        else:
            restored = Record(**record)
            self._by_key[restored.account].of(kind)[restored.id] = restored

    def clear(self) -> None:
        self._by_key.clear()


def time_of(moment: int) -> str:
    return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

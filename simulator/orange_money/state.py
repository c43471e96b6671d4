"""What the stand-in Orange Money knows: accounts, tokens, orders and news on their way. Every change is noted here."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from simulator.wire import Json
from simulator.world import World

GATEWAY = "orange_money"
FLOAT_AT_START = 1_000_000_000


class OrangeError(Exception):
    """A refusal: the HTTP status and the body of the API that was called."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(slots=True)
class Account:
    """One application of the portal. Values it never gave are taken from their first use."""

    id: str
    secret: str
    name: str = ""
    is_revoked: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    float_amount: int = FLOAT_AT_START
    pin_mistakes: int = 0

    def agrees(self, name: str, value: str) -> bool:
        """Whether this is the account's own value; the first one given becomes it."""
        return self.settings.setdefault(name, value) == value


@dataclass(slots=True)
class Token:
    id: str
    account: str
    until: int


@dataclass(slots=True)
class Order:
    """One payment, QR code, transaction or cash-in; `product` says which. Amounts in whole units."""

    id: str
    account: str
    product: str
    order_id: str
    amount: int
    currency: str
    status: str
    created: int
    reason: str = ""
    txnid: str = ""
    payer: str = ""
    notif_url: str = ""
    notif_token: str = ""
    return_url: str = ""
    cancel_url: str = ""
    about: str = ""
    valid_seconds: int = 600

    @property
    def reference(self) -> str:
        """The shop's own number: its notification address may carry one that is longer than an order number."""
        return parse_qs(urlsplit(self.notif_url).query).get("reference", [self.order_id])[0]

    @property
    def references(self) -> frozenset[str]:
        return frozenset({self.reference, self.order_id})


@dataclass(slots=True)
class News:
    """One notification; kept until somebody took it."""

    id: str
    order: str
    url: str
    body: str
    headers: dict[str, str]
    false_headers: dict[str, str]


_KINDS: dict[str, type] = {"account": Account, "token": Token, "order": Order, "news": News}
_NAMES = {shape: kind for kind, shape in _KINDS.items()}


class State:
    """The caller holds the world's lock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.orders: dict[str, Order] = {}
        self.news: dict[str, News] = {}
        self._places: dict[type, dict[str, Any]] = {
            Account: self.accounts,
            Token: self.tokens,
            Order: self.orders,
            News: self.news,
        }

    def keep(self, record: Account | Token | Order | News) -> None:
        self._places[type(record)][record.id] = record
        self.world.store.keep(kind=f"{GATEWAY}.{_NAMES[type(record)]}", key=record.id, record=record)

    def forget_news(self, news: News) -> None:
        self.news.pop(news.id, None)
        self.world.store.forget(kind=f"{GATEWAY}.news", key=news.id)

    def restore(self, *, kind: str, record: Json) -> None:
        restored = _KINDS[kind](**record)
        self._places[type(restored)][restored.id] = restored

    def clear(self) -> None:
        for place in self._places.values():
            place.clear()

    def orders_of(self, account: Account, *products: str) -> list[Order]:
        return [order for order in self.orders.values() if order.account == account.id and order.product in products]

    def open_account(self, account_id: str, *, secret: str) -> Account:
        """The account of a client id; a new one at its first use."""
        account = self.accounts.get(account_id)
        if account is None:
            account = Account(id=account_id, secret=secret)
            self.keep(account)
        return account

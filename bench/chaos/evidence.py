"""What is so, from three sides that do not know each other: the gateways' books, our tables, the buyers' answers.

Plain SQL in one snapshot and the simulator's own words. Imports nothing of the product, so that it shares no mistake.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg
from psycopg.rows import class_row

from bench.chaos.overheard import Overheard
from bench.chaos.receiver import Receiver
from bench.chaos.sale import Sale
from bench.chaos.shops import Shop
from bench.chaos.simulator import Control

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Payment:
    id: int
    shown_id: str
    tenant_id: int
    status: str
    flag: str
    amount: int
    commission: int
    currency: str
    wallet_id: int
    order_id: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    payment_id: int
    reference: str
    state: str
    account_id: int
    gateway_payment_id: str
    is_due: bool
    told: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    transaction_id: int
    subject_type: str
    subject_id: int
    effect: str
    kind: str
    party_id: int
    account_id: int
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Of whom: a wallet, a gateway account, or (below zero) a tenant."""

    account_id: int
    kind: str
    party_id: int
    currency: str
    amount: int
    sign: int


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the outbox. `shown_id` is how receivers know it."""

    public_id: str
    type: str
    subject_id: int
    tenant_id: int = 0
    shown_id: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """That an endpoint is to hear of an event, by our tables."""

    event: str
    endpoint_id: int
    state: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Receiving:
    """What the shop's receiver has of one event: an id and a body it came with, and how often it was taken so."""

    endpoint_id: int
    webhook_id: str
    event: str
    body: bytes
    taken: int


@dataclass(frozen=True, slots=True)
class Listener:
    """An endpoint and the events of its tenant that it asked for; no types: all."""

    endpoint_id: int
    tenant_id: int
    types: tuple[str, ...] = ()

    def wants(self, event: Event) -> bool:
        """By its name, or as all of its kind (`payment.*`)."""
        if event.tenant_id != self.tenant_id:
            return False
        return not self.types or event.type in self.types or f"{event.type.partition('.')[0]}.*" in self.types


@dataclass(frozen=True, slots=True)
class Inbound:
    account_id: int
    key: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Theirs:
    """One payment in the books of a gateway, in minor units."""

    account_id: int
    gateway_payment_id: str
    reference: str
    currency: str
    charges: int
    captured: int
    refunded: int

    @property
    def kept(self) -> int:
        return self.captured - self.refunded


@dataclass(frozen=True, slots=True)
class Promise:
    """An answer of the API that said what was carried out."""

    key: str
    transaction_id: str
    amount: int
    currency: str
    status: str
    wanted_amount: int
    wanted_currency: str


@dataclass(frozen=True, slots=True)
class Evidence:
    payments: Sequence[Payment] = ()
    attempts: Sequence[Attempt] = ()
    entries: Sequence[Entry] = ()
    balances: Sequence[Balance] = ()
    events: Sequence[Event] = ()
    inbox: Sequence[Inbound] = ()
    listeners: Sequence[Listener] = ()
    deliveries: Sequence[Delivery] = ()
    received: Sequence[Receiving] = ()
    # What came to a receiver with a signature that does not hold.
    forgeries: Sequence[str] = ()
    theirs: Sequence[Theirs] = ()
    promises: Sequence[Promise] = ()
    # Ids of events for which a gateway was told that they are taken.
    acknowledged: frozenset[str] = frozenset()
    # References about which the simulator was told to lie.
    lied_about: frozenset[str] = field(default=frozenset())
    # Accounts of which it lied in a list of payments.
    lists_lied: frozenset[int] = field(default=frozenset())
    # References whose key the gateway answers with a kept error for a day, having done nothing: only people can tell.
    kept_errors: frozenset[str] = field(default=frozenset())


_PAYMENTS = """
SELECT id, 'pay_' || replace(public_id::text, '-', '') AS shown_id, tenant_id, status, flag, amount_minor AS amount,
       commission_minor AS commission, currency, wallet_id, order_id,
       CASE flag WHEN '' THEN '' ELSE (
           SELECT string_agg(DISTINCT reason, '; ') FROM payments_paymenthistory h WHERE h.payment_id = p.id
       ) END AS told
FROM payments_payment p ORDER BY id
"""
_ATTEMPTS = """
SELECT payment_id, 'att_' || replace(a.public_id::text, '-', '') AS reference, state, gateway_account_id AS account_id,
       gateway_payment_id, next_check_at IS NOT NULL AS is_due,
       concat_ws(' ', g.gateway, next_step, checks || ' checks', error_code, error_message) AS told
FROM payments_paymentattempt a JOIN gateways_gatewayaccount g ON g.id = a.gateway_account_id ORDER BY a.id
"""
_ENTRIES = """
SELECT e.transaction_id, t.subject_type, t.subject_id, t.effect, a.kind, a.party_id, e.account_id,
       e.amount_minor AS amount, e.currency
FROM wallets_ledgerentry e JOIN wallets_ledgertransaction t ON t.id = e.transaction_id
JOIN wallets_ledgeraccount a ON a.id = e.account_id ORDER BY e.id
"""
_BALANCES = """
SELECT b.account_id, a.kind, CASE a.party_id WHEN 0 THEN -a.tenant_id ELSE a.party_id END AS party_id, a.currency,
       b.balance_minor AS amount, b.normal_sign AS sign
FROM wallets_balance b JOIN wallets_ledgeraccount a ON a.id = b.account_id ORDER BY b.account_id
"""
_EVENTS = """
SELECT public_id::text AS public_id, type, subject_id, tenant_id,
       'evt_' || replace(public_id::text, '-', '') AS shown_id
FROM events_outboxevent ORDER BY id
"""
_DELIVERIES = """
SELECT 'evt_' || replace(e.public_id::text, '-', '') AS event, d.endpoint_id, d.state,
       concat_ws(' ', d.tries || ' tries', d.last_result) AS told
FROM events_delivery d JOIN events_outboxevent e ON e.id = d.event_id ORDER BY d.id
"""
# A hint has no id of its own; it is known by the reference it names.
_INBOX = """
SELECT gateway_account_id AS account_id, state, reason,
       CASE g.gateway WHEN 'mtn_momo' THEN convert_from(body, 'UTF8')::jsonb ->> 'externalId' ELSE dedupe_key END AS key
FROM gateways_inboundevent e JOIN gateways_gatewayaccount g ON g.id = e.gateway_account_id ORDER BY e.id
"""


def gather(
    connection: psycopg.Connection,
    *,
    control: Control,
    overheard: Overheard,
    receiver: Receiver,
    shops: Sequence[Shop],
    sales: Iterable[Sale],
) -> Evidence:
    """Look at everything. Who sends to us is asked before us, and who hears from us is asked after."""
    overheard.listen(control)
    theirs = books_of(control, shops)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return Evidence(
            payments=_rows(connection, Payment, _PAYMENTS),
            attempts=_rows(connection, Attempt, _ATTEMPTS),
            entries=_rows(connection, Entry, _ENTRIES),
            balances=_rows(connection, Balance, _BALANCES),
            events=_rows(connection, Event, _EVENTS),
            inbox=_rows(connection, Inbound, _INBOX),
            listeners=[Listener(shop.endpoint.row, shop.tenant, shop.endpoint.types) for shop in shops],
            deliveries=_rows(connection, Delivery, _DELIVERIES),
            received=received_by(receiver, shops),
            forgeries=tuple(receiver.forgeries),
            theirs=theirs,
            promises=promises_of(sales),
            acknowledged=_by_reference(overheard.acknowledged, theirs),
            lied_about=frozenset(overheard.lied_about),
            lists_lied=frozenset(row for key, row in rows_of(shops).items() if key in overheard.lists_lied),
            kept_errors=frozenset(overheard.kept_errors),
        )


def _rows(connection: psycopg.Connection, kind: type[_Row], sql: str) -> list[_Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(sql).fetchall()


def rows_of(shops: Sequence[Shop]) -> dict[str, int]:
    """Our gateway accounts, by their keys in the gateways' books."""
    return {account.key: account.row for shop in shops for account in shop.accounts}


def books_of(control: Control, shops: Sequence[Shop]) -> list[Theirs]:
    rows = rows_of(shops)
    accounts = control.call("GET", "/books")["accounts"]
    return [
        Theirs(
            account_id=rows[account["account"]],
            gateway_payment_id=line["gateway_payment_id"],
            reference=line["reference"],
            currency=line["currency"].upper(),
            charges=line["charge_count"],
            captured=line["captured"],
            refunded=line["refunded"],
        )
        for account in accounts
        if account["account"] in rows
        for line in account["payments"]
    ]


def promises_of(sales: Iterable[Sale]) -> list[Promise]:
    return [
        Promise(
            key=f"{sale.shop.name}/{answer.key}",
            transaction_id=answer.data["transactionId"],
            amount=answer.data.get("amount", 0),
            currency=answer.data.get("currency", ""),
            status=answer.data.get("status", ""),
            wanted_amount=sale.wanted.body["amount"],
            wanted_currency=sale.wanted.body["currency"],
        )
        for sale in sales
        for answer in sale.answers
        if answer.key
    ]


def received_by(receiver: Receiver, shops: Sequence[Shop]) -> list[Receiving]:
    rows = {shop.endpoint.path: shop.endpoint.row for shop in shops}
    return [
        Receiving(rows[came.path], came.webhook_id, came.event_id, came.body, came.taken) for came in receiver.came()
    ]


def _by_reference(acknowledged: Iterable[str], theirs: Iterable[Theirs]) -> frozenset[str]:
    """A hint is told of by the gateway's id of the payment; in the inbox it is known by our reference."""
    references = {one.gateway_payment_id: one.reference for one in theirs}
    return frozenset(references.get(event, event) for event in acknowledged)

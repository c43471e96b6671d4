"""How transactions end: the purses move, the end is kept, and one callback leaves, which is never repeated."""

import orjson

from simulator.agenda import Agenda
from simulator.deliveries import Delivery
from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.state import (
    COLLECTION,
    DISBURSEMENT,
    REQUEST_TO_PAY,
    AccountRecord,
    Transaction,
    transaction_shape,
)
from simulator.world import World


class Settling:
    """Every public method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts) -> None:
        self._world = world
        self._accounts = accounts
        # Prompts wait for minutes: among the timers of the world they would hold up who waits until all is quiet.
        self._prompts = Agenda(name="momo-prompts", threads=1)

    def end(self, transaction: Transaction, *, status: str, reason: str = "") -> list[Delivery]:
        """The end of a pending transaction. Raises ValueError when it has ended already."""
        if transaction.status != "PENDING":
            raise ValueError(f"The transaction is {transaction.status} already.")
        account = self._accounts.by_id[transaction.account]
        if status == "SUCCESSFUL" and not self._move_money(transaction, account):
            status, reason = "FAILED", "NOT_ENOUGH_FUNDS"
        transaction.status, transaction.reason = status, reason if status == "FAILED" else ""
        transaction.due = None
        if status == "SUCCESSFUL":
            transaction.financial_id = str(int.from_bytes(self._world.token(length=6).encode()) % 10**10)
        self._accounts.keep(transaction)
        return [self.call_back(transaction)] if transaction.callback_url else []

    def end_later(self, transaction: Transaction, *, status: str, reason: str = "", seconds: int) -> None:
        transaction.due, transaction.ends_as = self._world.now() + seconds, [status, reason]
        self._accounts.keep(transaction)
        self._plan(transaction, delay_seconds=seconds)

    def resume(self) -> None:
        """Plan again what was waiting for its time when the process ended. Callbacks are not sent again."""
        for transaction in self._accounts.transactions.values():
            if transaction.status == "PENDING" and transaction.due is not None:
                self._plan(transaction, delay_seconds=max(0, transaction.due - self._world.now()))

    def clear(self) -> None:
        self._prompts.clear()

    def call_back(self, transaction: Transaction) -> Delivery:
        account = self._accounts.by_id[transaction.account]
        delivery = Delivery(
            gateway="mtn_momo",
            account=account.id,
            event_id=transaction.id,
            event_type=f"{transaction.kind}.{transaction.status.lower()}",
            payment=transaction.id,
            references=frozenset({transaction.external_id}),
            url=transaction.callback_url,
            body=orjson.dumps(transaction_shape(transaction)),
            sign=_headers,
            forge=_headers,
            on_delivered=_nothing_to_note,
            method=account.callback_method,
            retry_seconds=(),
        )
        self._world.dispatcher.send(delivery)
        return delivery

    def _plan(self, transaction: Transaction, *, delay_seconds: float) -> None:
        agenda = self._prompts if transaction.kind == REQUEST_TO_PAY else self._world.timers
        agenda.add(lambda: self._end_if_due(transaction), delay_seconds=delay_seconds)

    def _end_if_due(self, transaction: Transaction) -> None:
        with self._world.lock:
            is_known = self._accounts.transactions.get(transaction.key) is transaction
            if is_known and transaction.status == "PENDING" and transaction.due is not None:
                status, reason = transaction.ends_as
                self.end(transaction, status=status, reason=reason)

    def _move_money(self, transaction: Transaction, account: AccountRecord) -> bool:
        """Into the purse of collection, or out of that of disbursement; False when that holds too little."""
        product = COLLECTION if transaction.kind == REQUEST_TO_PAY else DISBURSEMENT
        purse = account.purses.setdefault(product, {})
        change = transaction.amount if product == COLLECTION else -transaction.amount
        if purse.get(transaction.currency, 0) + change < 0:
            return False
        purse[transaction.currency] = purse.get(transaction.currency, 0) + change
        self._accounts.keep_account(account)
        return True


def _headers(_body: bytes, _moment: int) -> dict[str, str]:
    """Nothing is signed, so a forged callback looks like any other."""
    return {"Content-Type": "application/json", "Accept": "*/*"}


def _nothing_to_note() -> None:
    """A callback is sent once and forgotten, taken or not."""

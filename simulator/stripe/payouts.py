"""Money out: transfers to connected accounts, payouts to our own bank, and the automatic payout that settles."""

from simulator.stripe.accounts import Accounts
from simulator.stripe.currencies import check_amount
from simulator.stripe.errors import ParameterRefused, StripeError, missing_resource
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.money_objects import payout_shape, transfer_shape
from simulator.stripe.money_state import Payout, Transfer
from simulator.stripe.state import Account
from simulator.stripe.till import Till
from simulator.wire import Json
from simulator.world import World

OWN_BANK = "ba_1SimulatorOwnBank"
_DIVISIBLE_BY_100 = frozenset({"huf", "twd", "isk", "ugx"})
_SHOWN = ("description", "method", "statement_descriptor")
_NEXT = {
    "pending": ("in_transit", "paid", "failed", "canceled"),
    "in_transit": ("paid", "failed"),
    "paid": ("failed",),
}


class Payouts:
    """Every public method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts, publisher: Publisher, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._publisher = publisher
        self._till = till

    def transfer(self, account: Account, *, params: Json, cause: Cause) -> Transfer:
        _check_positive(params["amount"])
        if params["destination"] not in account.record.connected:
            raise missing_resource("destination", params["destination"], param="destination")
        self._till.check_available(account, amount=params["amount"], currency=params["currency"])
        key = f"tr_1{self._world.token(length=23)}"
        transfer = Transfer(
            id=key,
            account=account.id,
            amount=params["amount"],
            currency=params["currency"],
            created=self._world.now(),
            destination=params["destination"],
            balance_transaction=self._book(account, "transfer", -params["amount"], params["currency"], key),
            given={name: params[name] for name in ("description", "transfer_group") if name in params},
            metadata=params.get("metadata", {}),
        )
        self._say("transfer.created", transfer, cause=cause)
        return transfer

    def reverse(self, transfer: Transfer, *, amount: int | None, cause: Cause) -> None:
        wanted = amount or transfer.amount - transfer.amount_reversed
        if not 1 <= wanted <= transfer.amount - transfer.amount_reversed:
            raise StripeError("There is not that much left to reverse.", param="amount")
        account = self._accounts.of(transfer.account)
        self._book(account, "transfer_refund", wanted, transfer.currency, transfer.id)
        transfer.amount_reversed += wanted
        self._say("transfer.reversed", transfer, cause=cause)

    def pay_out(self, account: Account, *, params: Json, cause: Cause) -> Payout:
        amount, currency = params["amount"], params["currency"]
        check_amount(amount, currency=currency)
        if currency in _DIVISIBLE_BY_100 and amount % 100:
            raise ParameterRefused(f"Payouts in {currency} must be divisible by 100.", param="amount")
        destination = params.get("destination", OWN_BANK)
        if destination not in (OWN_BANK, *account.record.banks):
            raise missing_resource("external account", destination, param="destination")
        self._till.check_available(account, amount=amount, currency=currency)
        payout = self._new(account, amount=amount, currency=currency, destination=destination)
        payout.given = {name: params[name] for name in _SHOWN if name in params}
        payout.metadata = params.get("metadata", {})
        self._say("payout.created", payout, cause=cause)
        return payout

    def become(self, payout: Payout, *, status: str, failure_code: str, cause: Cause) -> None:
        if status not in _NEXT.get(payout.status, ()):
            raise StripeError(f"A payout that is {payout.status} does not become {status}.")
        payout.status = status
        if status in ("failed", "canceled"):
            account = self._accounts.of(payout.account)
            kind = "payout_failure" if status == "failed" else "payout_cancel"
            line = self._book(account, kind, payout.amount, payout.currency, payout.id)
            payout.failure_code = failure_code if status == "failed" else None
            payout.failure_balance_transaction = line if status == "failed" else None
        self._say({"in_transit": "payout.updated"}.get(status, f"payout.{status}"), payout, cause=cause)

    def settle(self, account: Account, *, cause: Cause) -> list[Payout]:
        """The automatic payout: everything held goes to the bank, as though its waiting time were over."""
        now = self._world.now()
        payouts = []
        for currency in {line.currency for line in account.transactions.values()}:
            open_lines = [
                line for line in account.transactions.values() if line.currency == currency and not line.payout
            ]
            total = sum(line.amount - line.fee for line in open_lines)
            if total <= 0:
                continue
            payout = self._new(account, amount=total, currency=currency, destination=OWN_BANK)
            payout.automatic, payout.status = True, "paid"
            for line in (*open_lines, account.transactions[payout.balance_transaction]):
                line.payout, line.available_on = payout.id, min(line.available_on, now)
                self._accounts.keep(line)
            self._say("payout.paid", payout, cause=cause)
            payouts.append(payout)
        return payouts

    def _new(self, account: Account, *, amount: int, currency: str, destination: str) -> Payout:
        key = f"po_1{self._world.token(length=23)}"
        return Payout(
            id=key,
            account=account.id,
            amount=amount,
            currency=currency,
            created=self._world.now(),
            destination=destination,
            balance_transaction=self._book(account, "payout", -amount, currency, key),
        )

    def _book(self, account: Account, kind: str, amount: int, currency: str, source: str) -> str:
        return self._till.book(account.id, kind=kind, amount=amount, currency=currency, source=source).id

    def _say(self, event_type: str, record: Transfer | Payout, *, cause: Cause) -> None:
        self._accounts.keep(record)
        self._publisher.announce(
            event_type,
            account=self._accounts.of(record.account),
            payment=record.id,
            references=list(record.metadata.values()),
            shape=transfer_shape(record) if isinstance(record, Transfer) else payout_shape(record),
            cause=cause,
        )


def _check_positive(amount: int) -> None:
    if amount < 1:
        raise ParameterRefused("Invalid positive integer", code="parameter_invalid_integer", param="amount")

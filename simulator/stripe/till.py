"""The lines of an account's balance: whatever moves its money is booked here, and nowhere else."""

from simulator.stripe.accounts import Accounts
from simulator.stripe.errors import StripeError
from simulator.stripe.state import Account, Transaction
from simulator.world import World

AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600


class Till:
    """Every method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts) -> None:
        self._world = world
        self._accounts = accounts

    def book(
        self,
        account_id: str,
        *,
        kind: str,
        amount: int,
        currency: str,
        source: str,
        fee: int = 0,
        category: str = "",
        waits: bool = False,
        description: str | None = None,
    ) -> Transaction:
        """Add a line; `waits` for money that is not ours to use for two days."""
        now = self._world.now()
        line = Transaction(
            id=f"txn_3{self._world.token(length=23)}",
            account=account_id,
            amount=amount,
            fee=fee,
            currency=currency,
            created=now,
            available_on=now + (AVAILABLE_AFTER_SECONDS if waits else 0),
            source=source,
            description=description,
            type=kind,
            category=category or kind,
        )
        self._accounts.keep(line)
        return line

    def available(self, account: Account, currency: str) -> int:
        now = self._world.now()
        return sum(
            line.amount - line.fee
            for line in account.transactions.values()
            if line.currency == currency and line.available_on <= now
        )

    def check_available(self, account: Account, *, amount: int, currency: str) -> None:
        if self.available(account, currency) < amount:
            raise StripeError(
                "You have insufficient available funds in your Stripe account. In test mode, charge "
                "pm_card_bypassPending: its funds are available at once.",
                code="balance_insufficient",
            )

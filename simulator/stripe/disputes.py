"""Disputes: a payer's bank takes money back. An inquiry only asks; a chargeback takes amount and fee at once."""

from simulator.stripe.accounts import Accounts
from simulator.stripe.currencies import decimals
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.money_objects import dispute_shape
from simulator.stripe.money_state import Dispute
from simulator.stripe.state import Charge, Intent
from simulator.stripe.till import Till
from simulator.world import World

FEE_MAJOR = 15
# Test cards that are disputed as soon as they are charged: the reason, and whether it is only an inquiry.
_CARDS = {
    "pm_card_createDispute": ("fraudulent", False),
    "pm_card_createDisputeProductNotReceived": ("product_not_received", False),
    "pm_card_createDisputeInquiry": ("fraudulent", True),
}
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
_CHARGEBACK_ENDS = ("under_review", "won", "lost", "prevented")
_INQUIRY_ENDS = ("warning_under_review", "warning_closed", "needs_response")


class Disputes:
    """Every public method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts, publisher: Publisher, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._publisher = publisher
        self._till = till

    def of_card(self, charge: Charge, intent: Intent) -> None:
        """What the test cards bring about."""
        if charge.card in _CARDS:
            reason, is_inquiry = _CARDS[charge.card]
            self.open(intent, reason=reason, is_inquiry=is_inquiry, cause=Cause())

    def open(self, intent: Intent, *, reason: str, is_inquiry: bool, cause: Cause) -> Dispute:
        charge = self._accounts.of(intent.account).charges[intent.charges[-1]] if intent.charges else None
        if charge is None or not charge.captured or charge.disputed:
            raise StripeError("Only a charge that was captured and is not disputed yet can be disputed.")
        dispute = Dispute(
            id=f"du_1{self._world.token(length=23)}",
            account=intent.account,
            intent=intent.id,
            charge=charge.id,
            amount=charge.amount_captured,
            currency=charge.currency,
            created=self._world.now(),
            status="warning_needs_response" if is_inquiry else "needs_response",
            reason=reason,
        )
        self._announce("charge.dispute.created", dispute=dispute, cause=cause)
        if not is_inquiry:
            self._withdraw(dispute, cause=cause)
        return dispute

    def become(self, dispute: Dispute, *, status: str, cause: Cause) -> None:
        """The bank decides, or an inquiry turns into a chargeback."""
        allowed = _INQUIRY_ENDS if dispute.status.startswith("warning_") else _CHARGEBACK_ENDS
        if dispute.status not in _OPEN or status not in allowed:
            raise StripeError(f"A dispute that is {dispute.status} does not become {status}.")
        was_inquiry = dispute.status.startswith("warning_")
        dispute.status = status
        if was_inquiry and status == "needs_response":
            self._withdraw(dispute, cause=cause)
        elif status in ("won", "prevented"):
            self._reinstate(dispute, cause=cause)
        is_over = status in ("won", "lost", "prevented", "warning_closed")
        self._announce(f"charge.dispute.{'closed' if is_over else 'updated'}", dispute=dispute, cause=cause)

    def _withdraw(self, dispute: Dispute, *, cause: Cause) -> None:
        self._book(dispute, amount=-dispute.amount, fee=FEE_MAJOR * 10 ** decimals(dispute.currency), word="dispute")
        charge = self._accounts.of(dispute.account).charges[dispute.charge]
        charge.disputed = True
        self._accounts.keep(charge)
        self._announce("charge.dispute.funds_withdrawn", dispute=dispute, cause=cause)

    def _reinstate(self, dispute: Dispute, *, cause: Cause) -> None:
        self._book(dispute, amount=dispute.amount, fee=0, word="dispute_reversal")
        self._announce("charge.dispute.funds_reinstated", dispute=dispute, cause=cause)

    def _book(self, dispute: Dispute, *, amount: int, fee: int, word: str) -> None:
        line = self._till.book(
            dispute.account,
            kind="adjustment",
            category=word,
            amount=amount,
            fee=fee,
            currency=dispute.currency,
            source=dispute.id,
        )
        dispute.transactions.append(line.id)

    def _announce(self, event_type: str, *, dispute: Dispute, cause: Cause) -> None:
        self._accounts.keep(dispute)
        account = self._accounts.of(dispute.account)
        self._publisher.publish(
            event_type,
            intent=account.intents[dispute.intent],
            shape=dispute_shape(dispute, account=account, now=self._world.now()),
            cause=cause,
        )

"""Refunds: how much of a charge may go back, when it has gone, and when it comes back after all."""

from simulator.stripe.accounts import Accounts
from simulator.stripe.errors import ParameterRefused, StripeError, missing_resource
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.money_objects import refund_shape
from simulator.stripe.money_state import Refund
from simulator.stripe.objects import charge_shape
from simulator.stripe.state import Account, Charge
from simulator.stripe.till import Till
from simulator.wire import Json
from simulator.world import World

STEP_DELAY_SECONDS = 1.0
# Test cards whose refunds do not simply succeed: what the refund is at first, and what it becomes.
_COURSES = {"pm_card_pendingRefund": ("pending", "succeeded"), "pm_card_refundFail": ("succeeded", "failed")}
_OPEN = ("pending", "requires_action")


class Refunds:
    """Every public method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts, publisher: Publisher, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._publisher = publisher
        self._till = till

    def create(self, account: Account, *, params: Json, cause: Cause) -> Refund:
        charge = _charge_of(account, params=params)
        _check(charge, amount=params.get("amount"))
        first, later = _COURSES.get(charge.card, ("succeeded", ""))
        refund = Refund(
            id=f"re_3{self._world.token(length=23)}",
            account=account.id,
            intent=charge.intent,
            charge=charge.id,
            amount=params.get("amount") or _left(charge),
            currency=charge.currency,
            created=self._world.now(),
            status=first,
            reason=params.get("reason"),
            metadata=params.get("metadata", {}),
        )
        self._pay_back(refund, charge=charge)
        self._announce("refund.created", refund=refund, cause=cause)
        intent = account.intents[charge.intent]
        self._publisher.publish("charge.refunded", intent=intent, shape=charge_shape(charge), cause=cause)
        if later:
            self._world.timers.add(lambda: self._later(refund, status=later), delay_seconds=STEP_DELAY_SECONDS)
        return refund

    def become(self, refund: Refund, *, status: str, reason: str = "unknown", cause: Cause) -> None:
        """A pending refund ends, or one that had succeeded fails after all."""
        if refund.status not in _OPEN and (refund.status, status) != ("succeeded", "failed"):
            raise StripeError(f"A refund that is {refund.status} does not become {status}.")
        refund.status = status
        if status in ("failed", "canceled"):
            refund.failure_reason = reason if status == "failed" else None
            self._take_back(refund)
        self._accounts.keep(refund)
        events = ("refund.failed", "charge.refund.updated") if status == "failed" else ("refund.updated",)
        for event_type in events:
            self._announce(event_type, refund=refund, cause=cause)

    def _later(self, refund: Refund, *, status: str) -> None:
        with self._world.lock:
            if refund.status != status:
                self.become(refund, status=status, cause=Cause())

    def _pay_back(self, refund: Refund, *, charge: Charge) -> None:
        line = self._till.book(
            refund.account, kind="refund", amount=-refund.amount, currency=refund.currency, source=refund.id
        )
        refund.balance_transaction = line.id
        charge.amount_refunded += refund.amount
        charge.refunded = charge.amount_refunded == charge.amount
        self._accounts.keep(charge)
        self._accounts.keep(refund)

    def _take_back(self, refund: Refund) -> None:
        """The money of a refund that did not arrive is in our balance again."""
        line = self._till.book(
            refund.account, kind="refund_failure", amount=refund.amount, currency=refund.currency, source=refund.id
        )
        refund.failure_balance_transaction = line.id
        charge = self._accounts.of(refund.account).charges[refund.charge]
        charge.amount_refunded -= refund.amount
        charge.refunded = False
        self._accounts.keep(charge)

    def _announce(self, event_type: str, *, refund: Refund, cause: Cause) -> None:
        self._publisher.announce(
            event_type,
            account=self._accounts.of(refund.account),
            payment=refund.intent,
            references=list(refund.metadata.values()),
            shape=refund_shape(refund),
            cause=cause,
        )


def _charge_of(account: Account, *, params: Json) -> Charge:
    if ("charge" in params) is ("payment_intent" in params):
        raise ParameterRefused("Give either charge or payment_intent.", code="parameter_missing", param="charge")
    if "charge" in params:
        if params["charge"] not in account.charges:
            raise missing_resource("charge", params["charge"], param="charge")
        return account.charges[params["charge"]]
    intent = account.intents.get(params["payment_intent"])
    if intent is None:
        raise missing_resource("payment_intent", params["payment_intent"], param="payment_intent")
    taken = [account.charges[key] for key in intent.charges if account.charges[key].captured]
    if not taken:
        raise StripeError(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
        )
    return taken[-1]


def _left(charge: Charge) -> int:
    """What may still go back. The rest of a partial capture counts as refunded already."""
    return charge.amount - charge.amount_refunded


def _check(charge: Charge, *, amount: int | None) -> None:
    if charge.disputed:
        raise StripeError(f"Charge {charge.id} has been charged back.", code="charge_disputed")
    if not charge.captured:
        raise StripeError(f"Charge {charge.id} was not captured.", code="charge_not_refundable")
    if not _left(charge):
        raise StripeError(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount is None:
        return
    if amount < 1:
        raise ParameterRefused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > _left(charge):
        raise StripeError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({_left(charge)})", param="amount"
        )

"""Charges: trying to take the money, its fee that comes late, captures, releases and debits that end days later."""

from collections.abc import Callable

from simulator.stripe import currencies
from simulator.stripe.accounts import Accounts
from simulator.stripe.cards import CARDS, DEBIT_FAILED, Card, Debit, Decline
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.money_state import SavedMethod
from simulator.stripe.objects import charge_shape, intent_shape, method_shape
from simulator.stripe.state import Charge, Intent
from simulator.stripe.till import Till
from simulator.wire import Json
from simulator.world import World

CAPTURE_SECONDS_MAX = 7 * 24 * 3600
SETTLE_DELAY_SECONDS = 1.0


class Charging:
    """Every public method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts, publisher: Publisher, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._publisher = publisher
        self._till = till
        # What a test card brings about once its money was taken, such as a dispute.
        self.after_success: Callable[[Charge, Intent], None] = lambda _charge, _intent: None

    def charge(self, intent: Intent, *, card: Card, cause: Cause, authenticated: bool = False) -> None:
        """Try the card. A decline is recorded and announced, then raised as StripeError 402."""
        if card.debit is not None:
            self._start_debit(intent, card=card, cause=cause)
        elif card.decline is not None:
            self.decline(intent, card=card, decline=card.decline, cause=cause)
        else:
            self._succeed(intent, card=card, cause=cause, authenticated=authenticated)

    def _succeed(self, intent: Intent, *, card: Card, cause: Cause, authenticated: bool) -> None:
        charge = self._new_charge(intent, card=card)
        charge.authenticated = authenticated
        intent.last_error, intent.next_action = None, None
        if intent.capture_method == "manual":
            charge.capture_before = self._world.now() + CAPTURE_SECONDS_MAX
            intent.status, intent.amount_capturable = "requires_capture", intent.amount
            self._keep(intent, charge)
            self._announce_charge("charge.succeeded", charge=charge, intent=intent, cause=cause)
            self._announce("payment_intent.amount_capturable_updated", intent=intent, cause=cause)
            return
        self._complete(intent, charge=charge, cause=cause)

    def _complete(self, intent: Intent, *, charge: Charge, cause: Cause) -> None:
        charge.status, charge.captured, charge.amount_captured = "succeeded", True, charge.amount
        intent.status, intent.amount_received = "succeeded", charge.amount
        if intent.capture_method == "automatic":
            self._book_transaction(charge)
        else:
            self.settle_later(charge)
        self._keep(intent, charge)
        self._announce_charge("charge.succeeded", charge=charge, intent=intent, cause=cause)
        self._announce("payment_intent.succeeded", intent=intent, cause=cause)
        self._save_method(intent, charge=charge)
        self.after_success(charge, intent)

    def _save_method(self, intent: Intent, *, charge: Charge) -> None:
        """A method is kept with the customer when the payment was set up for that."""
        if intent.customer and intent.given.get("setup_future_usage"):
            self._accounts.keep(
                SavedMethod(
                    id=charge.payment_method,
                    account=charge.account,
                    card=charge.card,
                    created=charge.created,
                    customer=intent.customer,
                )
            )

    def decline(self, intent: Intent, *, card: Card, decline: Decline, cause: Cause) -> None:
        """Record the failed attempt, then raise it as the API does."""
        charge = self._new_charge(intent, card=card)
        self._fail(intent, charge=charge, card=card, decline=decline, cause=cause)
        error = StripeError(decline.message, status=402, kind="card_error", code=decline.code)
        error.error.update(intent.last_error or {})
        error.error["payment_intent"] = intent_shape(intent)
        raise error

    def _fail(self, intent: Intent, *, charge: Charge, card: Card, decline: Decline, cause: Cause) -> None:
        charge.status = "failed"
        charge.decline = {
            "code": decline.code,
            "decline_code": decline.decline_code,
            "message": decline.message,
            "advice": decline.advice,
        }
        intent.last_error = _last_error(intent, charge=charge, card=card, decline=decline)
        intent.status, intent.next_action = "requires_payment_method", None
        intent.payment_method, intent.card = None, None
        self._keep(intent, charge)
        self._announce_charge("charge.failed", charge=charge, intent=intent, cause=cause)
        self._announce("payment_intent.payment_failed", intent=intent, cause=cause)

    def capture(self, intent: Intent, *, amount: int, cause: Cause) -> None:
        """Take all or a part of what is held; the rest is released and looks like a refund."""
        charge = self._latest(intent)
        charge.captured, charge.amount_captured = True, amount
        charge.amount_refunded = charge.amount - amount
        charge.capture_before = None
        self._book_transaction(charge)
        intent.status, intent.amount_received, intent.amount_capturable = "succeeded", amount, 0
        self._keep(intent, charge)
        self._announce_charge("charge.captured", charge=charge, intent=intent, cause=cause)
        self._announce("payment_intent.succeeded", intent=intent, cause=cause)

    def release(self, intent: Intent, *, cause: Cause) -> None:
        """Give a hold back without taking money; Stripe shows it as a refund of a charge never captured."""
        charge = self._latest(intent)
        charge.refunded, charge.amount_refunded = True, charge.amount
        charge.capture_before = None
        self._keep(intent, charge)
        self._announce_charge("charge.refunded", charge=charge, intent=intent, cause=cause)

    def _start_debit(self, intent: Intent, *, card: Card, cause: Cause) -> None:
        charge = self._new_charge(intent, card=card)
        charge.status = "pending"
        intent.status, intent.last_error, intent.next_action = "processing", None, None
        self._keep(intent, charge)
        self._announce_charge("charge.pending", charge=charge, intent=intent, cause=cause)
        self._announce("payment_intent.processing", intent=intent, cause=cause)
        self.settle_debit_later(intent, card=card)

    def settle_debit_later(self, intent: Intent, *, card: Card) -> None:
        if card.debit in (Debit.SUCCEEDS, Debit.FAILS):
            succeeds = card.debit is Debit.SUCCEEDS
            self._world.timers.add(
                lambda: self._settle_if_processing(intent, succeeds=succeeds), delay_seconds=SETTLE_DELAY_SECONDS
            )

    def _settle_if_processing(self, intent: Intent, *, succeeds: bool) -> None:
        with self._world.lock:
            if intent.status == "processing":
                self.settle(intent, succeeds=succeeds, cause=Cause())

    def settle(self, intent: Intent, *, succeeds: bool, cause: Cause) -> None:
        charge = self._latest(intent)
        if succeeds:
            self._complete(intent, charge=charge, cause=cause)
            return
        card = card_of(charge)
        self._fail(intent, charge=charge, card=card, decline=card.decline or DEBIT_FAILED, cause=cause)

    def settle_later(self, charge: Charge) -> None:
        """The asynchronous capture of current API versions: the balance transaction follows the charge."""
        self._world.timers.add(lambda: self._settle_charge(charge), delay_seconds=SETTLE_DELAY_SECONDS)

    def _settle_charge(self, charge: Charge) -> None:
        with self._world.lock:
            if charge.balance_transaction is not None:
                return
            self._book_transaction(charge)
            self._accounts.keep(charge)
            intent = self._accounts.intents[charge.intent]
            self._publisher.publish(
                "charge.updated",
                intent=intent,
                shape=charge_shape(charge),
                cause=Cause(),
                previous={"balance_transaction": None},
            )

    def _book_transaction(self, charge: Charge) -> None:
        line = self._till.book(
            charge.account,
            kind="charge",
            amount=charge.amount_captured,
            fee=currencies.fee(charge.amount_captured, currency=charge.currency),
            currency=charge.currency,
            source=charge.id,
            waits=charge.card != "pm_card_bypassPending",
            description=charge.given.get("description"),
        )
        charge.balance_transaction = line.id

    def _new_charge(self, intent: Intent, *, card: Card) -> Charge:
        charge = Charge(
            id=f"ch_3{self._world.token(length=23)}",
            account=intent.account,
            intent=intent.id,
            amount=intent.amount,
            currency=intent.currency,
            created=self._world.now(),
            card=card.id,
            payment_method=str(intent.payment_method),
            metadata=dict(intent.metadata),
            given=intent.given,
            customer=intent.customer,
        )
        intent.charges.append(charge.id)
        return charge

    def _latest(self, intent: Intent) -> Charge:
        return self._accounts.of(intent.account).charges[intent.charges[-1]]

    def _keep(self, intent: Intent, charge: Charge) -> None:
        self._accounts.keep(charge)
        self._accounts.keep(intent)

    def _announce(self, event_type: str, *, intent: Intent, cause: Cause) -> None:
        self._publisher.publish(event_type, intent=intent, shape=intent_shape(intent), cause=cause)

    def _announce_charge(self, event_type: str, *, charge: Charge, intent: Intent, cause: Cause) -> None:
        self._publisher.publish(event_type, intent=intent, shape=charge_shape(charge), cause=cause)


def card_of(charge: Charge) -> Card:
    return CARDS[charge.card]


def _last_error(intent: Intent, *, charge: Charge, card: Card, decline: Decline) -> Json:
    return {
        "advice_code": decline.advice,
        "charge": charge.id,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "network_decline_code": "05",
        "payment_method": method_shape(
            key=charge.payment_method, card_id=card.id, created=charge.created, customer=intent.customer
        ),
        "type": "card_error",
    }

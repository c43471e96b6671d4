"""The life of a PaymentIntent: what each step needs and changes. Only here and in charging.py its status is set."""

from simulator.stripe import currencies
from simulator.stripe.accounts import Accounts
from simulator.stripe.cards import AUTHENTICATION_REQUIRED, CARDS, Card, ThreeDS, find_card
from simulator.stripe.charging import Charging
from simulator.stripe.errors import StripeError, missing_resource
from simulator.stripe.events import Cause, Publisher
from simulator.stripe.objects import intent_shape, method_shape
from simulator.stripe.state import CANCELABLE_STATUSES, OPEN_STATUSES, Account, Intent
from simulator.wire import Json
from simulator.world import World

GIVEN = (
    "application_fee_amount", "confirmation_method", "description", "on_behalf_of", "receipt_email",
    "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_data",
    "transfer_group",
)  # fmt: skip
PAYER_ABSENT = ("true", "one_off", "recurring")
_AUTHENTICATION_FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)


class Intents:
    """Every method expects the world's lock to be held."""

    def __init__(self, *, world: World, accounts: Accounts, publisher: Publisher, charging: Charging) -> None:
        self._world = world
        self._accounts = accounts
        self._publisher = publisher
        self._charging = charging

    def create(self, account: Account, *, params: Json, cause: Cause) -> Intent:
        currencies.check_amount(params["amount"], currency=params["currency"])
        if params.get("customer") and params["customer"] not in account.customers:
            raise missing_resource("customer", params["customer"], param="customer")
        if params.get("payment_method"):
            _card(params["payment_method"], account=account, customer=params.get("customer"))
        intent = self._new(account, params=params)
        if params.get("payment_method"):
            self._attach(intent, key=params["payment_method"])
            intent.status = "requires_confirmation"
        self._accounts.keep(intent)
        self._announce("payment_intent.created", intent=intent, cause=cause)
        if params.get("confirm"):
            self.confirm(intent, params=params, cause=cause)
        return intent

    def _new(self, account: Account, *, params: Json) -> Intent:
        key = f"pi_3{self._world.token(length=23)}"
        intent = Intent(
            id=key,
            account=account.id,
            amount=params["amount"],
            currency=params["currency"],
            created=self._world.now(),
            client_secret=f"{key}_secret_{self._world.token(length=25)}",
            capture_method=params.get("capture_method", "automatic_async"),
            metadata={name: value for name, value in params.get("metadata", {}).items() if value != ""},
            given={name: params[name] for name in GIVEN if name in params},
            customer=params.get("customer"),
        )
        if "payment_method_types" in params:
            intent.method_types = params["payment_method_types"]
        else:
            wanted = params.get("automatic_payment_methods", {})
            if wanted.get("enabled", True):
                intent.automatic = {"allow_redirects": wanted.get("allow_redirects", "always"), "enabled": True}
        return intent

    def update(self, intent: Intent, *, params: Json) -> None:
        if intent.status not in OPEN_STATUSES:
            raise _unexpected(intent, doing="update", allowed=OPEN_STATUSES)
        if "amount" in params or "currency" in params:
            amount, currency = params.get("amount", intent.amount), params.get("currency", intent.currency)
            currencies.check_amount(amount, currency=currency)
            intent.amount, intent.currency = amount, currency
        if params.get("payment_method"):
            self._attach(intent, key=params["payment_method"])
            intent.status, intent.next_action = "requires_confirmation", None
        merge_metadata(intent.metadata, changes=params.get("metadata", {}))
        self._take_over(intent, params=params)
        self._accounts.keep(intent)

    def _take_over(self, intent: Intent, *, params: Json) -> None:
        intent.capture_method = params.get("capture_method", intent.capture_method)
        intent.customer = params.get("customer", intent.customer)
        intent.method_types = params.get("payment_method_types", intent.method_types)
        intent.given.update({name: params[name] for name in GIVEN if name in params})

    def confirm(self, intent: Intent, *, params: Json, cause: Cause) -> None:
        if intent.status not in OPEN_STATUSES:
            raise _unexpected(intent, doing="confirm", allowed=OPEN_STATUSES)
        if params.get("payment_method"):
            self._attach(intent, key=params["payment_method"])
        if intent.payment_method is None or intent.card is None:
            raise _lacks_method(intent)
        intent.return_url = params.get("return_url") or intent.return_url
        if intent.automatic and intent.automatic["allow_redirects"] == "always" and not intent.return_url:
            raise _lacks_return_url()
        self._take_over(intent, params=params)
        card = CARDS[intent.card]
        if card.three_ds is ThreeDS.NEVER or (card.three_ds is ThreeDS.UNLESS_SAVED and self._is_saved(intent)):
            self._charging.charge(intent, card=card, cause=cause)
        elif params.get("off_session") in PAYER_ABSENT or params.get("error_on_requires_action"):
            self._charging.decline(intent, card=card, decline=AUTHENTICATION_REQUIRED, cause=cause)
        else:
            self._ask_for_authentication(intent, cause=cause)

    def _ask_for_authentication(self, intent: Intent, *, cause: Cause) -> None:
        intent.status = "requires_action"
        intent.last_error = None
        intent.next_action = {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": intent.return_url,
                "url": f"{cause.base_url}/pay/stripe/{intent.id}/3ds",
            },
        }
        self._accounts.keep(intent)
        self._announce("payment_intent.requires_action", intent=intent, cause=cause)

    def authenticate(self, intent: Intent, *, succeeds: bool, cause: Cause) -> None:
        """What the payer did on the 3D Secure page. A decline after it raises StripeError, as in confirm."""
        if intent.status != "requires_action" or intent.card is None:
            raise _unexpected(intent, doing="authenticate", allowed=("requires_action",))
        intent.next_action = None
        if succeeds:
            self._charging.charge(intent, card=CARDS[intent.card], cause=cause, authenticated=True)
            return
        error: Json = {
            "code": "payment_intent_authentication_failure",
            "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
            "message": _AUTHENTICATION_FAILED,
            "payment_method": method_shape(
                key=str(intent.payment_method), card_id=intent.card, created=intent.created, customer=None
            ),
            "type": "invalid_request_error",
        }
        intent.status, intent.payment_method, intent.card, intent.last_error = (
            "requires_payment_method", None, None, error,
        )  # fmt: skip
        self._accounts.keep(intent)
        self._announce("payment_intent.payment_failed", intent=intent, cause=cause)

    def cancel(self, intent: Intent, *, reason: str | None, cause: Cause) -> None:
        if intent.status not in CANCELABLE_STATUSES:
            raise _unexpected(intent, doing="cancel", allowed=CANCELABLE_STATUSES)
        if intent.status == "requires_capture":
            self._charging.release(intent, cause=cause)
        intent.status = "canceled"
        intent.amount_capturable = 0
        intent.canceled_at = self._world.now()
        intent.cancellation_reason = reason
        intent.next_action = None
        self._accounts.keep(intent)
        self._announce("payment_intent.canceled", intent=intent, cause=cause)

    def capture(self, intent: Intent, *, amount: int | None, cause: Cause) -> None:
        if intent.status != "requires_capture":
            raise _unexpected(intent, doing="capture", allowed=("requires_capture",))
        wanted = intent.amount_capturable if amount is None else amount
        if not 1 <= wanted <= intent.amount_capturable:
            raise StripeError(
                "The amount to capture must be positive and not above what can be captured.",
                code="amount_too_large",
                param="amount_to_capture",
            )
        currencies.check_amount(wanted, currency=intent.currency, param="amount_to_capture")
        self._charging.capture(intent, amount=wanted, cause=cause)

    def settle(self, intent: Intent, *, succeeds: bool, cause: Cause) -> None:
        """End a bank debit that is in processing."""
        if intent.status != "processing":
            raise _unexpected(intent, doing="settle", allowed=("processing",))
        self._charging.settle(intent, succeeds=succeeds, cause=cause)

    def _attach(self, intent: Intent, *, key: str) -> None:
        """A magic id makes a new payment method, a kept one is used as it is."""
        account = self._accounts.of(intent.account)
        intent.card = _card(key, account=account, customer=intent.customer).id
        intent.payment_method = key if key in account.methods else f"pm_1{self._world.token(length=23)}"

    def _is_saved(self, intent: Intent) -> bool:
        return intent.payment_method in self._accounts.of(intent.account).methods

    def _announce(self, event_type: str, *, intent: Intent, cause: Cause) -> None:
        self._publisher.publish(event_type, intent=intent, shape=intent_shape(intent), cause=cause)


def merge_metadata(metadata: dict[str, str], *, changes: dict[str, str]) -> None:
    """Stripe's rule: new values are merged in, an empty value removes its key."""
    for name, value in changes.items():
        if value == "":
            metadata.pop(name, None)
        else:
            metadata[name] = value


def _card(key: str, *, account: Account, customer: str | None) -> Card:
    saved = account.methods.get(key)
    card = CARDS[saved.card] if saved is not None else find_card(key)
    if card is None:
        raise missing_resource("PaymentMethod", key, param="payment_method")
    if saved is not None and saved.customer != customer:
        raise StripeError(
            "The provided PaymentMethod belongs to another Customer; include the Customer it is attached to.",
            code="payment_method_invalid_parameter",
            param="payment_method",
        )
    return card


def _lacks_return_url() -> StripeError:
    return StripeError(
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
        "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "
        "want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
        "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
    )


def _unexpected(intent: Intent, *, doing: str, allowed: tuple[str, ...]) -> StripeError:
    error = StripeError(
        f"You cannot {doing} this PaymentIntent because it has a status of {intent.status}. Only a PaymentIntent "
        f"with one of the following statuses allows this: {', '.join(allowed)}.",
        code="payment_intent_unexpected_state",
    )
    error.error["payment_intent"] = intent_shape(intent)
    return error


def _lacks_method(intent: Intent) -> StripeError:
    error = StripeError(
        "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with "
        "a payment method and then confirm it again.",
        code="payment_intent_unexpected_state",
    )
    error.error["payment_intent"] = intent_shape(intent)
    return error

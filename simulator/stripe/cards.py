"""What each test payment method does: the magic ids of Stripe's test mode and the effect of charging them."""

from dataclasses import dataclass
from enum import Enum, auto


class ThreeDS(Enum):
    NEVER = auto()
    ALWAYS = auto()
    UNLESS_SAVED = auto()


class Debit(Enum):
    """A bank debit takes its time and ends so; None stays in processing until told."""

    SUCCEEDS = auto()
    FAILS = auto()
    STAYS = auto()


@dataclass(frozen=True, slots=True)
class Decline:
    code: str
    decline_code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    last4: str
    label: str
    brand: str = "visa"
    decline: Decline | None = None
    three_ds: ThreeDS = ThreeDS.NEVER
    debit: Debit | None = None

    @property
    def method_type(self) -> str:
        return "card" if self.debit is None else "us_bank_account"


def _declined(
    decline_code: str, *, message: str = "Your card was declined.", advice: str = "try_again_later"
) -> Decline:
    return Decline(code="card_declined", decline_code=decline_code, message=message, advice=advice)


GENERIC = _declined("generic_decline")
NO_FUNDS = _declined("insufficient_funds", message="Your card has insufficient funds.")
LOST = _declined("lost_card", advice="do_not_try_again")
STOLEN = _declined("stolen_card", advice="do_not_try_again")
EXPIRED = Decline(
    code="expired_card", decline_code="expired_card", message="Your card has expired.", advice="do_not_try_again"
)
WRONG_CVC = Decline(
    code="incorrect_cvc",
    decline_code="incorrect_cvc",
    message="Your card's security code is incorrect.",
    advice="confirm_card_data",
)
PROCESSING_ERROR = Decline(
    code="processing_error",
    decline_code="processing_error",
    message="An error occurred while processing your card. Try again in a little bit.",
    advice="try_again_later",
)
AUTHENTICATION_REQUIRED = Decline(
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
    advice="try_again_later",
)
DEBIT_FAILED = Decline(
    code="payment_intent_payment_attempt_failed",
    decline_code="insufficient_funds",
    message="The customer's account has insufficient funds to cover this payment.",
    advice="try_again_later",
)

_CARDS = (
    Card(id="pm_card_visa", last4="4242", label="Visa 4242: succeeds"),
    Card(id="pm_card_mastercard", last4="4444", label="Mastercard 4444: succeeds", brand="mastercard"),
    Card(id="pm_card_visa_chargeDeclined", last4="0002", label="Visa 0002: declined", decline=GENERIC),
    Card(
        id="pm_card_visa_chargeDeclinedInsufficientFunds",
        last4="9995",
        label="Visa 9995: insufficient funds",
        decline=NO_FUNDS,
    ),
    Card(id="pm_card_visa_chargeDeclinedLostCard", last4="9987", label="Visa 9987: lost card", decline=LOST),
    Card(id="pm_card_visa_chargeDeclinedStolenCard", last4="9979", label="Visa 9979: stolen card", decline=STOLEN),
    Card(id="pm_card_chargeDeclinedExpiredCard", last4="0069", label="Visa 0069: expired card", decline=EXPIRED),
    Card(
        id="pm_card_chargeDeclinedIncorrectCvc", last4="0127", label="Visa 0127: wrong security code", decline=WRONG_CVC
    ),
    Card(
        id="pm_card_chargeDeclinedProcessingError",
        last4="0119",
        label="Visa 0119: processing error",
        decline=PROCESSING_ERROR,
    ),
    Card(id="pm_card_chargeCustomerFail", last4="0341", label="Visa 0341: attaches, then fails", decline=GENERIC),
    Card(
        id="pm_card_authenticationRequiredOnSetup",
        last4="3155",
        label="Visa 3155: 3D Secure unless saved, then succeeds",
        three_ds=ThreeDS.UNLESS_SAVED,
    ),
    Card(
        id="pm_card_authenticationRequired",
        last4="3184",
        label="Visa 3184: 3D Secure always, then succeeds",
        three_ds=ThreeDS.ALWAYS,
    ),
    Card(
        id="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        last4="3178",
        label="Visa 3178: 3D Secure, then insufficient funds",
        three_ds=ThreeDS.ALWAYS,
        decline=NO_FUNDS,
    ),
    Card(
        id="pm_card_threeDSecureRequiredChargeDeclined",
        last4="1629",
        label="Visa 1629: 3D Secure, then declined",
        three_ds=ThreeDS.ALWAYS,
        decline=GENERIC,
    ),
    Card(id="pm_card_bypassPending", last4="0077", label="Visa 0077: succeeds, funds at once"),
    Card(id="pm_card_pendingRefund", last4="7726", label="Visa 7726: succeeds, refund pending first"),
    Card(id="pm_card_refundFail", last4="5126", label="Visa 5126: succeeds, refund fails later"),
    Card(id="pm_card_createDispute", last4="0259", label="Visa 0259: succeeds, disputed as fraud"),
    Card(
        id="pm_card_createDisputeProductNotReceived",
        last4="2685",
        label="Visa 2685: succeeds, disputed as not received",
    ),
    Card(id="pm_card_createDisputeInquiry", last4="1976", label="Visa 1976: succeeds, inquiry"),
    Card(
        id="pm_usBankAccount_success",
        last4="6789",
        label="Bank debit 6789: processing, then succeeds",
        debit=Debit.SUCCEEDS,
    ),
    Card(
        id="pm_usBankAccount_insufficientFunds",
        last4="2227",
        label="Bank debit 2227: processing, then fails",
        debit=Debit.FAILS,
        decline=DEBIT_FAILED,
    ),
    Card(
        id="pm_usBankAccount_processing", last4="0000", label="Bank debit 0000: stays in processing", debit=Debit.STAYS
    ),
)
CARDS = {card.id: card for card in _CARDS}
_ALIASES = {
    "pm_card_chargeDeclined": "pm_card_visa_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_visa_chargeDeclinedExpiredCard": "pm_card_chargeDeclinedExpiredCard",
    "pm_card_visa_chargeDeclinedIncorrectCvc": "pm_card_chargeDeclinedIncorrectCvc",
    "pm_card_visa_chargeDeclinedProcessingError": "pm_card_chargeDeclinedProcessingError",
    "pm_card_visa_debit": "pm_card_visa",
    "pm_card_threeDSecure2Required": "pm_card_authenticationRequired",
    "pm_card_threeDSecureRequired": "pm_card_authenticationRequired",
}


def find_card(key: str) -> Card | None:
    return CARDS.get(_ALIASES.get(key, key))

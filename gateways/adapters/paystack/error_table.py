"""Every code that a report about Paystack may carry, who must act on it, and what may be tried next.

Texts are msgids. `DECLINES` are Paystack's own words for a payer's card, made into codes; a word that is not among them
is a plain `declined`, because the status already says that it failed.
"""

import re
from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.common_errors import DECLINED, GATEWAY, IN_DOUBT, NOT_NOW, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import RetryRule

_HERE, _ELSEWHERE, _NEVER = RetryRule.HERE, RetryRule.ELSEWHERE, RetryRule.NEVER

_NO_FUNDS = _("There is not enough money for this payment. Please use another way to pay.")
_CHECK_DATA = _("Some of the details you entered are not right. Please check them and try again.")
_REFUND_LATER = _("Your refund is delayed. Nothing is lost; we are looking into it.")
_PAYOUT_LATER = _("Your payout is delayed. Nothing is lost; we are looking into it.")
_PAYOUT_WRONG = _("Your payout could not be made to this account. Please check its details.")

DECLINES = MappingProxyType(
    rows("insufficient_funds", retry=_HERE, act=PAYER, payer=_NO_FUNDS, staff=_("The payer has too little money."))
    | rows(
        "incorrect_pin incorrect_otp expired_card invalid_card",
        retry=_HERE,
        act=PAYER,
        payer=_CHECK_DATA,
        staff=_("The payer mistyped something, or the card has expired."),
    )
    | rows(
        "timeout transaction_timed_out issuer_or_switch_inoperative",
        retry=_HERE,
        act=PAYER,
        payer=NOT_NOW,
        staff=_("The card network or the payer's bank had a passing problem."),
    )
    | rows(
        "declined do_not_honor transaction_not_permitted_to_cardholder payment_cancelled",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=DECLINED,
        staff=_("The payer's bank declined without a reason we may act on."),
    )
    | rows(
        "fraudulent suspected_fraud lost_card stolen_card restricted_card",
        retry=_NEVER,
        act=PAYER,
        payer=DECLINED,
        staff=_("The card is blocked or suspected. Do not try it again, here or elsewhere."),
    )
)

_REFUSALS = (
    rows(
        "invalid_params",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Paystack did not accept a field of our request. See the message."),
    )
    | rows(
        "currency_not_supported",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The account does not take this currency. Ask Paystack to enable it."),
    )
    | rows(
        "method_not_supported capture_not_supported",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Paystack cannot do what the payment asks for: this method, or to reserve money only."),
    )
    | rows(
        "already_refunded payment_not_found refund_failed",
        retry=_NEVER,
        act=STAFF,
        payer=_REFUND_LATER,
        staff=_("Paystack did not refund. A failed refund is back in the balance: pay it back by another way."),
    )
    | rows(
        "refund_needs_attention",
        retry=_NEVER,
        act=STAFF,
        payer=_REFUND_LATER,
        staff=_("Paystack wants the payer's bank account for this refund. Give it in the dashboard."),
    )
    | rows(
        "refunds_unreadable recipient_unavailable",
        retry=_HERE,
        act=GATEWAY,
        payer=NOT_NOW,
        staff=_("A question that must be answered first was not. The request itself was not sent."),
    )
)

_PAYOUTS = (
    rows(
        "insufficient_balance",
        retry=_HERE,
        act=STAFF,
        payer=_PAYOUT_LATER,
        staff=_("The Paystack balance is too small for this payout. Fund it, then send again."),
    )
    | rows(
        "payouts_not_allowed transfer_blocked",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=_PAYOUT_LATER,
        staff=_("Paystack does not let this account pay out. Check its registration and its approval address."),
    )
    | rows(
        "transfer_needs_otp",
        retry=_NEVER,
        act=STAFF,
        payer=_PAYOUT_LATER,
        staff=_("Paystack waits for a one-time password. Switch it off for transfers in the dashboard."),
    )
    | rows(
        "account_not_resolved invalid_transfer_recipient destination_not_supported transfer_failed",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=_PAYOUT_WRONG,
        staff=_("Paystack cannot pay to this destination."),
    )
)

_DOUBTS = rows(
    "reference_reused",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("Paystack has this reference with another amount. Find out which one is right before anything is sent."),
)

ERRORS = table(DECLINES, _REFUSALS, _PAYOUTS, _DOUBTS)


def decline_code(words: str) -> str:
    """`Insufficient Funds` is `insufficient_funds`; words that are not listed are `declined`."""
    code = re.sub(r"[^a-z]+", "_", words.lower()).strip("_")
    return code if code in DECLINES else "declined"

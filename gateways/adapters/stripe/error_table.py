"""Every code of Stripe that we know, who must act on it, and what may be tried next. A code not listed is UNKNOWN.

Texts are msgids. The payer is never told that a card is lost, stolen or suspected: that would help a thief.
"""

from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.common_errors import IN_DOUBT, NOT_NOW, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import RetryRule

_HERE, _ELSEWHERE, _NEVER = RetryRule.HERE, RetryRule.ELSEWHERE, RetryRule.NEVER

_DECLINED = _("Your card was declined. Please use another card or ask your bank.")
_NO_FUNDS = _("Your card has not enough funds. Please use another card.")
_CHECK_DATA = _("Some card details are not right. Please check them and try again.")
_EXPIRED = _("Your card has expired. Please use another card.")
_CONFIRM = _("Your bank wants you to confirm this payment. Please try again and follow its steps.")
_NOT_SUPPORTED = _("This card cannot be used for this payment. Please use another card.")
_NO_REFUND = _("The refund could not be made. We are looking into it.")
_NO_PAYOUT = _("The payout could not be made. We are looking into it.")


# A card was asked and said no: HTTP 402 `card_error`, or an intent with `last_payment_error`.
DECLINES = MappingProxyType(
    rows(
        "insufficient_funds withdrawal_count_limit_exceeded card_velocity_exceeded",
        retry=_HERE,
        act=PAYER,
        payer=_NO_FUNDS,
        staff=_("The card has too little money or reached a limit."),
    )
    | rows(
        "incorrect_cvc invalid_cvc incorrect_number invalid_number invalid_expiry_month invalid_expiry_year "
        "incorrect_zip incorrect_address incorrect_pin invalid_pin",
        retry=_HERE,
        act=PAYER,
        payer=_CHECK_DATA,
        staff=_("Card details were mistyped."),
    )
    | rows("expired_card", retry=_HERE, act=PAYER, payer=_EXPIRED, staff=_("The card has expired."))
    | rows(
        "authentication_required payment_intent_authentication_failure authentication_not_handled "
        "offline_pin_required online_or_offline_pin_required",
        retry=_HERE,
        act=PAYER,
        payer=_CONFIRM,
        staff=_("The payer's bank wants the payer to confirm, or the payer failed to."),
    )
    | rows(
        "processing_error try_again_later issuer_not_available reenter_transaction approve_with_id no_action_taken",
        retry=_HERE,
        act=PAYER,
        payer=NOT_NOW,
        staff=_("The card network or the payer's bank had a passing problem."),
    )
    | rows(
        "generic_decline card_declined do_not_honor call_issuer do_not_try_again invalid_amount invalid_account "
        "new_account_information_available not_permitted transaction_not_allowed service_not_allowed "
        "payment_intent_payment_attempt_failed payment_method_customer_decline payment_method_provider_decline",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=_DECLINED,
        staff=_("The payer's bank declined without a reason we may act on."),
    )
    | rows(
        "card_not_supported currency_not_supported",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=_NOT_SUPPORTED,
        staff=_("The card does not support this kind of payment or currency."),
    )
    | rows(
        "lost_card stolen_card pickup_card restricted_card security_violation fraudulent merchant_blacklist "
        "highest_risk_level elevated_risk_level pin_try_exceeded revocation_of_authorization "
        "revocation_of_all_authorizations stop_payment_order",
        retry=_NEVER,
        act=PAYER,
        payer=_DECLINED,
        staff=_("The card is blocked or suspected. Do not try it again, here or elsewhere."),
    )
    | rows(
        "duplicate_transaction card_decline_rate_limit_exceeded",
        retry=_NEVER,
        act=STAFF,
        payer=_DECLINED,
        staff=_("Stripe stopped a repeated payment. See whether the payer paid already."),
    )
    | rows(
        "testmode_decline",
        retry=_NEVER,
        act=STAFF,
        payer=_NOT_SUPPORTED,
        staff=_("A real card met a test key, or a test card a live key."),
    )
)

# The request itself was refused before anything happened: HTTP 400 or 404 `invalid_request_error`.
REFUSALS = MappingProxyType(
    rows(
        "amount_too_small amount_too_large invalid_charge_amount "
        "invalid_charge_amount_no_decimal_compatible charge_exceeds_transaction_limit",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Stripe does not take this amount in this currency."),
    )
    | rows(
        "country_unsupported payment_method_unactivated payment_method_unsupported_type "
        "payment_method_currency_mismatch payment_intent_incompatible_payment_method capability_not_active",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The account or the chosen method cannot take this payment. Check the account at Stripe."),
    )
    | rows(
        "parameter_missing parameter_unknown parameter_invalid_empty parameter_invalid_integer "
        "parameter_invalid_string_blank parameter_invalid_string_empty parameters_exclusive "
        "payment_intent_invalid_parameter payment_method_invalid_parameter url_invalid email_invalid "
        "invalid_characters",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Stripe did not accept a field of our request. See the message."),
    )
    | rows(
        "resource_missing livemode_mismatch testmode_charges_only token_already_used",
        retry=_NEVER,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The payment method is not known to this account, was used up, or belongs to the other mode."),
    )
)


# A refund was refused before anything happened. The last has no code at Stripe: it is told by the field `amount`.
REFUND_REFUSALS = MappingProxyType(
    rows(
        "charge_already_refunded charge_disputed refund_disputed_payment charge_not_refundable "
        "payment_intent_unexpected_state refund_amount_refused",
        retry=_NEVER,
        act=STAFF,
        payer=_NO_REFUND,
        staff=_("Stripe does not give this money back: too much, given back already, disputed, or never taken."),
    )
    | rows(
        "balance_insufficient insufficient_funds",
        retry=_HERE,
        act=STAFF,
        payer=_NO_REFUND,
        staff=_("The balance at Stripe is too small for this. Wait for payments or add money there."),
    )
    | {code: REFUSALS[code] for code in ("resource_missing", "parameter_invalid_integer", "amount_too_large")}
)

# A transfer or payout was refused before anything happened.
PAYOUT_REFUSALS = MappingProxyType(
    rows(
        "transfers_not_allowed insufficient_capabilities_for_transfer payouts_not_allowed account_invalid "
        "bank_account_restricted bank_account_unusable payouts_limit_exceeded",
        retry=_NEVER,
        act=STAFF,
        payer=_NO_PAYOUT,
        staff=_("This destination cannot be paid by Stripe now. Check the account of the recipient there."),
    )
    | {"balance_insufficient": REFUND_REFUSALS["balance_insufficient"]}
    | {
        code: REFUSALS[code]
        for code in (
            "resource_missing",
            "parameter_invalid_integer",
            "parameter_missing",
            "amount_too_large",
            "amount_too_small",
        )
    }
)

# Refunds and payouts that Stripe accepted and that failed afterwards: their `failure_reason` and `failure_code`.
FAILURES = MappingProxyType(
    rows(
        "refund_failed refund_lost_or_stolen_card refund_expired_or_canceled_card refund_insufficient_funds "
        "refund_charge_for_pending_refund_disputed refund_declined refund_merchant_request refund_unknown",
        retry=_NEVER,
        act=STAFF,
        payer=_NO_REFUND,
        staff=_("The refund did not arrive; its money is back in the balance at Stripe. Pay the payer another way."),
    )
    | rows(
        "payout_failed payout_account_closed payout_account_frozen payout_bank_account_restricted "
        "payout_could_not_process payout_debit_not_authorized payout_declined payout_incorrect_account_holder_name "
        "payout_insufficient_funds payout_invalid_account_number payout_invalid_currency payout_no_account",
        retry=_NEVER,
        act=STAFF,
        payer=_NO_PAYOUT,
        staff=_("The bank sent the payout back; its money is in the balance at Stripe again."),
    )
    | rows(
        "destination_unsupported",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=_NO_PAYOUT,
        staff=_("Stripe pays its own connected accounts (acct_…) and our own bank (ba_…), nothing else."),
    )
)

_IN_DOUBT = rows(
    "idempotency_error idempotency_key_in_use lock_timeout api_error",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("What Stripe did is not known yet. The sweep asks until it is."),
)

ERRORS = table(DECLINES, REFUSALS, REFUND_REFUSALS, PAYOUT_REFUSALS, FAILURES, _IN_DOUBT)

"""Every code of PayPal that we know, who must act on it, and what may be tried next. A code not listed is UNKNOWN."""

from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.common_errors import DECLINED, GATEWAY, IN_DOUBT, NOT_NOW, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import RetryRule

_HERE, _ELSEWHERE, _NEVER = RetryRule.HERE, RetryRule.ELSEWHERE, RetryRule.NEVER
_OTHER_SOURCE = _("PayPal could not use this way to pay. Please open PayPal again and choose another one.")

# The same order may still be paid: the payer goes back to PayPal's page.
BACK_TO_PAYER = MappingProxyType(
    rows(
        "INSTRUMENT_DECLINED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        retry=_HERE,
        act=PAYER,
        payer=_OTHER_SOURCE,
        staff=_("PayPal declined the source the payer chose. The payer may choose another on PayPal's page."),
    )
    | rows(
        "ORDER_NOT_APPROVED PAYER_ACTION_REQUIRED",
        retry=_HERE,
        act=PAYER,
        payer=_("Please confirm the payment at PayPal."),
        staff=_("The payer has not approved the payment at PayPal."),
    )
)

# The state of the object says more than the refusal: it is read again.
STATE_CODES = frozenset(
    [
        "ORDER_ALREADY_CAPTURED",
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_COMPLETED_OR_VOIDED",
        "ACTION_DOES_NOT_MATCH_INTENT",
        "AUTHORIZATION_ALREADY_CAPTURED",
        "AUTHORIZATION_VOIDED",
        "AUTHORIZATION_DENIED",
        "MAX_CAPTURE_COUNT_EXCEEDED",
        "MAX_AUTHORIZATION_COUNT_EXCEEDED",
        "PREVIOUSLY_CAPTURED",
        "PREVIOUSLY_VOIDED",
        "CANNOT_BE_VOIDED",
    ]
)
EXPIRED_CODES = frozenset({"ORDER_EXPIRED", "AUTHORIZATION_EXPIRED"})

# PayPal looked, and will not do it.
REFUSALS = MappingProxyType(
    rows(
        "PAYER_CANNOT_PAY CARD_EXPIRED PAYER_ACCOUNT_RESTRICTED PAYER_ACCOUNT_LOCKED_OR_CLOSED "
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED TRANSACTION_LIMIT_EXCEEDED DOMESTIC_TRANSACTION_REQUIRED "
        "PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR capture_declined authorization_denied",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=DECLINED,
        staff=_("PayPal or the payer's bank declined. The payer may use another way to pay."),
    )
    | rows(
        "TRANSACTION_REFUSED COMPLIANCE_VIOLATION PAYEE_BLOCKED_TRANSACTION TRANSACTION_BLOCKED_BY_PAYEE",
        retry=_NEVER,
        act=STAFF,
        payer=DECLINED,
        staff=_("PayPal refused for its rules or for filters of our account. Do not try it again elsewhere."),
    )
    | rows(
        "PAYEE_ACCOUNT_RESTRICTED PAYEE_ACCOUNT_LOCKED_OR_CLOSED PAYEE_ACCOUNT_INVALID PAYEE_ACCOUNT_NOT_VERIFIED "
        "TRANSACTION_RECEIVING_LIMIT_EXCEEDED AUTH_CAPTURE_NOT_ENABLED INVALID_ACCOUNT_STATUS SENDER_RESTRICTED "
        "SENDER_EMAIL_UNCONFIRMED NON_HOLDING_CURRENCY",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Our PayPal account cannot do this. See its restrictions, limits and enabled features at PayPal."),
    )
    | rows(
        "MISSING_REQUIRED_PARAMETER INVALID_PARAMETER_VALUE INVALID_PARAMETER_SYNTAX INVALID_STRING_LENGTH "
        "INVALID_STRING_MAX_LENGTH INVALID_COUNTRY_CODE MALFORMED_REQUEST_JSON PAYPAL_REQUEST_ID_REQUIRED "
        "NOT_SUPPORTED UNSUPPORTED_INTENT RETURN_URL_REQUIRED CANCEL_URL_REQUIRED INCOMPATIBLE_PARAMETER_VALUE "
        "VALIDATION_ERROR",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("PayPal did not accept a field of our request. See the message."),
    )
    | rows(
        "INVALID_CURRENCY_CODE DECIMAL_PRECISION DECIMALS_NOT_SUPPORTED MAX_VALUE_EXCEEDED CANNOT_BE_NEGATIVE "
        "CANNOT_BE_ZERO_OR_NEGATIVE AMOUNT_MISMATCH CURRENCY_MISMATCH AUTH_CAPTURE_CURRENCY_MISMATCH "
        "MAX_CAPTURE_AMOUNT_EXCEEDED AUTHORIZATION_AMOUNT_EXCEEDED AUTHORIZATION_CURRENCY_MISMATCH "
        "CURRENCY_NOT_SUPPORTED_FOR_RECEIVER CURRENCY_COMPLIANCE",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("PayPal does not take this amount in this currency here."),
    )
    | rows(
        "CAPTURE_FULLY_REFUNDED REFUND_AMOUNT_EXCEEDED REFUND_AMOUNT_TOO_LOW REFUND_TIME_LIMIT_EXCEEDED "
        "PARTIAL_REFUND_NOT_ALLOWED MAX_NUMBER_OF_REFUNDS_EXCEEDED REFUND_CAPTURE_CURRENCY_MISMATCH PENDING_CAPTURE "
        "TRANSACTION_DISPUTED REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK REFUND_NOT_ALLOWED REFUND_IS_RESTRICTED "
        "refund_failed",
        retry=_NEVER,
        act=STAFF,
        payer=_("The refund could not be made. Please contact us."),
        staff=_("PayPal does not make this refund. The code says why; the money is still ours."),
    )
    | rows(
        "REFUND_FAILED_INSUFFICIENT_FUNDS INSUFFICIENT_FUNDS",
        retry=_HERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Our PayPal balance in this currency is too low. Top it up and try again."),
    )
    | rows(
        "RECEIVER_UNREGISTERED RECEIVER_UNCONFIRMED RECEIVER_ACCOUNT_INVALID RECEIVER_ACCOUNT_LOCKED "
        "RECEIVER_COUNTRY_NOT_ALLOWED RECEIVER_REFUSED payout_failed payout_returned",
        retry=_NEVER,
        act=STAFF,
        payer=_("The payout could not be delivered. Please check where it should go."),
        staff=_("The receiver cannot or does not take the payout. Check the address and the country."),
    )
    | rows(
        "destination_unsupported",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=_("The payout could not be delivered. Please check where it should go."),
        staff=_("PayPal pays out to an e-mail address or to a PayPal account only."),
    )
)

_UNKNOWN = rows(
    "PREVIOUS_REQUEST_IN_PROGRESS ORDER_COMPLETION_IN_PROGRESS approval_reversed capture_unread",
    retry=_NEVER,
    act=GATEWAY,
    payer=IN_DOUBT,
    staff=_("PayPal is still at it, or did not show the payment. It is asked again."),
) | rows(
    "id_missing",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("PayPal finds nothing by our reference. The same request is sent again while PayPal knows its key."),
)
# The money of this reference came by another order: this one is refused, and the payment is not.
_PAID_BEFORE = rows(
    "DUPLICATE_INVOICE_ID",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("PayPal has a payment with this reference already. Look for it before anything else."),
)
_NOTHING_SENT = rows(
    "capture_not_known",
    retry=_HERE,
    act=GATEWAY,
    payer=NOT_NOW,
    staff=_("Which PayPal payment is meant could not be read, so nothing was sent."),
)

ERRORS = table(BACK_TO_PAYER, REFUSALS, _UNKNOWN, _PAID_BEFORE, _NOTHING_SENT, rows(
    "expired",
    retry=_HERE,
    act=PAYER,
    payer=_("The time to pay is over. Please start again."),
    staff=_("The order or the authorization has expired at PayPal."),
))  # fmt: skip

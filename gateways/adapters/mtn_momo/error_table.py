"""Every code of MTN MoMo that we know, who must act on it, and what may be tried next. Others are UNKNOWN or plain
failures without a listed reason.
"""

from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.common_errors import DECLINED, IN_DOUBT, NOT_NOW, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import RetryRule

FAILED = "failed_without_listed_reason"
LOST_AFTER_ACCEPTANCE = "not_found_after_acceptance"

_HERE, _ELSEWHERE, _NEVER = RetryRule.HERE, RetryRule.ELSEWHERE, RetryRule.NEVER
_WRONG_NUMBER = _("This number has no MTN MoMo account. Please check it or use another way to pay.")
_NO_FUNDS = _("There is not enough money on this MoMo account, or it reached a limit. Please try again later.")
_NOT_APPROVED = _("The payment was not approved on the phone. You can try again.")

# The payer said no, which ends this try and allows another.
REJECTIONS = MappingProxyType(
    rows(
        "APPROVAL_REJECTED REJECTED PAYMENT_NOT_APPROVED TRANSACTION_CANCELED",
        retry=_HERE,
        act=PAYER,
        payer=_NOT_APPROVED,
        staff=_("The payer refused the payment on the phone."),
    )
)
EXPIRIES = MappingProxyType(
    rows(
        "EXPIRED COULD_NOT_PERFORM_TRANSACTION TIMEOUT",
        retry=_HERE,
        act=PAYER,
        payer=_NOT_APPROVED,
        staff=_("The payer did not answer the message on the phone within about five minutes."),
    )
)
# Refused although the request was well formed: HTTP 500 at once, or a reason later. A second try meets the same.
CONFIGURATION = MappingProxyType(
    rows(
        "NOT_ALLOWED NOT_ALLOWED_TARGET_ENVIRONMENT INVALID_CALLBACK_URL_HOST INVALID_CURRENCY",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("MTN does not allow this with the account as it is set up. Check environment, currency and callback."),
    )
)
FAILURES = MappingProxyType(
    rows(
        "PAYER_NOT_FOUND PAYEE_NOT_FOUND",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=_WRONG_NUMBER,
        staff=_("The number has no MoMo account."),
    )
    | rows(
        "NOT_ENOUGH_FUNDS LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED PAYER_LIMIT_REACHED PAYEE_LIMIT_REACHED",
        retry=_HERE,
        act=PAYER,
        payer=_NO_FUNDS,
        staff=_("Too little money on the paying side, or a limit was reached. For a payout the paying side is ours."),
    )
    | rows(
        "PAYEE_NOT_ALLOWED_TO_RECEIVE SENDER_ACCOUNT_NOT_ACTIVE TRANSFER_TYPE_UNKNOWN VALIDATION_ERROR",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=DECLINED,
        staff=_("One of the two accounts may not take part in this payment, or MTN did not accept a field."),
    )
    | rows(
        "INTERNAL_PROCESSING_ERROR SERVICE_UNAVAILABLE UnspecifiedError",
        retry=_HERE,
        act=STAFF,
        payer=NOT_NOW,
        staff=_("MTN could not finish it and says no more. For a payout this often hides a balance that is too low."),
    )
    | rows(
        FAILED,
        retry=_NEVER,
        act=STAFF,
        payer=DECLINED,
        staff=_("MTN says that it failed, for a reason that is not on our list. See what it said."),
    )
)
_OURS = (
    rows(
        "bad_request",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("MTN did not accept the form of our request. This is a mistake of ours."),
    )
    | rows(
        "access_denied",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("MTN turned the call away: the address it came from is not on its list, or the product is not ours."),
    )
    | rows(
        "phone_unusable",
        retry=_HERE,
        act=PAYER,
        payer=_("This is not a phone number of the country of this account. Please check it."),
        staff=_("The number was not sent: it is not one of the country that the account serves."),
    )
    | rows(
        "currency_not_of_environment destination_not_supported",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("This account takes the currency of its country, and pays out to mobile money accounts only."),
    )
    | rows(
        "refund_not_supported",
        retry=_NEVER,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Refunds are off for this account: set refund_supported to yes or transfer once MTN confirmed it."),
    )
    | rows(
        f"{LOST_AFTER_ACCEPTANCE} platform_changed",
        retry=_NEVER,
        act=STAFF,
        payer=IN_DOUBT,
        staff=_(
            "MTN accepted it and does not find it, or the account moved to another platform. Ask MTN; never resend."
        ),
    )
)

ERRORS = table(REJECTIONS, EXPIRIES, CONFIGURATION, FAILURES, _OURS)

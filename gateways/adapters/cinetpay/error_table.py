"""Every code of CinetPay that we know, who must act on it, and what may be tried next. A code not listed is UNKNOWN.

The same number means different things in its three APIs: codes of transfers begin with `transfer_`, those of the
second generation with `v1_`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.common_errors import DECLINED, GATEWAY, IN_DOUBT, NOT_NOW, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import ErrorEntry, RetryRule

TRANSFER = "transfer_"
V1 = "v1_"

_HERE, _ELSEWHERE, _NEVER = RetryRule.HERE, RetryRule.ELSEWHERE, RetryRule.NEVER
_NO_FUNDS = _("Your account has not enough funds, or reached a limit. Please use another way to pay.")
_TRY_AGAIN = _("The payment was not confirmed. Please try again.")

# Final only together with the status REFUSED.
PAYMENT_REFUSALS: Mapping[str, ErrorEntry] = MappingProxyType(
    rows(
        "600",
        retry=_HERE,
        act=PAYER,
        payer=DECLINED,
        staff=_("The payment failed at the operator."),
    )
    | rows(
        "602 807 808 809 810 811 812",
        retry=_HERE,
        act=PAYER,
        payer=_NO_FUNDS,
        staff=_("The payer has too little money, or reached a limit of the operator."),
    )
    | rows(
        "604 606",
        retry=_HERE,
        act=PAYER,
        payer=_TRY_AGAIN,
        staff=_("The payer's code was wrong, or the same amount was asked of the same number too soon."),
    )
    | rows(
        "603 804",
        retry=_ELSEWHERE,
        act=GATEWAY,
        payer=NOT_NOW,
        staff=_("The operator or CinetPay's service was not available."),
    )
    | rows(
        "635 636",
        retry=_HERE,
        act=PAYER,
        payer=_TRY_AGAIN,
        staff=_("The telephone number was not accepted."),
    )
    | rows(
        "641 642",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("CinetPay does not take this amount. Check the limits of the account."),
    )
)

# A new payment was refused before anything happened; believed once the check does not know the payment either.
CREATE_REFUSALS: Mapping[str, ErrorEntry] = MappingProxyType(
    rows(
        "608 624",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("CinetPay did not accept a field of our request, or an address for cards is missing. See the message."),
    )
)

_PAYMENTS = rows(
    "625",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("Expired: the payment, or the subscription of the account at CinetPay. Check the account."),
) | rows(
    "request_refused",
    retry=_ELSEWHERE,
    act=STAFF,
    payer=OUR_SIDE,
    staff=_("CinetPay turned the request away at the door: content type or User-Agent."),
)

_PAYOUTS_REFUSED = rows(
    "transfer_704 transfer_708 transfer_716 transfer_718 transfer_725",
    retry=_ELSEWHERE,
    act=STAFF,
    payer=OUR_SIDE,
    staff=_("CinetPay did not accept a field of the transfer. See the message."),
)
_PAYOUTS_REFUSED |= rows(
    "transfer_717 transfer_802",
    retry=_NEVER,
    act=PAYER,
    payer=_("The telephone number cannot receive money. Please give another one."),
    staff=_("The telephone number of the receiver is not valid."),
)
_PAYOUTS_REFUSED |= rows(
    "transfer_719 transfer_720 transfer_801",
    retry=_ELSEWHERE,
    act=STAFF,
    payer=OUR_SIDE,
    staff=_("CinetPay does not transfer this amount. Check the limits of the country."),
)
_PAYOUTS_REFUSED |= rows(
    "transfer_721 transfer_724 transfer_804",
    retry=_ELSEWHERE,
    act=STAFF,
    payer=NOT_NOW,
    staff=_("The operator is not supported or not available, or the receiver is not a contact yet."),
)
_PAYOUTS_REFUSED |= rows(
    "transfer_602",
    retry=_HERE,
    act=STAFF,
    payer=NOT_NOW,
    staff=_("The purse for transfers has too little money. Fill it up at CinetPay."),
)
# The call was understood and surely not executed.
TRANSFER_REFUSALS: Mapping[str, ErrorEntry] = MappingProxyType(_PAYOUTS_REFUSED)

_TRANSFERS = rows(
    "transfer_rejected",
    retry=_ELSEWHERE,
    act=STAFF,
    payer=DECLINED,
    staff=_("CinetPay or the operator rejected the transfer."),
) | rows(
    "transfer_-1 transfer_709 transfer_710 transfer_715 transfer_805",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("CinetPay cannot say what became of the transfer. The sweep asks until it is known."),
)

V1_REFUSALS: Mapping[str, ErrorEntry] = MappingProxyType(
    rows(
        "v1_2010 v1_2005",
        retry=_ELSEWHERE,
        act=PAYER,
        payer=DECLINED,
        staff=_("The operator says that it failed."),
    )
    | rows(
        "v1_1004 v1_2011",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("CinetPay did not accept a field of our request, or does not allow it. See the message."),
    )
)
_V1 = rows(
    "v1_2003 v1_2004 v1_2006 v1_2007 v1_2008 v1_1200 v1_-1",
    retry=_NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("Sources disagree whether this is an end. The sweep asks until it is known."),
)

_OURS = (
    rows(
        "payer_details_missing",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("CinetPay needs an address, a name or an e-mail that neither payment nor account has."),
    )
    | rows(
        "phone_unusable",
        retry=_NEVER,
        act=PAYER,
        payer=_("Please give the telephone number with the prefix of its country."),
        staff=_("The telephone number is not of a country that CinetPay serves."),
    )
    | rows(
        "contact_refused",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=NOT_NOW,
        staff=_("CinetPay did not take the receiver as a contact; the transfer was not sent."),
    )
    | rows(
        "refusal_unconfirmed",
        retry=_NEVER,
        act=STAFF,
        payer=IN_DOUBT,
        staff=_("CinetPay names a refusal without saying that it is the end. The sweep asks until it is known."),
    )
    | rows(
        "incomplete_answer",
        retry=_NEVER,
        act=STAFF,
        payer=IN_DOUBT,
        staff=_("CinetPay says paid without saying how much. Check it in its back-office before crediting."),
    )
)

ERRORS: Mapping[str, ErrorEntry] = table(
    PAYMENT_REFUSALS, CREATE_REFUSALS, _PAYMENTS, TRANSFER_REFUSALS, _TRANSFERS, V1_REFUSALS, _V1, _OURS
)


def in_doubt(code: str, *, unlisted: str) -> str:
    """The code for a report that is UNKNOWN: never one after which something else might be tried."""
    if code not in ERRORS:
        return unlisted
    return code if ERRORS[code].retry is _NEVER else "refusal_unconfirmed"

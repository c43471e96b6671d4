"""Every code of the Orange Money APIs that we know, who must act on it, and what may be tried next. Texts are msgids.

Codes of the APIs keep their digits: five and more are Cameroon's, four are Sonatel's. WebPay tells no reason at all.
"""

from django.utils.translation import gettext_noop as _

from gateways.common_errors import DECLINED, GATEWAY, IN_DOUBT, NOT_NOW, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import RetryRule

_HERE, _ELSEWHERE, _NEVER = RetryRule.HERE, RetryRule.ELSEWHERE, RetryRule.NEVER
_NUMBER = _("This phone number cannot pay with Orange Money. Please check it.")
_NO_FUNDS = _("Your Orange Money account has not enough money. Please top it up or pay another way.")
_LIMIT = _("The amount is above what your Orange Money account may pay. Please pay another way.")

REQUEST_MALFORMED = "request_malformed"
NOT_SUBSCRIBED = "not_subscribed"
ORDER_ID_USED = "order_id_used"
ORDER_UNKNOWN = "order_unknown"
PAYMENT_FAILED = "payment_failed"
PIN_REFUSED = "pin_refused"

_OWN = (
    rows(
        PAYMENT_FAILED,
        retry=_HERE,
        act=PAYER,
        payer=DECLINED,
        staff=_(
            "Orange Money says that the payment failed, and no reason: refused, too little money, or a wrong code."
        ),
    )
    | rows("number_unusable", retry=_HERE, act=PAYER, payer=_NUMBER, staff=_("Not a phone number of this country."))
    | rows(
        "address_unusable",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Orange takes web addresses of at most 120 characters. See the message for which one is not."),
    )
    | rows(
        "init_failed pin_key_unavailable",
        retry=_ELSEWHERE,
        act=GATEWAY,
        payer=NOT_NOW,
        staff=_("A step before the payment itself failed, so the payment was not sent."),
    )
    | rows(
        PIN_REFUSED,
        retry=_NEVER,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_(
            "Orange refused this PIN before. It is not sent again, as each try burns one. Correct it on the account."
        ),
    )
    | rows(
        NOT_SUBSCRIBED,
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The application has no subscription for this path. Copy the path from the portal to the account."),
    )
    | rows(
        REQUEST_MALFORMED,
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Orange did not accept a field of our request."),
    )
    | rows(
        f"{ORDER_ID_USED} {ORDER_UNKNOWN}",
        retry=_NEVER,
        act=STAFF,
        payer=IN_DOUBT,
        staff=_("Orange knows this order number already, or not any more. See the merchant portal."),
    )
)

_CAMEROON = rows("60019", retry=_HERE, act=PAYER, payer=_NO_FUNDS, staff=_("The payer has too little money.")) | rows(
    "99051 00671 0066111", retry=_HERE, act=PAYER, payer=_NUMBER, staff=_("The number has no Orange Money wallet.")
)

_SONATEL = (
    rows("2000 2001", retry=_HERE, act=PAYER, payer=_NUMBER, staff=_("The number has no Orange Money wallet."))
    | rows(
        "2010 2011 2012 2013",
        retry=_NEVER,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Orange refused our PIN: wrong, blocked or to be changed. Nothing more is sent with it."),
    )
    | rows(
        "2020",
        retry=_HERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Our own Orange Money account has too little money for this. Top it up."),
    )
    | rows("2021", retry=_HERE, act=PAYER, payer=_NO_FUNDS, staff=_("The payer has too little money."))
    | rows(
        "2022",
        retry=_HERE,
        act=PAYER,
        payer=DECLINED,
        staff=_("The account of the payee does not allow it."),
    )
    | rows("2023 2024 2025", retry=_HERE, act=PAYER, payer=_LIMIT, staff=_("A ceiling of the account is reached."))
    | rows(
        "2041 2042 2043",
        retry=_ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Our Orange Money account is not authorised to do this."),
    )
    | rows(
        "4099", retry=_ELSEWHERE, act=STAFF, payer=OUR_SIDE, staff=_("Orange did not accept a field of our request.")
    )
)

# The gateway answered with this code and did nothing, nor will it.
CAMEROON_REFUSALS = frozenset(_CAMEROON)
SONATEL_REFUSALS = frozenset(_SONATEL)
SONATEL_PIN_REFUSALS = frozenset({"2010", "2011", "2012", "2013"})

ERRORS = table(_OWN, _CAMEROON, _SONATEL)

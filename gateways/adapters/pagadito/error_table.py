"""Every code of Pagadito that we know, who must act on it, and what may be tried next. A code not listed is UNKNOWN."""

from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.common_errors import DECLINED, GATEWAY, IN_DOUBT, OUR_SIDE, PAYER, STAFF, rows, table
from gateways.contract import RetryRule

_TOO_LATE = _("The payment page was closed or expired. Please try again.")

# `exec_trans` was refused before a transaction came to be.
REFUSALS = MappingProxyType(
    rows(
        "PG3006 PG3008 PG3009",
        retry=RetryRule.ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Pagadito does not take this amount or currency on this account."),
    )
    | rows(
        "PG2001 PG2002 PG3004 PG3025",
        retry=RetryRule.ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("Pagadito did not accept a field of our request. See the code."),
    )
    | rows(
        "PG2003 PG3022 PG3023 PG3024",
        retry=RetryRule.ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("A permission is missing at Pagadito, or a setting of the merchant panel does not fit."),
    )
)

# Known not to have been executed, because we were not let in.
SHUT_OUT = frozenset({"PG3001", "PG3005", "PG3015"})
TOKEN_REFUSED = "PG3007"
NOT_REGISTERED = "PG3003"
ALREADY_SENT = "PG3018"

# A transaction that ended without money, by its status.
ENDED = MappingProxyType(
    rows(
        "FAILED UNCOLLECTABLE",
        retry=RetryRule.ELSEWHERE,
        act=PAYER,
        payer=DECLINED,
        staff=_("Pagadito could not process the payment."),
    )
    | rows(
        "REVOKED",
        retry=RetryRule.NEVER,
        act=PAYER,
        payer=DECLINED,
        staff=_("Pagadito's review said no. Do not try this payer's card again, here or elsewhere."),
    )
    | rows(
        "never_shown",
        retry=RetryRule.HERE,
        act=PAYER,
        payer=_TOO_LATE,
        staff=_("The answer with the payment page was lost, and with it the page. Nobody can pay there any more."),
    )
)

_UNDECIDED = rows(
    "PG3002 PG3007 PG3017",
    retry=RetryRule.NEVER,
    act=GATEWAY,
    payer=IN_DOUBT,
    staff=_("Pagadito did not answer the question. The sweep asks again."),
) | rows(
    "PG3018",
    retry=RetryRule.NEVER,
    act=STAFF,
    payer=IN_DOUBT,
    staff=_("Pagadito has seen this reference before. It is asked about, never sent again."),
)

ERRORS = table(REFUSALS, ENDED, _UNDECIDED)

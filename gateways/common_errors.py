"""The error codes that mean the same at every gateway. An adapter's own table starts from these and adds its gateway's.

Texts are msgids for gettext. Whoever pays reads only `payer_text`; it says nothing that would help a thief.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from gateways.contract import ErrorEntry, RetryRule

# Who must act.
PAYER, STAFF, GATEWAY = "payer", "staff", "gateway"

NOT_NOW = _("The payment could not be completed. Please try again in a moment.")
OUR_SIDE = _("The payment could not be started. Nothing was charged; we are looking into it.")
IN_DOUBT = _("We are checking what happened to your payment. Please do not pay again yet.")
DECLINED = _("The payment was declined. Please use another way to pay.")


def rows(codes: str, *, retry: RetryRule, act: str, payer: str, staff: str) -> dict[str, ErrorEntry]:
    """One entry for each of the codes, separated by spaces, that share everything else."""
    return {code: ErrorEntry(code, retry, act, payer, staff) for code in codes.split()}


# The business call did not leave: another account or another gateway may be asked at once.
NOT_SENT: Mapping[str, ErrorEntry] = MappingProxyType(
    rows(
        "invalid_request gateway_busy circuit_open dns_failed connect_failed connect_timeout tls_failed",
        retry=RetryRule.ELSEWHERE,
        act=GATEWAY,
        payer=NOT_NOW,
        staff=_("The request did not reach the gateway; nothing of it was sent."),
    )
    | rows(
        "token_unavailable",
        retry=RetryRule.ELSEWHERE,
        act=GATEWAY,
        payer=NOT_NOW,
        staff=_("The gateway gave no access token, so the request itself was not sent."),
    )
    | rows(
        "credentials_unusable",
        retry=RetryRule.ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The credentials of the account are missing, misspelt, or of the other mode."),
    )
    | rows(
        "amount_not_representable",
        retry=RetryRule.ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The gateway cannot write this amount in this currency without rounding."),
    )
)

# The gateway answered, and surely did nothing.
REFUSED: Mapping[str, ErrorEntry] = MappingProxyType(
    rows(
        "authentication_failed",
        retry=RetryRule.ELSEWHERE,
        act=STAFF,
        payer=OUR_SIDE,
        staff=_("The gateway refused our credentials. Check them on the account."),
    )
    | rows(
        "rate_limit",
        retry=RetryRule.HERE,
        act=GATEWAY,
        payer=NOT_NOW,
        staff=_("Too many calls to the gateway at once; it did not look at this one."),
    )
)

# Nobody can know yet: asked again until it is known, never tried again and never elsewhere.
IN_DOUBT_CODES: Mapping[str, ErrorEntry] = MappingProxyType(
    rows(
        "total_deadline connection_lost oversize_answer broken_answer unexpected_answer unreadable_answer "
        "unlisted_status contradiction not_found look_up_incomplete",
        retry=RetryRule.NEVER,
        act=STAFF,
        payer=IN_DOUBT,
        staff=_("What the gateway did is not known yet. The sweep asks until it is."),
    )
)

COMMON_ERRORS: Mapping[str, ErrorEntry] = MappingProxyType({**NOT_SENT, **REFUSED, **IN_DOUBT_CODES})


def table(*parts: Mapping[str, ErrorEntry]) -> Mapping[str, ErrorEntry]:
    """A gateway's whole table: the common rows, then its own, which win where they say it better."""
    whole = dict(COMMON_ERRORS)
    for part in parts:
        whole.update(part)
    return MappingProxyType(whole)

"""What can be wrong before a payer is shown where to pay. No call is made, so nothing of a network is in here."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from gateways import common_errors
from gateways.contract import ErrorEntry, RetryRule

ERRORS: Mapping[str, ErrorEntry] = common_errors.table(
    common_errors.rows(
        "credentials_unusable",
        retry=RetryRule.ELSEWHERE,
        act=common_errors.STAFF,
        payer=common_errors.OUR_SIDE,
        staff=_("The bank account's IBAN, BIC or holder is missing or wrong: no payer may be sent there."),
    ),
    common_errors.rows(
        "hold_not_possible",
        retry=RetryRule.ELSEWHERE,
        act=common_errors.STAFF,
        payer=common_errors.OUR_SIDE,
        staff=_("A bank transfer cannot be authorized first and captured later."),
    ),
)

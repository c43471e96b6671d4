"""Phone numbers as the countries' own APIs want them: nine local digits, without the country's code."""

import re

from gateways.contract import ChargeRequest, DestinationKind, PayoutRequest
from gateways.errors import NotSent

_SEPARATORS = re.compile(r"[\s().-]")
_LOCAL = re.compile(r"[1-9][0-9]{8}")


def local_number(text: str, *, country_code: str) -> str:
    """Raises NotSent `number_unusable`. Both +237 6XX and 237 6XX and the local form are read."""
    digits = _SEPARATORS.sub("", text)
    for prefix in (f"+{country_code}", f"00{country_code}", country_code):
        shorter = digits.removeprefix(prefix)
        if shorter != digits and _LOCAL.fullmatch(shorter):
            return shorter
    if _LOCAL.fullmatch(digits):
        return digits
    raise NotSent("number_unusable", f"not a phone number of country code {country_code}")


def number_of(request: ChargeRequest | PayoutRequest) -> str:
    """Whose wallet pays or is paid. Raises NotSent `number_unusable` where the money would go elsewhere."""
    if isinstance(request, ChargeRequest):
        return request.payer_phone
    if request.destination.kind is not DestinationKind.MOBILE_MONEY:
        raise NotSent("number_unusable", "Orange Money pays out to phone numbers only")
    return request.destination.value

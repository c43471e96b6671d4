"""Whether an amount in USD can be what a charge in another currency came to, by Pagadito's own exchange rate.

Pagadito is said to turn other currencies into USD on its page. The rate moves between the page and the question, so a
share of the amount is allowed for; what is further away is reported as it was told and kept for a person.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from common.money import Money
from gateways.adapters.pagadito.client import Api
from gateways.adapters.pagadito.replies import RATE_TOLD, read_reply
from gateways.errors import NoAnswer

_TOLERANCE_PERCENT = 5
_RATE = re.compile(r'"?([0-9]{1,9}(?:\.[0-9]{1,12})?)"?')


def is_conversion(*, asked: Money, told: Money, api: Api) -> bool:
    """One call. No answer, or a transport without rates, is no."""
    if told.currency != "USD" or asked.currency == "USD":
        return False
    rate = _rate(asked.currency, api=api)
    if rate is None or rate <= 0:
        return False
    expected = (Decimal(asked.minor) / rate).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return abs(expected - told.minor) * 100 <= expected * _TOLERANCE_PERCENT


def _rate(currency: str, *, api: Api) -> Decimal | None:
    """Units of the currency for one USD."""
    try:
        answer = api.exchange_rate(currency)
    except NoAnswer:
        return None
    reply = read_reply(answer) if answer is not None else None
    match = _RATE.fullmatch(reply.value.decode("ascii", "replace")) if reply and reply.code == RATE_TOLD else None
    return Decimal(match.group(1)) if match else None

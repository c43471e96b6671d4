"""How banks write amounts: as the decimal text they state, into minor units, never rounded and never guessed."""

import re
from decimal import Decimal

from common import currencies
from common.money import Money, MoneyError
from gateways.statements import StatementRefused

_PLAIN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,5})?")


def amount_from(text: str, currency: str) -> Money:
    """`1337.50` with the currency's decimals or fewer, or more where they are zeros. Raises StatementRefused."""
    try:
        decimals = currencies.exponent(currency)
        if not _PLAIN.fullmatch(text):
            raise StatementRefused(f"{text!r:.30} is not an amount.")
        minor = Decimal(text).scaleb(decimals)
        if minor != minor.to_integral_value():
            raise StatementRefused(f"{text:.30} has more decimals than {currency}.")
        return Money(int(minor), currency)
    except MoneyError as wrong:
        raise StatementRefused(f"{text!r:.30} {currency!r:.10}: {wrong}.") from wrong

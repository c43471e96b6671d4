"""What every adapter needs to write and read amounts. Nothing is ever rounded: what does not fit is refused."""

import re
from decimal import Decimal

from common import currencies
from common.money import Money, MoneyError

# ASCII digits only, no grouping, no exponent.
_PLAIN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,8})?")


class AmountNotRepresentable(ValueError):
    """The amount cannot be written in the gateway's form, or its number not in ours, without rounding."""


def read_decimal(text: str, currency: str) -> Money:
    """`5000`, `5000.0` and `5000.00` are the same amount; a fraction that the currency lacks is refused."""
    if _PLAIN.fullmatch(text) is None:
        raise AmountNotRepresentable("not a plain decimal")
    try:
        minor = Decimal(text).scaleb(currencies.exponent(currency))
        if minor != minor.to_integral_value():
            raise AmountNotRepresentable(f"{currency} has no such fraction")
        return Money(int(minor), currency)
    except MoneyError as wrong:
        raise AmountNotRepresentable(str(wrong)) from wrong

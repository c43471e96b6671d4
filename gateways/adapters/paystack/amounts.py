"""How Paystack writes amounts: always hundredths, also of XOF, which has none. Nothing is ever rounded.

XOF sent as whole francs would be taken as a hundredth, and a fraction of a franc is silently dropped. Paystack refuses
neither, so both are ruled out here.
"""

import re
from types import MappingProxyType

from common import currencies
from common.money import MAX_MINOR, Money, MoneyError
from gateways.amounts import AmountNotRepresentable

CURRENCIES = frozenset(["GHS", "KES", "NGN", "USD", "XOF", "ZAR"])
_DECIMALS = 2
_DIGITS = re.compile(r"-?[0-9]{1,17}")

# The least charge per currency in our minor units; the most is a matter of the account.
LIMITS = MappingProxyType(
    {
        "GHS": (10, MAX_MINOR),
        "KES": (3_00, MAX_MINOR),
        "NGN": (50_00, MAX_MINOR),
        "USD": (2_00, MAX_MINOR),
        "XOF": (1, MAX_MINOR),
        "ZAR": (1_00, MAX_MINOR),
    }
)


def to_wire(amount: Money) -> int:
    """Paystack's integer: 500000 for 5000 XOF, 1337 for 13.37 NGN."""
    _check(amount.currency)
    return amount.minor * _scale(amount.currency)


def from_wire(wire: int | str, currency: str) -> Money:
    """The amount that Paystack states, as a number or, in some webhooks, as text."""
    _check(currency)
    whole, rest = divmod(_number(wire), _scale(currency))
    if rest:
        raise AmountNotRepresentable(f"{currency} has no part this small")
    try:
        return Money(whole, currency)
    except MoneyError as refused:
        raise AmountNotRepresentable(str(refused)) from refused


def _scale(currency: str) -> int:
    return 10 ** (_DECIMALS - currencies.exponent(currency))


def _check(currency: str) -> None:
    if currency not in CURRENCIES:
        raise AmountNotRepresentable(f"how Paystack writes {currency!r:.10} is not known")


def _number(wire: int | str) -> int:
    if isinstance(wire, int):
        return wire
    if _DIGITS.fullmatch(wire) is None:
        raise AmountNotRepresentable("not a whole number of subunits")
    return int(wire)

"""How Orange Money writes amounts: whole units, also of the ariary with its two decimals. Nothing is rounded."""

from decimal import Decimal
from types import MappingProxyType

from common import currencies
from common.money import Money, MoneyError
from gateways.amounts import AmountNotRepresentable

# Decimals that Orange writes, per currency of a country contract.
EXPONENTS = MappingProxyType(dict.fromkeys(("XOF", "XAF", "GNF", "MGA"), 0))


def to_wire(amount: Money) -> int:
    """Orange's whole number for the amount: 5000 for 5000 XAF and for 5000.00 MGA."""
    if amount.currency not in EXPONENTS:
        raise AmountNotRepresentable(f"Orange Money is not known to take {amount.currency}")
    whole, rest = divmod(amount.minor, 10 ** currencies.exponent(amount.currency))
    if rest or whole <= 0:
        raise AmountNotRepresentable("Orange Money takes whole units above zero only")
    return whole


def from_wire(number: Decimal | None, currency: str) -> Money | None:
    """The amount that Orange states; None where it states none, or one that is not ours to write."""
    if number is None or not number.is_finite() or abs(number) >= Decimal(10**15):
        return None
    try:
        minor = number * 10 ** currencies.exponent(currency)
        return Money(int(minor), currency) if minor == minor.to_integral_value() else None
    except MoneyError:
        return None

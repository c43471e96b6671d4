"""How Pagadito writes amounts: decimal text with two places in every currency. Nothing is ever rounded."""

import re

from common import currencies
from common.money import Money
from gateways.amounts import AmountNotRepresentable, read_decimal

CURRENCIES = frozenset({"USD", "GTQ", "HNL", "NIO", "CRC", "PAB", "DOP"})
_PLACES = 2
_WIRE = re.compile(r'("?)([0-9]{1,13}(?:\.[0-9]{1,8})?)\1')


def to_wire(amount: Money) -> str:
    """`13.37` for 1337 centavos."""
    if amount.currency not in CURRENCIES:
        raise AmountNotRepresentable(f"Pagadito does not take {amount.currency}")
    if currencies.exponent(amount.currency) != _PLACES or amount.minor <= 0:
        raise AmountNotRepresentable("an amount at Pagadito is positive and has two decimals")
    whole, rest = divmod(amount.minor, 10**_PLACES)
    return f"{whole}.{rest:0{_PLACES}}"


def from_wire(literal: str, currency: str) -> Money:
    """The amount that Pagadito states, as a JSON number or as text in quotes; `13.4` and `13.40000` are 13.40."""
    match = _WIRE.fullmatch(literal.strip())
    if match is None:
        raise AmountNotRepresentable("not an amount")
    amount = read_decimal(match.group(2), currency)
    if currencies.exponent(currency) != _PLACES:
        raise AmountNotRepresentable(f"{currency} has no two decimals")
    return amount

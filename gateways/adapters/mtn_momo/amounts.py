"""How MTN writes amounts: a plain decimal in a string, with a fixed number of decimals. Nothing is ever rounded."""

from types import MappingProxyType

from common import currencies
from common.money import Money
from gateways.amounts import AmountNotRepresentable

DECIMALS = MappingProxyType(
    dict.fromkeys(["GNF", "RWF", "UGX", "XAF", "XOF"], 0)
    | dict.fromkeys(["EUR", "GHS", "LRD", "NGN", "SSP", "SZL", "USD", "ZAR", "ZMW"], 2)
)


def to_wire(amount: Money) -> str:
    """`5000` for 5000 XOF, `13.37` for 13.37 EUR."""
    if not amount.is_positive:
        raise AmountNotRepresentable("an amount is above zero")
    decimals = DECIMALS.get(amount.currency)
    if decimals is None:
        raise AmountNotRepresentable(f"MTN does not take {amount.currency}")
    if decimals != currencies.exponent(amount.currency):
        raise AmountNotRepresentable(f"how MTN writes {amount.currency} is not how we count it")
    return format(amount.to_decimal(), "f")

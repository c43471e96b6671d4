"""How PayPal writes amounts: a decimal text in major units, with decimals of its own. Nothing is ever rounded."""

from types import MappingProxyType
from typing import Any

from common import currencies
from common.money import Money
from gateways.amounts import AmountNotRepresentable, read_decimal

# ISO 4217 gives HUF and TWD two decimals; PayPal refuses them.
_NO_DECIMALS = "HUF JPY TWD"
_TWO_DECIMALS = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
EXPONENTS = MappingProxyType({**dict.fromkeys(_NO_DECIMALS.split(), 0), **dict.fromkeys(_TWO_DECIMALS.split(), 2)})


def to_wire(amount: Money) -> str:
    """PayPal's text for the amount: "13.37" for EUR, "1337" for JPY and HUF."""
    if not amount.is_positive:
        raise AmountNotRepresentable("PayPal takes amounts above zero only")
    decimals = _exponent(amount.currency)
    minor = _shifted(amount.minor, by=decimals - currencies.exponent(amount.currency))
    digits = str(minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def to_field(amount: Money, *, currency_name: str = "currency_code") -> dict[str, str]:
    """As an object of a request. Payouts name the currency `currency`."""
    return {currency_name: amount.currency, "value": to_wire(amount)}


def from_wire(value: str, currency: str) -> Money:
    """The amount that PayPal states; "10", "10.0" and "10.00" are the same."""
    # PayPal writes fees and money going out with a sign.
    amount = read_decimal(value.removeprefix("-"), currency)
    return -amount if value.startswith("-") else amount


def read_or_none(amount: Any) -> Money | None:
    """The amount of an object with `value` and `currency`; None where it states none that we can write."""
    if amount is None:
        return None
    try:
        return from_wire(amount.value, amount.currency)
    except AmountNotRepresentable:
        return None


def _exponent(code: str) -> int:
    try:
        return EXPONENTS[code]
    except KeyError:
        raise AmountNotRepresentable(f"PayPal does not take {code!r:.10}") from None


def _shifted(number: int, *, by: int) -> int:
    if by >= 0:
        return number * 10**by
    whole, rest = divmod(number, 10**-by)
    if rest:
        raise AmountNotRepresentable("the amount has decimals that PayPal does not take in this currency")
    return whole

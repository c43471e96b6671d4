"""Amounts as PayPal takes them: decimal texts, whole for HUF, JPY and TWD, above zero. Fees are made up."""

import re
from decimal import ROUND_HALF_UP, Decimal

from simulator.paypal.errors import PayPalError, missing
from simulator.wire import Json

CURRENCIES = frozenset(
    [
        "AUD", "BRL", "CAD", "CNY", "CZK", "DKK", "EUR", "HKD", "HUF", "ILS", "JPY", "MYR",
        "MXN", "TWD", "NZD", "NOK", "PHP", "PLN", "GBP", "SGD", "SEK", "CHF", "THB", "USD",
    ]
)  # fmt: skip
WHOLE = frozenset({"HUF", "JPY", "TWD"})
_WRITTEN = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
_MOST = Decimal("999999999999999.99")


def checked(amount: object, *, field: str, currency_name: str = "currency_code") -> Json:
    """The amount as it will be shown. Raises PayPalError."""
    if not isinstance(amount, dict):
        raise missing(field)
    currency, value = amount.get(currency_name), amount.get("value")
    if not isinstance(currency, str) or not isinstance(value, str):
        raise missing(f"{field}/value")
    if currency not in CURRENCIES:
        raise PayPalError(422, "INVALID_CURRENCY_CODE", field=f"{field}/{currency_name}")
    if _WRITTEN.fullmatch(value) is None:
        raise PayPalError(400, "INVALID_PARAMETER_SYNTAX", field=f"{field}/value")
    number = Decimal(value)
    if number <= 0:
        raise PayPalError(422, "CANNOT_BE_ZERO_OR_NEGATIVE", field=f"{field}/value")
    if -int(number.as_tuple().exponent) > 2:
        raise PayPalError(422, "DECIMAL_PRECISION", field=f"{field}/value")
    if currency in WHOLE and number != number.to_integral_value():
        raise PayPalError(422, "DECIMALS_NOT_SUPPORTED", field=f"{field}/value")
    if number > _MOST:
        raise PayPalError(422, "MAX_VALUE_EXCEEDED", field=f"{field}/value")
    return {currency_name: currency, "value": written(number, currency)}


def written(number: Decimal, currency: str) -> str:
    return str(number.quantize(Decimal(1) if currency in WHOLE else Decimal("0.01"), rounding=ROUND_HALF_UP))


def fee_of(amount: Json) -> str:
    """A small amount pays a quarter at most, so that something is left."""
    number = Decimal(amount["value"])
    fixed = Decimal(10) if amount["currency_code"] in WHOLE else Decimal("0.35")
    return written(min(number * Decimal("0.034") + fixed, number / 4), amount["currency_code"])


def minor(value: str, currency: str) -> int:
    """For the books: hundredths, and whole units where PayPal has no smaller ones."""
    return int(Decimal(value) * (1 if currency in WHOLE else 100))

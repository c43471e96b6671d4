"""How Stripe writes amounts: with exponents of its own, which are not those of ISO 4217. Nothing is ever rounded.

A wrong exponent is not refused by Stripe: it charges a hundredth or a hundredfold.
"""

from types import MappingProxyType

from common import currencies
from common.money import Money, MoneyError
from gateways.amounts import AmountNotRepresentable

_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
# Whole units only since the currency lost its decimals, yet still written with two.
_WHOLE_UNITS_TIMES_HUNDRED = "ISK UGX"
# Written with three decimals, of which the last must be 0.
_THREE_DECIMALS = "BHD JOD KWD OMR TND"
_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK "
    "DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
    "QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER "
    "ZAR ZMW"
)

EXPONENTS = MappingProxyType(
    {
        **dict.fromkeys(_NO_DECIMALS.split(), 0),
        **dict.fromkeys(_WHOLE_UNITS_TIMES_HUNDRED.split(), 2),
        **dict.fromkeys(_TWO_DECIMALS.split(), 2),
        **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    }
)


_LEAST_HALF = "USD EUR AUD BRL CAD CHF NZD SGD INR ILS ARS COP IDR PHP RUB ZAR"
# Least charge, in Stripe's unit; Stripe checks it in the currency of the settlement, after conversion.
_LEAST = {
    **dict.fromkeys(
        [
            "USD",
            "EUR",
            "AUD",
            "BRL",
            "CAD",
            "CHF",
            "NZD",
            "SGD",
            "INR",
            "ILS",
            "ARS",
            "COP",
            "IDR",
            "PHP",
            "RUB",
            "ZAR",
        ],
        50,
    ),
    **dict.fromkeys(["AED", "PLN", "RON", "MYR"], 2_00),
    **dict.fromkeys(["SEK", "NOK"], 3_00),
    **dict.fromkeys(["MXN", "THB"], 10_00),
    **dict.fromkeys(["JPY", "KRW"], 50),
    "GBP": 30,
    "DKK": 2_50,
    "HKD": 4_00,
    "CZK": 15_00,
    "HUF": 175_00,
}
_MOST = 99_999_999
_WHOLE_PAYOUTS = frozenset({"HUF", "TWD", "ISK", "UGX"})


def limits() -> dict[str, tuple[int, int]]:
    """(least, most) of a charge per currency, in our minor units."""
    return {code: (_reachable(_LEAST.get(code, 1), code, up=True), _reachable(_MOST, code)) for code in EXPONENTS}


def to_payout_wire(amount: Money) -> int:
    """As `to_wire`; some currencies leave only in whole units."""
    wire = to_wire(amount)
    if amount.currency in _WHOLE_PAYOUTS and wire % 100:
        raise AmountNotRepresentable(f"Stripe pays {amount.currency} out in whole units only")
    return wire


def to_wire(amount: Money) -> int:
    """Stripe's integer for the amount: 5000 for 5000 XOF, 50000 for 500 ISK, 5120 for 5.120 KWD."""
    wire = _shifted(amount.minor, by=_exponent(amount.currency) - currencies.exponent(amount.currency))
    if amount.currency in _THREE_DECIMALS.split() and wire % 10:
        raise AmountNotRepresentable(f"Stripe wants the third decimal of {amount.currency} to be 0")
    return wire


def from_wire(wire: int, currency: str) -> Money:
    """The amount that Stripe states; `currency` in lower case, as Stripe writes it."""
    code = currency.upper()
    try:
        return Money(_shifted(wire, by=currencies.exponent(code) - _exponent(code)), code)
    except MoneyError as unknown:
        raise AmountNotRepresentable(str(unknown)) from unknown


def _exponent(code: str) -> int:
    try:
        return EXPONENTS[code]
    except KeyError:
        raise AmountNotRepresentable(f"how Stripe writes {code!r:.10} is not known") from None


def _reachable(wire: int, code: str, *, up: bool = False) -> int:
    """The nearest of our amounts inside the limit. What Stripe writes finer than we do is rounded inwards."""
    by = currencies.exponent(code) - _exponent(code)
    if by >= 0:
        return wire * 10**by
    step = 10**-by
    return -(-wire // step) if up else wire // step


def _shifted(number: int, *, by: int) -> int:
    if by >= 0:
        return number * 10**by
    whole, rest = divmod(number, 10**-by)
    if rest:
        raise AmountNotRepresentable("the amount has decimals that the other side cannot write")
    return whole

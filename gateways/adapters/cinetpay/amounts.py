"""How CinetPay writes amounts: whole units of the currency, for payments in steps of five. Nothing is ever rounded.

Its answers state the same amount now as a number, now as text, with or without decimals.
"""

from common import currencies
from common.money import Money
from gateways.amounts import AmountNotRepresentable, read_decimal

CURRENCIES = frozenset({"XOF", "XAF", "CDF", "GNF", "USD"})
_IN_FIVES = CURRENCIES - {"USD"}
_STEP = 5


def payment_to_wire(amount: Money) -> int:
    """Whole units, a multiple of five where the currency asks for it: 1500 for 1500 XOF, 400 for 400.00 CDF."""
    wire = transfer_to_wire(amount)
    if amount.currency in _IN_FIVES and wire % _STEP:
        raise AmountNotRepresentable(f"CinetPay takes {amount.currency} in multiples of {_STEP}")
    return wire


def transfer_to_wire(amount: Money) -> int:
    if amount.currency not in CURRENCIES:
        raise AmountNotRepresentable(f"CinetPay does not know {amount.currency}")
    whole, rest = divmod(amount.minor, 10 ** currencies.exponent(amount.currency))
    if rest:
        raise AmountNotRepresentable("CinetPay takes whole units only")
    return whole


def from_wire(text: str, currency: str) -> Money:
    """The amount that CinetPay states: `100`, `100.00` and `100.0` are the same 100 XOF."""
    if currency not in CURRENCIES:
        raise AmountNotRepresentable(f"CinetPay does not know {currency!r:.10}")
    return read_decimal(text, currency)


def read(text: str, currency: str) -> Money | None:
    """None where CinetPay stated no amount that is one of ours."""
    try:
        return from_wire(text, currency)
    except AmountNotRepresentable:
        return None

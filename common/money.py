"""Money: an integer of minor units and a currency. Nothing here is ever a float, and no operation mixes currencies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from common.currencies import MoneyError, UnknownCurrency, exponent

__all__ = ["MAX_MINOR", "CurrencyMismatch", "InvalidAmount", "Money", "MoneyError", "UnknownCurrency", "allocate"]

# One amount in the API. Sums may be larger, up to what a bigint column holds.
MAX_MINOR = 10**15 - 1
_BIGINT_MAX = 2**63 - 1

# ASCII digits only: `\d` would also take Arabic and full-width digits.
_PLAIN_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,3}))?")


class CurrencyMismatch(MoneyError):
    """Two currencies met in one calculation."""


class InvalidAmount(MoneyError):
    """Not an amount: not an integer, badly written, or beyond what can be stored."""


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise InvalidAmount(f"an amount is an integer of minor units, not {type(self.minor).__name__}")
        if not -_BIGINT_MAX <= self.minor <= _BIGINT_MAX:
            raise InvalidAmount("the amount is larger than can be stored")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read `1234.56`: no sign, no spaces, no grouping, and either all decimals of the currency or none."""
        decimals = exponent(currency)
        match = _PLAIN_AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidAmount("an amount is written with digits and a decimal point, such as 1234.56")
        whole, fraction = match.group(1), match.group(2)
        if fraction is not None and len(fraction) != decimals:
            raise InvalidAmount(f"{currency} has {decimals} decimals")
        minor = int(whole + (fraction or "0" * decimals))
        if minor > MAX_MINOR:
            raise InvalidAmount("the amount is larger than this service takes")
        return cls(minor, currency)

    @property
    def is_negative(self) -> bool:
        return self.minor < 0

    @property
    def is_positive(self) -> bool:
        return self.minor > 0

    def to_decimal(self) -> Decimal:
        """In major units, with all decimals of the currency: Decimal("4851.62")."""
        return Decimal(self._plain())

    def __str__(self) -> str:
        return f"{self._plain()} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._minor_of(other), self.currency)

    def __mul__(self, times: int) -> "Money":
        if type(times) is not int:
            raise TypeError(f"an amount is multiplied by an integer, not {type(times).__name__}")
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._minor_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._minor_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._minor_of(other)

    def _minor_of(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise TypeError(f"an amount of money goes with another, not with {type(other).__name__}")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def _plain(self) -> str:
        decimals = exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(decimals + 1, "0")
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits


def allocate(amount: Money, *, weights: Sequence[int]) -> tuple[Money, ...]:
    """Split by weight so that the parts sum to the amount: largest remainder, ties to the lowest index.

    A negative amount splits as the mirror of its positive, so that a reversal undoes the split it answers.
    """
    _check_weights(weights)
    total = sum(weights)
    size = abs(amount.minor)
    sign = -1 if amount.is_negative else 1
    shares = [size * weight // total for weight in weights]
    remainders = [size * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -remainders[index])
    for index in by_remainder[: size - sum(shares)]:
        shares[index] += 1
    return tuple(Money(sign * share, amount.currency) for share in shares)


def _check_weights(weights: Sequence[int]) -> None:
    if any(type(weight) is not int for weight in weights):
        raise InvalidAmount("weights are integers")
    if any(weight < 0 for weight in weights) or not any(weights):
        raise InvalidAmount("weights are not negative and at least one is above zero")

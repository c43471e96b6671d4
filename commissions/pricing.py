"""Pricing: how much of a sale is ours, line by line, and how much of it goes back with each refund.

The lines always sum to the commission, the commission is never below zero and never above the sale.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from common.money import CurrencyMismatch, InvalidAmount, Money

_MOST_DECIMALS = 6


class InvalidRate(ValueError):
    """A rate that no sale can be priced with."""


class LineKind(StrEnum):
    PERCENT = "percent"
    FIXED = "fixed"
    MINIMUM_TOP_UP = "minimum_top_up"
    MAXIMUM_CAP = "maximum_cap"


@dataclass(frozen=True, slots=True)
class Rate:
    """`percent` of the sale (Decimal("3.5") is 3.5 %) plus a fixed part, in the minor units of the sale's currency."""

    percent: Decimal
    fixed_minor: int = 0
    minimum_minor: int | None = None
    maximum_minor: int | None = None

    def __post_init__(self) -> None:
        _check_percent(self.percent)
        _check_minor("the fixed part", self.fixed_minor)
        if self.minimum_minor is not None:
            _check_minor("the minimum", self.minimum_minor)
        if self.maximum_minor is not None:
            _check_minor("the maximum", self.maximum_minor)
        if (
            self.minimum_minor is not None
            and self.maximum_minor is not None
            and self.minimum_minor > self.maximum_minor
        ):
            raise InvalidRate("the minimum is above the maximum")


@dataclass(frozen=True, slots=True)
class CommissionLine:
    """One step of the price. `basis` is what was applied: the percentage, the fixed part, the minimum or the limit."""

    kind: LineKind
    amount: Money
    basis: str


@dataclass(frozen=True, slots=True)
class Priced:
    gross: Money
    commission: Money
    net: Money
    lines: tuple[CommissionLine, ...]


def price(gross: Money, *, rate: Rate) -> Priced:
    """Percent and fixed part, then minimum, then maximum, then never more than the sale itself."""
    if gross.is_negative:
        raise InvalidAmount("a sale to be priced is not negative")
    lines = [*_percent_line(gross, rate), *_fixed_line(gross, rate)]
    commission = _total(lines, gross.currency)
    if rate.minimum_minor is not None and commission.minor < rate.minimum_minor:
        minimum = Money(rate.minimum_minor, gross.currency)
        lines.append(CommissionLine(LineKind.MINIMUM_TOP_UP, minimum - commission, str(minimum)))
        commission = minimum
    limit = _limit(gross, rate)
    if commission > limit:
        lines.append(CommissionLine(LineKind.MAXIMUM_CAP, limit - commission, str(limit)))
        commission = limit
    return Priced(gross=gross, commission=commission, net=gross - commission, lines=tuple(lines))


def reversed_commission(*, commission: Money, gross: Money, refunded_total: Money, already_reversed: Money) -> Money:
    """What of the commission goes back with the newest refund, when `refunded_total` includes it.

    Cumulative: each refund reverses what all of them together should have reversed, less what went back before. So
    rounding never drifts, and a sale refunded in full has its commission reversed in full.
    """
    amounts = (commission, refunded_total, already_reversed)
    if any(amount.currency != gross.currency for amount in amounts):
        raise CurrencyMismatch("a commission is reversed in the currency of its sale")
    if not gross.is_positive or any(amount.is_negative for amount in amounts) or commission > gross:
        raise InvalidAmount("a commission lies between nothing and its sale, and nothing reversed is negative")
    if refunded_total > gross:
        raise InvalidAmount("more was refunded than was paid")
    due = Money(_round_half_up(commission.minor * refunded_total.minor, gross.minor), gross.currency)
    if already_reversed > due:
        raise InvalidAmount("more commission went back than these refunds call for")
    return due - already_reversed


def _percent_line(gross: Money, rate: Rate) -> list[CommissionLine]:
    # A Decimal is a ratio of integers, so the product is exact and is rounded once, here.
    numerator, denominator = rate.percent.as_integer_ratio()
    part = Money(_round_half_up(gross.minor * numerator, denominator * 100), gross.currency)
    return [CommissionLine(LineKind.PERCENT, part, format(rate.percent, "f"))] if rate.percent else []


def _fixed_line(gross: Money, rate: Rate) -> list[CommissionLine]:
    fixed = Money(rate.fixed_minor, gross.currency)
    return [CommissionLine(LineKind.FIXED, fixed, str(fixed))] if fixed else []


def _limit(gross: Money, rate: Rate) -> Money:
    if rate.maximum_minor is None:
        return gross
    return min(gross, Money(rate.maximum_minor, gross.currency))


def _total(lines: list[CommissionLine], currency: str) -> Money:
    return sum((line.amount for line in lines), Money.zero(currency))


def _round_half_up(numerator: int, denominator: int) -> int:
    """The quotient of two numbers that are not negative, to the nearest integer, a half upwards."""
    return (2 * numerator + denominator) // (2 * denominator)


def _check_percent(percent: Decimal) -> None:
    if not isinstance(percent, Decimal):
        raise InvalidRate(f"a percentage is a Decimal made from text, not {type(percent).__name__}")
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise InvalidRate("a percentage lies between 0 and 100")
    exponent = percent.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _MOST_DECIMALS:
        raise InvalidRate(f"a percentage has at most {_MOST_DECIMALS} decimals")


def _check_minor(name: str, minor: int) -> None:
    if type(minor) is not int:
        raise InvalidRate(f"{name} is an integer of minor units, not {type(minor).__name__}")
    if minor < 0:
        raise InvalidRate(f"{name} is not negative")

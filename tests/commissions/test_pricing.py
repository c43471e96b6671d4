"""Lines sum to the commission, which lies between nothing and the sale; refunds give it back without drift."""

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.pricing import InvalidRate, LineKind, Rate, price, reversed_commission
from common.money import MAX_MINOR, CurrencyMismatch, InvalidAmount, Money, allocate

currencies = st.sampled_from(["XOF", "EUR", "TND"])
sales = st.builds(Money, st.integers(0, MAX_MINOR), currencies)
small_parts = st.integers(0, 10**6)


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    percent = draw(st.decimals(0, 100, places=draw(st.integers(0, 6))))
    minimum = draw(st.none() | small_parts)
    maximum = draw(st.none() | st.integers(minimum or 0, 10**9))
    return Rate(percent, draw(small_parts), minimum, maximum)


@st.composite
def refunded_sales(draw: st.DrawFn) -> tuple[Money, Money, list[Money]]:
    """A sale, its commission, and refunds that together give it all back."""
    currency = draw(currencies)
    parts = draw(st.lists(st.integers(1, 10**12), min_size=1, max_size=12))
    gross = Money(sum(parts), currency)
    commission = Money(draw(st.integers(0, gross.minor)), currency)
    return gross, commission, [Money(part, currency) for part in parts]


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def rate(percent: str, fixed: int = 0, minimum: int | None = None, maximum: int | None = None) -> Rate:
    return Rate(Decimal(percent), fixed, minimum, maximum)


def test_percent_and_fixed_part_are_lines_of_their_own() -> None:
    priced = price(eur(25_00), rate=rate("3.5", fixed=30))

    assert [(line.kind, line.amount, line.basis) for line in priced.lines] == [
        (LineKind.PERCENT, eur(88), "3.5"),
        (LineKind.FIXED, eur(30), "0.30 EUR"),
    ]
    assert (priced.gross, priced.commission, priced.net) == (eur(25_00), eur(1_18), eur(23_82))


def test_minimum_tops_up() -> None:
    priced = price(eur(5_00), rate=rate("3.5", minimum=50))

    assert [(line.kind, line.amount.minor) for line in priced.lines] == [("percent", 18), ("minimum_top_up", 32)]
    assert priced.commission == eur(50)


def test_maximum_caps() -> None:
    priced = price(eur(1000_00), rate=rate("3.5", fixed=30, maximum=20_00))

    assert [(line.kind, line.amount.minor) for line in priced.lines] == [
        ("percent", 35_00),
        ("fixed", 30),
        ("maximum_cap", -15_30),
    ]
    assert priced.commission == eur(20_00)


def test_commission_never_exceeds_the_sale() -> None:
    priced = price(eur(20), rate=rate("3.5", fixed=30, minimum=50))

    assert priced.commission == eur(20)
    assert priced.net == eur(0)
    assert priced.lines[-1].kind is LineKind.MAXIMUM_CAP


def test_sale_of_nothing_costs_nothing() -> None:
    priced = price(eur(0), rate=rate("3.5", fixed=30, minimum=50))

    assert priced.commission == priced.net == eur(0)


def test_rate_of_nothing_has_no_lines() -> None:
    assert price(eur(13_37), rate=rate("0")).lines == ()


def test_negative_sale_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        price(eur(-1), rate=rate("3.5"))


@pytest.mark.parametrize(
    "percent", [0.1, 3, "3.5", Decimal("-0.1"), Decimal("100.1"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E-7")]
)
def test_percentage_that_is_not_a_short_decimal_is_refused(percent: object) -> None:
    with pytest.raises(InvalidRate):
        Rate(percent, 0, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [-1, 0.5, True, "30", Decimal(30)])
def test_parts_of_a_rate_are_whole_minor_units(part: object) -> None:
    for parts in ((part, None, None), (0, part, None), (0, None, part)):
        with pytest.raises(InvalidRate):
            Rate(Decimal("3.5"), *parts)


def test_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(InvalidRate):
        rate("3.5", minimum=51, maximum=50)


@given(sales, rates())
def test_lines_sum_to_the_commission(gross: Money, of: Rate) -> None:
    priced = price(gross, rate=of)

    assert sum((line.amount for line in priced.lines), Money.zero(gross.currency)) == priced.commission
    assert priced.commission + priced.net == gross


@given(sales, rates())
def test_commission_lies_between_nothing_and_its_limits(gross: Money, of: Rate) -> None:
    commission = price(gross, rate=of).commission.minor

    assert 0 <= commission <= gross.minor
    assert of.maximum_minor is None or commission <= of.maximum_minor
    assert of.minimum_minor is None or commission >= min(of.minimum_minor, gross.minor)


@given(st.integers(0, MAX_MINOR - 1), st.integers(0, 10**6), currencies, rates())
def test_larger_sale_never_costs_less(minor: int, more: int, currency: str, of: Rate) -> None:
    larger = min(minor + more, MAX_MINOR)

    assert price(Money(minor, currency), rate=of).commission <= price(Money(larger, currency), rate=of).commission


@given(sales, st.decimals(0, 100, places=4))
def test_percent_is_rounded_half_up_once(gross: Money, percent: Decimal) -> None:
    one = 100 * 10**4  # one minor unit, in the parts that a percentage of four decimals makes of it

    rounding = price(gross, rate=Rate(percent)).commission.minor * one - gross.minor * int(percent * 10**4)

    assert -one < 2 * rounding <= one


def test_half_a_unit_goes_up() -> None:
    assert price(eur(50), rate=rate("1")).commission == eur(1)
    assert price(eur(49), rate=rate("1")).commission == eur(0)
    assert price(Money(150, "XOF"), rate=rate("1")).commission == Money(2, "XOF")


@pytest.mark.row("E10", "E11")
@given(refunded_sales())
def test_full_refund_in_any_pieces_reverses_the_whole_commission(sale: tuple[Money, Money, list[Money]]) -> None:
    gross, commission, refunds = sale
    refunded = reversed_so_far = Money.zero(gross.currency)

    for refund in refunds:
        refunded += refund
        step = reversed_commission(
            commission=commission, gross=gross, refunded_total=refunded, already_reversed=reversed_so_far
        )
        reversed_so_far += step
        assert not step.is_negative
        # Within half a unit of the exact proportion after every refund: rounding does not pile up.
        assert abs(2 * (reversed_so_far.minor * gross.minor - commission.minor * refunded.minor)) <= gross.minor

    assert reversed_so_far == commission


@pytest.mark.row("E10")
@given(refunded_sales(), st.integers(2, 12))
def test_the_same_refunds_in_fewer_pieces_reverse_the_same(
    sale: tuple[Money, Money, list[Money]], together: int
) -> None:
    """E10: what has gone back depends on how much was refunded, not on how many refunds that took."""
    gross, commission, refunds = sale

    def reversed_after(pieces: list[Money]) -> Money:
        refunded = back = Money.zero(gross.currency)
        for piece in pieces:
            refunded += piece
            back += reversed_commission(
                commission=commission, gross=gross, refunded_total=refunded, already_reversed=back
            )
        return back

    some = refunds[:together]

    assert reversed_after(some) == reversed_after([sum(some, Money.zero(gross.currency))])


@pytest.mark.row("E9", "E10", "E11")
@given(refunded_sales(), st.lists(st.integers(0, 100), min_size=2, max_size=10).filter(any))
def test_a_commission_shared_among_many_goes_back_to_the_unit(
    sale: tuple[Money, Money, list[Money]], weights: list[int]
) -> None:
    """E9, E10: each share is reversed by itself, refund by refund; together they are what we once kept."""
    gross, commission, refunds = sale
    shares = allocate(commission, weights=weights)
    back = [Money.zero(gross.currency)] * len(shares)
    refunded = Money.zero(gross.currency)

    for refund in refunds:
        refunded += refund
        steps = [
            reversed_commission(commission=share, gross=gross, refunded_total=refunded, already_reversed=before)
            for share, before in zip(shares, back, strict=True)
        ]
        back = [before + step for before, step in zip(back, steps, strict=True)]
        assert not any(step.is_negative for step in steps)

    assert tuple(back) == shares
    assert sum(back, Money.zero(gross.currency)) == commission


def reverse(commission: int, gross: int, refunded: int, reversed_before: int) -> Money:
    return reversed_commission(
        commission=eur(commission),
        gross=eur(gross),
        refunded_total=eur(refunded),
        already_reversed=eur(reversed_before),
    )


@pytest.mark.parametrize(
    ("commission", "gross", "refunded", "reversed_before"),
    [
        (1_18, 0, 0, 0),
        (1_18, -25_00, 0, 0),
        (-1, 25_00, 10_00, 0),
        (25_01, 25_00, 10_00, 0),
        (1_18, 25_00, -1, 0),
        (1_18, 25_00, 25_01, 0),
        (1_18, 25_00, 10_00, -1),
        (1_18, 25_00, 10_00, 48),
    ],
)
def test_reversal_that_cannot_be_is_refused(commission: int, gross: int, refunded: int, reversed_before: int) -> None:
    with pytest.raises(InvalidAmount):
        reverse(commission, gross, refunded, reversed_before)


@pytest.mark.parametrize("odd_one", ["commission", "refunded_total", "already_reversed"])
def test_reversal_mixes_no_currencies(odd_one: str) -> None:
    amounts = {"commission": eur(1_18), "refunded_total": eur(10_00), "already_reversed": eur(0)}

    with pytest.raises(CurrencyMismatch):
        reversed_commission(gross=eur(25_00), **amounts | {odd_one: Money(1, "USD")})


def test_pricing_needs_no_framework() -> None:
    frameworks = "{'django', 'rest_framework', 'celery'}"
    code = f"import sys, commissions.pricing; sys.exit(bool({frameworks} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

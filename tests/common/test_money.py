"""Money keeps every minor unit, for exponents 0, 2 and 3 and up to what a bigint holds."""

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import MAX_MINOR, CurrencyMismatch, InvalidAmount, Money, MoneyError, UnknownCurrency, allocate

BIGINT_MAX = 2**63 - 1

currencies = st.sampled_from(["XOF", "EUR", "TND"])
api_amounts = st.builds(Money, st.integers(0, MAX_MINOR), currencies)
signed_amounts = st.builds(Money, st.integers(-BIGINT_MAX, BIGINT_MAX), currencies)
weight_lists = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.parametrize("minor", [1.0, Decimal(1), "1", True, None])
def test_minor_units_are_integers_and_nothing_else(minor: object) -> None:
    with pytest.raises(InvalidAmount):
        Money(minor, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("minor", [BIGINT_MAX + 1, -BIGINT_MAX - 1])
def test_amount_beyond_storage_is_refused(minor: int) -> None:
    with pytest.raises(InvalidAmount):
        eur(minor)


def test_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        Money(13_37, "EUX")


def test_arithmetic_is_exact() -> None:
    assert eur(13_37) + eur(4_21) == eur(17_58)
    assert eur(4_21) - eur(13_37) == eur(-9_16)
    assert eur(13_37) * 3 == 3 * eur(13_37) == eur(40_11)
    assert -eur(13_37) == eur(-13_37)
    assert abs(eur(-13_37)) == eur(13_37)
    assert sum([eur(13_37), eur(4_21)], Money.zero("EUR")) == eur(17_58)


def test_sum_beyond_storage_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        eur(BIGINT_MAX) + eur(1)


def test_order_follows_the_amount() -> None:
    assert eur(4_21) < eur(13_37)
    assert eur(4_21) <= eur(4_21)
    assert eur(13_37) > eur(4_21)
    assert eur(13_37) >= eur(13_37)
    assert not eur(13_37) < eur(4_21)


def test_sign_and_truth() -> None:
    assert eur(4_21).is_positive
    assert not eur(4_21).is_negative
    assert eur(-4_21).is_negative
    assert not eur(-4_21).is_positive
    assert eur(-4_21)
    assert not Money.zero("EUR")
    assert not Money.zero("EUR").is_positive
    assert not Money.zero("EUR").is_negative


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_currencies_do_not_mix(operation: str) -> None:
    with pytest.raises(CurrencyMismatch):
        getattr(eur(13_37), operation)(Money(13_37, "XOF"))


def test_equal_figures_of_two_currencies_differ() -> None:
    assert eur(13_37) != Money(13_37, "USD")


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_bare_number_is_not_money(operation: str) -> None:
    with pytest.raises(TypeError):
        getattr(eur(13_37), operation)(1)


@pytest.mark.parametrize("times", [0.5, Decimal("0.5"), True, "2"])
def test_amount_is_multiplied_by_integers_only(times: object) -> None:
    with pytest.raises(TypeError):
        eur(13_37) * times  # type: ignore[operator]


def test_money_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        eur(13_37).minor = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(485_162, "EUR"), "4851.62 EUR"),
        (Money(477_243, "XOF"), "477243 XOF"),
        (Money(493_081, "TND"), "493.081 TND"),
        (Money(5, "EUR"), "0.05 EUR"),
        (Money(-5, "TND"), "-0.005 TND"),
        (Money(-7, "XOF"), "-7 XOF"),
        (Money(0, "EUR"), "0.00 EUR"),
        (Money(BIGINT_MAX, "EUR"), "92233720368547758.07 EUR"),
    ],
)
def test_text_has_all_decimals_of_the_currency(money: Money, text: str) -> None:
    assert str(money) == text
    assert money.to_decimal() == Decimal(text.split(maxsplit=1)[0])


def test_decimal_does_not_depend_on_the_context() -> None:
    with decimal.localcontext(prec=3):
        assert str(Money(BIGINT_MAX, "TND").to_decimal()) == "9223372036854775.807"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "EUR", 12_34),
        ("12", "EUR", 12_00),
        ("0.05", "EUR", 5),
        ("0", "XOF", 0),
        ("477243", "XOF", 477_243),
        ("493.081", "TND", 493_081),
        ("9999999999999.99", "EUR", MAX_MINOR),
    ],
)
def test_plain_text_is_read(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12.3",
        "12.345",
        "12.",
        ".5",
        "1_000",
        " 10 ",
        "10\n",
        "+1",
        "-1",
        "-0",
        "01",
        "1E2",
        "1e400",
        "NaN",
        "Infinity",
        "1,000",
        "12,34",
        "١٢",
        "\uff11\uff12",
        "0x10",
        "9999999999999999",
        "10000000000000.00",
        "12.34 EUR",
        "--1",
        "1 000",
    ],
)
def test_text_that_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount):
        Money.parse(text, "EUR")


def test_decimals_are_refused_where_the_currency_has_none() -> None:
    with pytest.raises(InvalidAmount):
        Money.parse("12.34", "XOF")


def test_parse_takes_text_only() -> None:
    with pytest.raises(InvalidAmount):
        Money.parse(12.34, "EUR")  # type: ignore[arg-type]


def test_every_refusal_is_a_money_error() -> None:
    for refusal in (CurrencyMismatch, InvalidAmount, UnknownCurrency):
        assert issubclass(refusal, MoneyError)
        assert issubclass(refusal, ValueError)


@given(api_amounts)
def test_what_is_written_is_read_back(amount: Money) -> None:
    assert Money.parse(str(amount).split(maxsplit=1)[0], amount.currency) == amount


@given(signed_amounts)
def test_decimal_holds_every_minor_unit(amount: Money) -> None:
    sign, digits, _ = amount.to_decimal().as_tuple()

    assert int("".join(map(str, digits))) * (-1 if sign else 1) == amount.minor


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (5, [1, 1], [3, 2]),
        (-5, [1, 1], [-3, -2]),
        (2, [1, 3], [1, 1]),
        (2, [3, 1], [2, 0]),
        (13_37, [0, 7, 0], [0, 13_37, 0]),
        (1, [2, 3, 5], [0, 0, 1]),
        (0, [2, 3], [0, 0]),
        (10_00, [50, 30, 20], [5_00, 3_00, 2_00]),
        (99, [333, 333, 334], [33, 33, 33]),
    ],
)
def test_split_by_largest_remainder(minor: int, weights: list[int], parts: list[int]) -> None:
    assert [part.minor for part in allocate(eur(minor), weights=weights)] == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 3], [0.5, 0.5], [True, True], [Decimal(1)]])
def test_weights_that_cannot_split_are_refused(weights: list[int]) -> None:
    with pytest.raises(InvalidAmount):
        allocate(eur(13_37), weights=weights)


@pytest.mark.row("E9", "E11")
@given(signed_amounts, weight_lists)
def test_parts_sum_to_the_amount(amount: Money, weights: list[int]) -> None:
    parts = allocate(amount, weights=weights)

    assert len(parts) == len(weights)
    assert sum(parts, Money.zero(amount.currency)) == amount


@given(signed_amounts, weight_lists)
def test_each_part_is_within_one_unit_of_its_exact_share(amount: Money, weights: list[int]) -> None:
    total = sum(weights)

    for part, weight in zip(allocate(amount, weights=weights), weights, strict=True):
        assert abs(part.minor * total - amount.minor * weight) < total


@given(signed_amounts, weight_lists)
def test_negative_split_mirrors_the_positive(amount: Money, weights: list[int]) -> None:
    assert allocate(-amount, weights=weights) == tuple(-part for part in allocate(amount, weights=weights))


@given(signed_amounts, weight_lists)
def test_weight_of_zero_gets_nothing(amount: Money, weights: list[int]) -> None:
    parts = allocate(amount, weights=weights)

    assert not any(part for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(signed_amounts, weight_lists, st.randoms(use_true_random=False))
def test_order_of_weights_moves_only_tied_units(amount: Money, weights: list[int], random: object) -> None:
    order = list(range(len(weights)))
    random.shuffle(order)  # type: ignore[attr-defined]
    total = sum(weights)
    straight = allocate(amount, weights=weights)
    shuffled = allocate(amount, weights=[weights[index] for index in order])

    moved = [index for place, index in enumerate(order) if shuffled[place] != straight[index]]

    assert all(abs(shuffled[order.index(index)].minor - straight[index].minor) == 1 for index in moved)
    assert len({abs(amount.minor) * weights[index] % total for index in moved}) <= 1


@given(signed_amounts, weight_lists, st.integers(2, 50))
def test_scaling_all_weights_changes_nothing(amount: Money, weights: list[int], factor: int) -> None:
    assert allocate(amount, weights=[weight * factor for weight in weights]) == allocate(amount, weights=weights)


@pytest.mark.row("E9", "E14")
@pytest.mark.parametrize("ways", [3, 5, 10])
@given(amount=signed_amounts)
def test_a_tie_is_shared_out_from_the_first_on(ways: int, amount: Money) -> None:
    """E9, E14: among equals the units left over go to whoever stands first, whoever asks and however often."""
    each, left = divmod(abs(amount.minor), ways)
    sign = -1 if amount.is_negative else 1

    parts = allocate(amount, weights=[1] * ways)

    assert [sign * part.minor for part in parts] == [each + 1] * left + [each] * (ways - left)

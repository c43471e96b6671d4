"""People read the same amount in both languages, and what they type is read one way or refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.formatting import AmbiguousAmount, amount, amount_plain, parse_amount, timestamp
from common.money import MAX_MINOR, InvalidAmount, Money

api_amounts = st.builds(Money, st.integers(0, MAX_MINOR), st.sampled_from(["XOF", "EUR", "TND"]))


@pytest.mark.parametrize(
    ("money", "english", "french"),
    [
        (Money(485_162, "EUR"), "4\u202f851.62\u00a0EUR", "4\u202f851,62\u00a0EUR"),
        (Money(-485_162, "EUR"), "\u22124\u202f851.62\u00a0EUR", "\u22124\u202f851,62\u00a0EUR"),
        (Money(477_243, "XOF"), "477\u202f243\u00a0XOF", "477\u202f243\u00a0XOF"),
        (Money(493_081, "TND"), "493.081\u00a0TND", "493,081\u00a0TND"),
        (Money(0, "EUR"), "0.00\u00a0EUR", "0,00\u00a0EUR"),
        (Money(-5, "EUR"), "\u22120.05\u00a0EUR", "\u22120,05\u00a0EUR"),
        (
            Money(MAX_MINOR, "EUR"),
            "9\u202f999\u202f999\u202f999\u202f999.99\u00a0EUR",
            "9\u202f999\u202f999\u202f999\u202f999,99\u00a0EUR",
        ),
    ],
)
def test_amount_is_shown_with_its_currency_in_both_languages(money: Money, english: str, french: str) -> None:
    assert amount(money, "en") == english
    assert amount(money, "fr") == french
    assert amount(money, "fr-CA") == french
    assert amount(money) == english


@pytest.mark.parametrize(
    ("money", "plain"),
    [
        (Money(485_162, "EUR"), "4851.62"),
        (Money(-485_162, "EUR"), "-4851.62"),
        (Money(477_243, "XOF"), "477243"),
        (Money(5, "TND"), "0.005"),
    ],
)
def test_copy_gives_a_plain_figure(money: Money, plain: str) -> None:
    assert amount_plain(money) == plain


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1234.56", "EUR", 1234_56),
        ("1234,56", "EUR", 1234_56),
        ("1 234,56", "EUR", 1234_56),
        ("1\u202f234,56", "EUR", 1234_56),
        ("1\u00a0234.56", "EUR", 1234_56),
        ("1\u2009234\u2009567", "XOF", 1_234_567),
        ("  13,37  ", "EUR", 13_37),
        ("4\u202f851.62\u00a0EUR", "EUR", 4851_62),
        ("12,5", "EUR", 12_50),
        ("12", "EUR", 12_00),
        ("493.081", "TND", 493_081),
        ("0,500", "TND", 500),
        ("1234,567", "TND", 1_234_567),
        ("1 234,567", "TND", 1_234_567),
    ],
)
def test_what_people_type_is_read(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["1,234", "493,081", " 12,345 ", "12,345 TND"])
def test_what_reads_two_ways_is_refused(text: str) -> None:
    with pytest.raises(AmbiguousAmount):
        parse_amount(text, "TND")


def test_refusal_names_both_readings() -> None:
    with pytest.raises(AmbiguousAmount, match=r"1\.234 or 1 234\.000 TND"):
        parse_amount("1,234", "TND")


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("EUR", "EUR"),
        ("-5", "EUR"),
        ("\u22125", "EUR"),
        ("1,234", "EUR"),
        ("1,234", "XOF"),
        ("1,234.56", "EUR"),
        ("1.234,56", "EUR"),
        ("12 34", "EUR"),
        ("1  234", "EUR"),
        ("1_234", "EUR"),
        ("1e3", "EUR"),
        ("12.345", "EUR"),
        ("12.5", "XOF"),
        ("12.34 USD", "EUR"),
        ("١٢", "EUR"),
        ("\uff11\uff12", "EUR"),
        ("99999999999999", "EUR"),
        ("9" * 5000, "XOF"),
        ("0" * 50 + "7", "XOF"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_amount(text, currency)


@given(api_amounts)
def test_copied_figure_is_read_back(money: Money) -> None:
    assert parse_amount(amount_plain(money), money.currency) == money


@given(api_amounts, st.sampled_from(["en", "fr"]))
def test_shown_amount_is_read_back_or_refused_but_never_misread(money: Money, language: str) -> None:
    try:
        understood = parse_amount(amount(money, language), money.currency)
    except AmbiguousAmount:
        assert (money.currency, language) == ("TND", "fr")
    else:
        assert understood == money


def test_time_is_shown_on_the_clocks_of_the_zone() -> None:
    moment = datetime(2026, 11, 21, 13, 32, 59, tzinfo=UTC)

    assert timestamp(moment, ZoneInfo("Europe/Paris")) == "2026-11-21 14:32"
    assert timestamp(moment, timezone(timedelta(hours=-14))) == "2026-11-20 23:32"


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        timestamp(datetime(2026, 11, 21, 13, 32), UTC)

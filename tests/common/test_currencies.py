"""The currency table is ISO 4217 without what nobody pays with."""

import subprocess
import sys

import pytest
from iso4217 import Currency

from common.currencies import EXPONENTS, MoneyError, UnknownCurrency, exponent, is_known

PAYABLE_EXPONENTS = {0, 2, 3}


def test_table_is_the_published_one() -> None:
    published = {entry.code: entry.exponent for entry in Currency if entry.exponent in PAYABLE_EXPONENTS}

    assert dict(EXPONENTS) == published


@pytest.mark.row("E11")
@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("XOF", 0),
        ("XAF", 0),
        ("GNF", 0),
        ("UGX", 0),
        ("JPY", 0),
        ("EUR", 2),
        ("USD", 2),
        ("GHS", 2),
        ("TND", 3),
        ("KWD", 3),
        ("BHD", 3),
    ],
)
def test_exponents_of_the_markets_served(code: str, decimals: int) -> None:
    assert exponent(code) == decimals


@pytest.mark.parametrize("code", ["", "eur", "EU", "EURO", "XXX", "XAU", "XTS", "CLF", "\u0415UR"])
def test_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency) as refusal:
        exponent(code)

    assert isinstance(refusal.value, MoneyError)
    assert not is_known(code)


def test_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        exponent(["EUR"])  # type: ignore[arg-type]


def test_known_currency_is_known() -> None:
    assert is_known("EUR")


def test_money_and_currencies_do_not_need_django() -> None:
    code = "import sys, common.money, common.currencies; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

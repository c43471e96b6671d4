"""Paystack writes hundredths of everything, also of the franc, which has none."""

import pytest

from common.money import Money
from gateways.adapters.paystack.amounts import CURRENCIES, LIMITS, from_wire, to_wire
from gateways.amounts import AmountNotRepresentable


@pytest.mark.parametrize(
    ("amount", "wire"),
    [
        (Money(13_37, "NGN"), 1337),
        (Money(4_21, "GHS"), 421),
        (Money(1, "KES"), 1),
        (Money(99_99, "ZAR"), 9999),
        (Money(2_00, "USD"), 200),
        (Money(5_000, "XOF"), 500_000),
        (Money(1, "XOF"), 100),
    ],
)
def test_an_amount_is_written_and_read_back(amount: Money, wire: int) -> None:
    assert to_wire(amount) == wire
    assert from_wire(wire, amount.currency) == amount
    assert from_wire(str(wire), amount.currency) == amount


def test_a_part_of_a_franc_is_none_of_our_amounts() -> None:
    with pytest.raises(AmountNotRepresentable):
        from_wire(500_050, "XOF")


@pytest.mark.parametrize("currency", ["EUR", "XAF", "EGP", "RWF", "ngn", ""])
def test_a_currency_that_paystack_is_not_known_to_write_is_refused(currency: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        from_wire(100, currency)


@pytest.mark.parametrize("currency", ["EUR", "XAF", "JPY"])
def test_nothing_is_sent_in_another_currency(currency: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        to_wire(Money(100, currency))


@pytest.mark.parametrize("text", ["13.37", "1e3", "", " 1", "+1", "0x1", "١٢", "9" * 18])
def test_text_that_is_not_a_whole_number_of_subunits_is_refused(text: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        from_wire(text, "NGN")


def test_every_currency_has_a_least_amount() -> None:
    assert set(LIMITS) == CURRENCIES
    assert LIMITS["NGN"][0] == 50_00
    assert LIMITS["XOF"][0] == 1

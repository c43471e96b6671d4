"""How CinetPay writes amounts: whole units, in fives where it must be, and nothing is rounded."""

import pytest

from common.money import Money
from gateways.adapters.cinetpay.amounts import from_wire, payment_to_wire, transfer_to_wire
from gateways.amounts import AmountNotRepresentable


@pytest.mark.parametrize(
    ("amount", "wire"),
    [
        (Money(1_335, "XOF"), 1335),
        (Money(5, "XAF"), 5),
        (Money(20_000, "GNF"), 20000),
        (Money(400_00, "CDF"), 400),
        # The step of five is not asked of dollars.
        (Money(7_00, "USD"), 7),
    ],
)
def test_payments_are_whole_units(amount: Money, wire: int) -> None:
    assert payment_to_wire(amount) == wire


@pytest.mark.parametrize(
    "amount",
    [
        Money(1_337, "XOF"),
        Money(1, "XAF"),
        Money(19_999, "GNF"),
        Money(402_00, "CDF"),
        Money(400_50, "CDF"),
        Money(7_50, "USD"),
        Money(20, "USD"),
        Money(13_35, "EUR"),
    ],
)
def test_what_cannot_be_written_is_refused(amount: Money) -> None:
    with pytest.raises(AmountNotRepresentable):
        payment_to_wire(amount)


def test_transfers_need_no_step_of_five() -> None:
    assert transfer_to_wire(Money(1_337, "XOF")) == 1337
    with pytest.raises(AmountNotRepresentable):
        transfer_to_wire(Money(400_50, "CDF"))


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1335", "XOF", Money(1_335, "XOF")),
        ("1335.00", "XOF", Money(1_335, "XOF")),
        ("400", "CDF", Money(400_00, "CDF")),
        ("400.5", "CDF", Money(400_50, "CDF")),
        ("0.2", "USD", Money(20, "USD")),
        ("999999999999999", "XOF", Money(999_999_999_999_999, "XOF")),
    ],
)
def test_amounts_are_read_as_they_are_written(text: str, currency: str, amount: Money) -> None:
    assert from_wire(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1335.5", "XOF"),
        ("0.205", "USD"),
        ("", "XOF"),
        ("1e3", "XOF"),
        ("NaN", "XOF"),
        ("-5", "XOF"),
        ("１３３５", "XOF"),
        ("1335\n", "XOF"),
        ("1335", "EUR"),
        ("1335", "xof"),
        ("1335", ""),
        ("9" * 16, "XOF"),
    ],
)
def test_what_is_no_amount_is_not_read(text: str, currency: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        from_wire(text, currency)

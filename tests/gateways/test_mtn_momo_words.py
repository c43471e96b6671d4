"""What MTN MoMo is told: numbers, amounts, notes and ids, exactly as it wants them."""

from uuid import UUID

import pytest

from common.money import Money
from gateways.adapters.mtn_momo.amounts import DECIMALS, to_wire
from gateways.adapters.mtn_momo.environments import CURRENCIES, ENVIRONMENTS
from gateways.adapters.mtn_momo.numbers import NumberUnusable, msisdn
from gateways.adapters.mtn_momo.wording import NOTE_LENGTH_MAX, is_reference_id, note, reference_id
from gateways.amounts import AmountNotRepresentable, read_decimal

# --- Numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "written", "sent"),
    [
        ("mtnghana", "+233 24 000 0001", "233240000001"),
        ("mtnghana", "0240000001", "233240000001"),
        ("mtnghana", "240000001", "233240000001"),
        ("mtnghana", "00233240000001", "233240000001"),
        ("mtnghana", "+233 (0) 24 000 0001", "233240000001"),
        ("mtnivorycoast", "+2250700000001", "2250700000001"),
        ("mtnivorycoast", "07 00 00 00 01", "2250700000001"),
        ("mtncongo", "+242060000001", "242060000001"),
        ("mtncameroon", "670000001", "237670000001"),
        ("mtnswaziland", "+26876000001", "26876000001"),
        ("mtnsouthafrica", "083 000 0001", "27830000001"),
        ("mtnliberia", "0886000001", "231886000001"),
        ("mtnnigeria", "08030000001", "2348030000001"),
        ("sandbox", "+46733123450", "46733123450"),
        ("sandbox", "46733123450", "46733123450"),
    ],
)
def test_a_number_is_sent_with_its_country_code_and_no_plus(environment: str, written: str, sent: str) -> None:
    assert msisdn(written, environment=ENVIRONMENTS[environment]) == sent


@pytest.mark.parametrize(
    ("environment", "written"),
    [
        ("mtnghana", "+2250700000001"),
        ("mtnghana", "+23324000000"),
        ("mtnghana", "+2332400000011"),
        ("mtnghana", ""),
        ("mtnghana", "24000000a"),
        ("mtnghana", "２４００００００１"),
        ("mtnghana", "+233 24 000 0001\n+1"),
        ("mtnivorycoast", "70000001"),
        ("sandbox", "0733123450"),
        ("sandbox", "1234567"),
        ("sandbox", "1234567890123456"),
    ],
)
def test_what_is_no_number_of_the_country_is_refused_and_not_repeated(environment: str, written: str) -> None:
    with pytest.raises(NumberUnusable) as refused:
        msisdn(written, environment=ENVIRONMENTS[environment])

    assert not any(character.isdigit() for character in str(refused.value).replace("8 to 15", ""))


@pytest.mark.parametrize("written", ["+2290190000001", "+22990000001", "0190000001", "90000001"])
def test_a_number_of_benin_is_sent_in_the_form_the_account_is_set_to(written: str) -> None:
    benin = ENVIRONMENTS["mtnbenin"]

    assert msisdn(written, environment=benin) == "2290190000001"
    assert msisdn(written, environment=benin, benin_digits=8) == "22990000001"


# --- Amounts --------------------------------------------------------------------------------------------------------


def test_every_currency_of_an_environment_can_be_written() -> None:
    assert set(DECIMALS) == CURRENCIES


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(13_37, "EUR"), "13.37"),
        (Money(5, "GHS"), "0.05"),
        (Money(1300, "ZAR"), "13.00"),
        (Money(5_003, "XOF"), "5003"),
        (Money(1, "UGX"), "1"),
        (Money(10**15 - 1, "RWF"), "999999999999999"),
    ],
)
def test_an_amount_is_a_plain_decimal_and_comes_back_the_same(amount: Money, text: str) -> None:
    assert to_wire(amount) == text
    assert read_decimal(text, amount.currency) == amount


@pytest.mark.parametrize("amount", [Money(0, "EUR"), Money(-1, "EUR"), Money(1, "USN"), Money(1, "KPW")])
def test_an_amount_that_mtn_does_not_take_is_not_written(amount: Money) -> None:
    with pytest.raises(AmountNotRepresentable):
        to_wire(amount)


@pytest.mark.parametrize(("text", "minor"), [("5003", 5_003), ("5003.0", 5_003), ("5003.000", 5_003)])
def test_zeros_behind_the_point_change_nothing(text: str, minor: int) -> None:
    assert read_decimal(text, "XOF") == Money(minor, "XOF")


@pytest.mark.parametrize(
    ("text", "currency"),
    [("5003.5", "XOF"), ("1.005", "EUR"), ("1e3", "EUR"), ("-1", "EUR"), ("1,000", "EUR"), (" 1", "EUR"), ("", "EUR"),
     ("١", "EUR"), ("NaN", "EUR"), ("1" * 30, "EUR"), ("1", "EURO"), ("1", "")],
)  # fmt: skip
def test_what_is_no_amount_is_not_read(text: str, currency: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        read_decimal(text, currency)


# --- Notes and ids --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("L'Été & Cie: billet n° 5", "L Ete Cie billet n 5"),
        ("<b>Tickets</b>", "b Tickets b"),
        ("Ticket, 2 places.", "Ticket, 2 places."),
        ("تذاكر", "Payment"),
        ("''", "Payment"),
        ("", "Payment"),
    ],
)
def test_a_note_holds_plain_letters_only(text: str, told: str) -> None:
    assert note(text, otherwise="Payment") == told


def test_a_note_is_never_too_long() -> None:
    assert len(note("Ticket " * 60, otherwise="Payment")) <= NOTE_LENGTH_MAX


def test_the_id_at_mtn_is_made_from_our_reference_and_always_the_same() -> None:
    made = reference_id("att_0190")

    assert made == reference_id("att_0190") != reference_id("att_0191")
    assert UUID(made).version == 4
    assert UUID(made).variant == "specified in RFC 4122"
    assert is_reference_id(made)


@pytest.mark.parametrize("text", ["", "x", "../balance", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a" * 36])
def test_only_ids_that_we_give_go_into_a_path(text: str) -> None:
    assert not is_reference_id(text)

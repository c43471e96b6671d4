"""The creditor reference: one per charge, right by ISO 11649, and found again in whatever becomes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.adapters.bank_transfer.reference import (
    _check_digits,
    in_groups,
    is_reference,
    reference_for,
    references_in,
)

OURS = st.text("0123456789abcdef", min_size=32, max_size=32).map("att_{}".format)


def test_the_check_digits_are_those_of_the_standard() -> None:
    assert _check_digits("539007547034") == "18"


@given(OURS)
def test_a_reference_is_valid_repeatable_and_short_enough_for_every_bank(ours: str) -> None:
    reference = reference_for(ours)

    assert reference == reference_for(ours)
    assert is_reference(reference)
    assert len(reference) == 20
    assert int("".join(str(int(character, 36)) for character in reference[4:] + reference[:4])) % 97 == 1
    assert not set(reference[4:]) & set("01OI")


def test_another_charge_has_another_reference() -> None:
    assert len({reference_for(f"att_{number}") for number in range(2_000)}) == 2_000


@given(OURS, st.integers(0, 19), st.sampled_from("23456789ABCDEFGHJKLMNPQRSTUVWXYZ"))
def test_one_wrong_character_is_noticed(ours: str, place: int, wrong: str) -> None:
    reference = reference_for(ours)
    mistyped = reference[:place] + wrong + reference[place + 1 :]

    assert (references_in(mistyped) == (reference,)) is (mistyped == reference)


@given(OURS, st.integers(2, 18))
def test_two_characters_in_the_wrong_order_are_noticed(ours: str, place: int) -> None:
    reference = reference_for(ours)
    swapped = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]

    assert (references_in(swapped) == (reference,)) is (swapped == reference)


@pytest.mark.parametrize("digits", ["1O", "I8", "2o", "l1"])
def test_letters_for_digits_in_the_check_digits_are_read_as_meant(digits: str) -> None:
    meant = digits.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    reference = next(found for n in range(5_000) if (found := reference_for(f"att_{n}"))[2:4] == meant)

    assert references_in(f"rf{digits}{reference[4:]}") == (reference,)


def test_text_around_it_without_blanks_does_not_hide_it() -> None:
    reference = reference_for("att_odd")

    assert references_in(f"RFRF12{in_groups(reference).lower()}AND13EUR") == (reference,)


def test_each_is_named_once_and_all_are_named() -> None:
    first, second = reference_for("att_1"), reference_for("att_2")

    assert references_in(f"{first} {second}", in_groups(first)) == (first, second)

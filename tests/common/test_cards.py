"""Card numbers and security codes are found however they are written, and other numbers are left alone."""

import json
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.api.cards import CardNumberRefused, find_card_number, may_hold_card_data, refuse_card_numbers
from common.api.parsing import parse_object

CARDS = {
    "visa": "4242424242424242",
    "visa of 13": "4222222222222",
    "visa of 19": "4000000000000000006",
    "mastercard": "5555555555554444",
    "mastercard, second range": "2223003122003222",
    "american express": "378282246310005",
    "discover": "6011111111111117",
    "diners club": "30569309025904",
    "jcb": "3530111333300000",
    "unionpay": "6200000000000005",
    "verve": "5060666666666666666",
    "mir": "2200000000000004",
}


def grouped(number: str, separator: str) -> str:
    return separator.join(number[start : start + 4] for start in range(0, len(number), 4))


@pytest.mark.parametrize("number", CARDS.values(), ids=CARDS.keys())
@pytest.mark.parametrize("separator", ["", " ", "-", ".", "/", "  ", "\u00a0", "\u202f", "\u2009", "\u2011", "\u2013"])
def test_card_number_is_found_and_not_repeated(number: str, separator: str) -> None:
    written = grouped(number, separator)

    for text in (written, f"paid with {written}, thanks", f"{written} 12/29 123", f"No.{written};"):
        with pytest.raises(CardNumberRefused) as refused:
            parse_object(json.dumps({"items": [{"note": text}]}).encode(), content_type="application/json")
        assert refused.value.details == [
            {"field": "$.items[0].note", "message": "looks like a card number or security code"}
        ]
        assert number not in refused.value.message


@pytest.mark.parametrize("ascii_only", [True, False])
def test_full_width_digits_are_found(ascii_only: bool) -> None:
    wide = "4242424242424242".translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})

    with pytest.raises(CardNumberRefused):
        parse_object(json.dumps({"note": wide}, ensure_ascii=ascii_only).encode(), content_type="application/json")


@pytest.mark.parametrize("escaped", ["\\u0034242424242424242", "4242\\/4242\\/4242\\/4242"])
def test_escapes_do_not_hide_a_number(escaped: str) -> None:
    with pytest.raises(CardNumberRefused):
        parse_object(f'{{"note": "{escaped}"}}'.encode(), content_type="application/json")


def test_card_number_as_a_key_is_found_and_not_repeated() -> None:
    assert find_card_number({"metadata": {"4242424242424242": "x"}}) == "$.metadata[?]"


@pytest.mark.parametrize(
    "key",
    [
        "cvv",
        "CVC",
        "cvv2",
        "card_cvc",
        "cardCvv",
        "securityCode",
        "security_code",
        "card security code",
        "cardNumber",
        "card-number",
    ],
)
def test_security_code_is_known_by_its_name(key: str) -> None:
    with pytest.raises(CardNumberRefused):
        parse_object(json.dumps({"metadata": {key: "123"}}).encode(), content_type="application/json")


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",
        "1234567812345670",
        "0000000000000000",
        "+4915112345678",
        "237650000000",
        "1763730000000",
        "424242424242",
        "42424242424242424242",
        "pay_4242424242424242aaaaaaaaaaaaaaaa",
        "0198c1d2-7e5a-7f3c-b4d1-424242424242",
        "a4242424242424242",
        "2026-11-21T14:32:05.123456",
        "4242 4242 4242",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert find_card_number({"note": text}) is None


@pytest.mark.parametrize("value", [4242424242424242, 424242424242424, None, True, [1, 2], {"card": "visa"}])
def test_amounts_and_plain_values_are_left_alone(value: object) -> None:
    refuse_card_numbers({"amount": value})


@given(st.uuids())
def test_ids_are_left_alone(made: uuid.UUID) -> None:
    assert find_card_number({"payment": f"pay_{made.hex}"}) is None


@given(
    st.sampled_from(sorted(CARDS.values())),
    st.lists(st.sampled_from(["", " ", "-", ".", "/", "_", "\u00a0", "\u2013"]), min_size=19, max_size=19),
    st.booleans(),
)
def test_quick_look_never_misses_what_the_search_finds(number: str, between: list[str], ascii_only: bool) -> None:
    text = "".join(digit + gap for digit, gap in zip(number, between, strict=False)).rstrip(" -./_\u00a0\u2013")

    assert find_card_number({"note": text}) == "$.note"
    assert may_hold_card_data(json.dumps({"note": text}, ensure_ascii=ascii_only).encode())


def test_usual_body_needs_no_second_look() -> None:
    assert not may_hold_card_data(
        json.dumps({"amount": 2500, "orderId": "ORD-2026-000123", "note": "soirée"}, ensure_ascii=False).encode()
    )


@pytest.mark.parametrize(
    "text", ["4 " * 32_000, "4" * 64_000, "4444 " * 12_800, "4-" * 32_000, "4444444444444a" * 4_500]
)
def test_hostile_text_is_searched_quickly(text: str) -> None:
    started = time.perf_counter()

    find_card_number({"note": text})

    assert time.perf_counter() - started < 0.5

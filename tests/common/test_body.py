"""A typed request takes types literally, and a refusal names the member in JSON form without repeating its value."""

from typing import Annotated, Literal

import msgspec
import pytest

from common.api import body as body_module
from common.api.body import AmountMinor, CurrencyCode, Metadata, RequestBody, check_metadata, convert
from common.errors import Invalid


class Item(RequestBody, frozen=True):
    name: str = msgspec.field(default="")


class Sale(RequestBody, frozen=True):
    unit_price: AmountMinor
    currency: CurrencyCode = "EUR"
    purpose: Literal["ticket_sale", "template_sale"] = "ticket_sale"
    items: list[Item] = []
    metadata: Metadata = {}
    allow_pending: bool = False
    note: str | None = None


def refusal_of(**members: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        convert({"unitPrice": 13_37} | members, Sale)
    assert refused.value.code == "VALIDATION_ERROR"
    assert refused.value.message.endswith(".")
    (detail,) = refused.value.details
    return detail


def test_request_is_typed() -> None:
    data = {"unitPrice": 13_37, "items": [{"name": "A1"}], "metadata": {"seat": "A1"}, "note": None}

    sale = convert(data, Sale)

    assert sale == Sale(unit_price=13_37, items=[Item(name="A1")], metadata={"seat": "A1"})


def test_missing_member_is_named_as_the_caller_writes_it() -> None:
    with pytest.raises(Invalid, match=r"^unitPrice is missing\.$") as refused:
        convert({}, Sale)

    assert refused.value.details == [{"field": "$.unitPrice", "message": "is missing"}]


@pytest.mark.parametrize(
    ("members", "field", "message"),
    [
        ({"colour": "red"}, "$.colour", "is not known here"),
        ({"unit_price": 1}, "$.unit_price", "is not known here"),
        ({"<b>` - at `$<b>": 1}, "$[?]", "is not known here"),
        ({"items": [{}, {"size": 1}]}, "$.items[1].size", "is not known here"),
        ({"unitPrice": "13"}, "$.unitPrice", "is to be a whole number, not text"),
        ({"unitPrice": True}, "$.unitPrice", "is to be a whole number, not true or false"),
        ({"unitPrice": None}, "$.unitPrice", "is to be a whole number, not null"),
        ({"unitPrice": 0}, "$.unitPrice", "is below 1"),
        ({"unitPrice": 10**15}, "$.unitPrice", "is above 999999999999999"),
        ({"currency": "eur"}, "$.currency", "is not written as expected"),
        ({"currency": "EUR\n"}, "$.currency", "is not written as expected"),
        ({"purpose": "secret-value"}, "$.purpose", "is not one of the values allowed"),
        ({"items": {}}, "$.items", "is to be a list, not an object"),
        ({"allowPending": 1}, "$.allowPending", "is to be true or false, not a whole number"),
        ({"note": 1}, "$.note", "is to be text or null, not a whole number"),
        ({"metadata": {"seat": 1}}, "$.metadata.seat", "is to be text"),
        ({"metadata": {"seat": {"row": "A"}}}, "$.metadata.seat", "is to be text"),
        ({"metadata": {"seat": "x" * 501}}, "$.metadata.seat", "is longer than 500 characters"),
        ({"metadata": {"x" * 41: "A"}}, "$.metadata", "has a key that is empty or longer than 40 characters"),
        ({"metadata": {"": "A"}}, "$.metadata", "has a key that is empty or longer than 40 characters"),
        ({"metadata": {f"k{n}": "A" for n in range(41)}}, "$.metadata", "has more than 40 entries"),
        ({"metadata": ["seat"]}, "$.metadata", "is to be an object"),
    ],
)
def test_refusal_names_the_member(members: dict[str, object], field: str, message: str) -> None:
    assert refusal_of(**members) == {"field": field, "message": message}


class Short(RequestBody, frozen=True):
    code: Annotated[str, msgspec.Meta(min_length=2, max_length=3)]
    seats: Annotated[list[int], msgspec.Meta(max_length=1)] = []


def test_lengths_are_told_in_words() -> None:
    refusals: list[tuple[dict[str, object], str]] = [
        ({"code": "abcd"}, "has more than 3 characters"),
        ({"code": "a"}, "has fewer than 2 characters"),
        ({"code": "ab", "seats": [1, 2]}, "has more than 1 entries"),
    ]
    for members, message in refusals:
        with pytest.raises(Invalid) as refused:
            convert(members, Short)
        assert refused.value.details[0]["message"] == message


def test_sentence_of_msgspec_that_is_not_known_is_not_repeated() -> None:
    assert body_module._translated("Something new 4242").details == [{"field": "$", "message": "is not as expected"}]
    assert body_module._translated("Something new 4242").message == "The body is not as expected."


def test_metadata_at_its_limits_is_taken() -> None:
    check_metadata({f"{n:040}": "x" * 500 for n in range(40)})

"""Our reference on its way through Orange: an order number of 30 characters, and an address of 120 that can be read."""

import pytest

from common.ids import show, uuid7
from gateways.adapters.orange_money.references import (
    ADDRESS_LENGTH_MAX,
    ORDER_ID_LENGTH_MAX,
    notification_address,
    order_id_of,
    read_query,
    reference_of,
)
from gateways.errors import NotSent

OURS = "att_0193e6a2b4c87d10a5f3c2e1d4b6a798"
LISTENS = "https://payments.example.com/webhooks/orange_money/gwa_0193e6a2b4c87d10a5f3c2e1d4b6a798"


def test_an_order_number_is_short_and_always_the_same() -> None:
    assert order_id_of(OURS) == order_id_of(OURS) == "att-02ya9xZSh46dpSn5JIbgu8"
    assert len(order_id_of(OURS)) <= ORDER_ID_LENGTH_MAX
    assert order_id_of("order-17") == "order-17"
    assert len(order_id_of("x" * 200)) <= ORDER_ID_LENGTH_MAX
    assert order_id_of("spaces are not taken") != "spaces are not taken"


def test_our_own_ids_can_be_read_back() -> None:
    for reference in (OURS, "pay_" + "f" * 32, "pay_" + "0" * 32, show("att", uuid7()), "order-17"):
        assert reference_of(order_id_of(reference)) == reference


@pytest.mark.parametrize("order_id", ["att-" + "z" * 22, "x-" + "0" * 28 + "0", "", "é", "a" * 31])
def test_what_is_no_order_number_of_ours_names_nothing(order_id: str) -> None:
    assert reference_of(order_id) == ""


def test_two_references_never_share_an_order_number() -> None:
    short = order_id_of(OURS)

    assert order_id_of(short) != short
    assert order_id_of("a" * 31) != order_id_of("a" * 32)
    assert order_id_of("pay_" + OURS[4:]) != order_id_of(OURS)


def test_the_address_names_the_reference_where_that_fits() -> None:
    address = notification_address("https://shop.example/hooks", reference=OURS)

    assert address == f"https://shop.example/hooks?reference={OURS}"
    told = read_query(address.partition("?")[2])
    assert told is not None
    assert (told.reference, told.order_id, told.is_payout) == (OURS, order_id_of(OURS), False)


def test_a_long_address_names_the_order_number() -> None:
    address = notification_address(LISTENS, reference=OURS)

    assert len(address) <= ADDRESS_LENGTH_MAX
    told = read_query(address.partition("?")[2])
    assert told is not None
    assert (told.reference, told.order_id) == (OURS, order_id_of(OURS))


def test_an_address_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(NotSent) as refused:
        notification_address(LISTENS + "x" * 20, reference=OURS)

    assert refused.value.reason == "address_unusable"


def test_the_address_of_a_payout_says_so() -> None:
    address = notification_address("https://shop.example/hooks?a=1", reference="ref-1", is_payout=True)

    assert address == "https://shop.example/hooks?a=1&reference=ref-1&of=payout"
    told = read_query(address.partition("?")[2])
    assert told is not None
    assert told.is_payout


@pytest.mark.parametrize(
    "query", ["", "reference=", "reference=a&reference=b", "reference=a&order=b", "x=1", "r" * 400]
)
def test_an_address_that_does_not_name_one_order_says_nothing(query: str) -> None:
    assert read_query(query) is None

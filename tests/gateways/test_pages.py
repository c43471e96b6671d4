"""Which addresses of a gateway the payer's browser is sent to."""

import pytest

from gateways.pages import is_web_page
from payments.models import PaymentAttempt


@pytest.mark.parametrize(
    "address", ["https://pay.example/1", "http://127.0.0.1/pay", "https://[x", f"https://{'x' * 992}"]
)
def test_a_page_of_the_web_is_opened(address: str) -> None:
    assert is_web_page(address)


@pytest.mark.parametrize(
    "address",
    ["", "javascript:alert(1)", "data:text/html,x", "//pay.example", " https://pay.example", f"https://{'x' * 993}"],
)
def test_anything_else_is_not(address: str) -> None:
    assert not is_web_page(address)


def test_what_is_opened_can_be_stored() -> None:
    longest = PaymentAttempt._meta.get_field("next_action_value").max_length

    assert longest is not None
    assert is_web_page("https://" + "x" * (longest - 8))
    assert not is_web_page("https://" + "x" * (longest - 7))

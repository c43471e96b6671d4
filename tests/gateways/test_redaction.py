"""What is shown of traffic is on a list; everything else is hidden, whatever it is called."""

import json

import pytest

from gateways.redaction import HIDDEN, safe_body, safe_headers, safe_url


def test_headers_keep_their_names_and_only_harmless_values() -> None:
    shown = safe_headers(
        {"Authorization": "Bearer c4n4ry", "Request-Id": "req_1", "Set-Cookie": "c4n4ry", "X-New": "c"}
    )

    assert shown == {"Authorization": HIDDEN, "Request-Id": "req_1", "Set-Cookie": HIDDEN, "X-New": HIDDEN}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.stripe.com/v1/x?email=c4n4ry", "https://api.stripe.com/v1/x"),
        ("https://somebody:c4n4ry@pay.example:8443/x#c4n4ry", "https://pay.example:8443/x"),
        ("http://127.0.0.1:99999/", HIDDEN),
    ],
)
def test_an_address_shows_neither_who_signed_in_nor_the_query(url: str, shown: str) -> None:
    assert safe_url(url) == shown


def test_a_json_body_keeps_its_shape_and_only_harmless_values() -> None:
    body = {
        "id": "pi_1",
        "amount": 13_37,
        "client_secret": "c4n4ry",
        "phone": 4_912_345,
        "paid": True,
        "data": [{"status": "succeeded", "name": "c4n4ry"}],
        "metadata": {"reference": "ref", "note": "c4n4ry"},
    }

    assert json.loads(safe_body(json.dumps(body).encode())) == {
        "id": "pi_1",
        "amount": 13_37,
        "client_secret": HIDDEN,
        "phone": HIDDEN,
        "paid": True,
        "data": [{"status": "succeeded", "name": HIDDEN}],
        "metadata": {"reference": "ref", "note": HIDDEN},
    }


def test_a_form_keeps_its_names_and_only_harmless_values() -> None:
    shown = safe_body(b"amount=1337&metadata[reference]=ref-1&receipt_email=c4n4ry%40payer.example")

    assert shown == "amount=1337&metadata[reference]=ref-1&receipt_email=%5Bredacted%5D".replace("%5B", "[").replace(
        "%5D", "]"
    )


@pytest.mark.parametrize("body", [b"<html>c4n4ry</html>", b"\xff\xfec4n4ry", b"[" * 100_000 + b"c4n4ry"])
def test_anything_else_is_shown_by_its_size(body: bytes) -> None:
    assert safe_body(body) == f"[{len(body)} bytes]"


def test_what_is_nested_too_deep_is_hidden() -> None:
    deep: object = "c4n4ry"
    for _ in range(30):
        deep = {"data": deep}

    assert "c4n4ry" not in safe_body(json.dumps(deep).encode())

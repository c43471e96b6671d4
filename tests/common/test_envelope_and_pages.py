"""Successful answers share one envelope; pages are found again by cursors that cannot be made up."""

import base64
import datetime as dt

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.api.envelope import success
from common.api.pagination import InvalidCursor, decode_cursor, encode_cursor, page_size
from common.errors import Invalid

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def test_answer_is_an_envelope_that_nobody_caches() -> None:
    response = success({"id": "pay_1", "amount": 13_37, "at": NOON}, message="Payment created.", status=201)

    assert response.status_code == 201
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert orjson.loads(response.content) == {
        "success": True,
        "message": "Payment created.",
        "data": {"id": "pay_1", "amount": 13_37, "at": "2026-11-21T12:00:00+00:00"},
    }


def test_list_carries_its_pagination() -> None:
    response = success([], message="Payments.", pagination={"limit": 50, "nextCursor": None})

    assert orjson.loads(response.content)["pagination"] == {"limit": 50, "nextCursor": None}


@given(st.integers(1, 2**63 - 1))
def test_cursor_leads_back_to_its_row(last_id: int) -> None:
    assert decode_cursor(encode_cursor(last_id)) == last_id


def test_cursor_fits_into_an_address() -> None:
    assert encode_cursor(2**63 - 1).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "abc",
        "é" * 12,
        "x" * 5000,
        "AQAAAAAAAAA=",
        "AQ==AAAAAAAB",
        encode_cursor(5) + "\n",
        encode_cursor(5) + "AAAA",
        encode_cursor(5).lower(),
        base64.urlsafe_b64encode(b"\x02" + (5).to_bytes(8, "big")).decode(),
        base64.urlsafe_b64encode(b"\x01" + bytes(8)).decode(),
        base64.urlsafe_b64encode(b"\x01" + b"\xff" * 8).decode(),
        base64.b64encode(b"\x01" + (2**62 + 0xFBEFBE).to_bytes(8, "big")).decode().replace("-", "+"),
    ],
)
def test_cursor_that_we_did_not_make_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(text)


@given(st.text(max_size=20))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        last_id = decode_cursor(text)
    except InvalidCursor:
        return
    assert encode_cursor(last_id) == text


@pytest.mark.parametrize(("text", "size"), [(None, 50), ("1", 1), ("50", 50), ("200", 200)])
def test_page_size_is_read(text: str | None, size: int) -> None:
    assert page_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "201", "1.5", "1e2", " 5", "05", "١", "9" * 5000, "all"])
def test_page_size_that_is_no_small_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        page_size(text)

    assert refused.value.details[0]["field"] == "limit"

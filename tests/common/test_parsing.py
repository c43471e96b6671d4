"""Bodies that could be misread, stored wrongly or cost too much are refused with 400, 411, 413 or 415, never with 500.

The corpus covers every row of the strict-parsing table, and I12, I13, I14 of the failure catalogue.
"""

import contextlib
import json
import time
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from common.api.body import AmountMinor, RequestBody, convert
from common.api.parsing import (
    BODY_BYTES_MAX,
    InvalidJson,
    LengthRequired,
    UnsupportedMediaType,
    parse_object,
    read_object,
)
from common.api.problems import BodyTooLarge, status_of
from common.errors import Invalid

JSON = "application/json"


class Sale(RequestBody, frozen=True):
    amount: AmountMinor


def parse(body: str | bytes, content_type: str = JSON) -> dict[str, object]:
    return parse_object(body.encode() if isinstance(body, str) else body, content_type=content_type)


def refusal_of(body: str | bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        parse(body)
    assert status_of(refused.value) in (400, 413, 415)
    return refused.value


def test_plain_object_is_parsed() -> None:
    body = '{"amount": 2500, "items": [{"name": "Seat A1"}], "ok": true, "none": null, "neg": -1}'

    assert parse(body) == {"amount": 2500, "items": [{"name": "Seat A1"}], "ok": True, "none": None, "neg": -1}


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "{",
        "}",
        '{"a":}',
        '{"a":1,}',
        "{'a':1}",
        '{"a":1} x',
        '{"a":01}',
        '{"a":+1}',
        '{"a":1_000}',
        '{"a":0x10}',
        '{"a":\u0661}',
        '{"a":\uff11}',
        '{"a":.5}',
        '{"a":"\x00"}',
        '{"a":"\n"}',
        '{"a":"\x1f"}',
        '{"a":"\\x"}',
        "\ufeff{}",
        "undefined",
        '{"a":nan}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        '{"a":1}'.encode("utf-16"),
        b"\x80",
        b"\x1f\x8b\x08",
    ],
)
def test_what_is_not_json_is_refused(body: str | bytes) -> None:
    assert refusal_of(body).code == "INVALID_JSON"


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null", "true", "NaN", "1.5", "[[1]]"])
def test_body_is_an_object(body: str) -> None:
    assert refusal_of(body).details[0]["field"] == "$"


@pytest.mark.parametrize(
    "number",
    [
        "1.0",
        "0.1",
        "-0.0",
        "1e2",
        "1E2",
        "1e400",
        "9007199254740993.01",
        "NaN",
        "Infinity",
        "-Infinity",
        "1000000000000000",
        "-1000000000000000",
        str(2**63),
        "9" * 5000,
        "-" + "9" * 60,
    ],
)
def test_number_that_is_no_whole_amount_is_refused(number: str) -> None:
    refused = refusal_of(f'{{"items": [{{"price": {number}}}]}}')

    assert refused.code == "VALIDATION_ERROR"
    assert refused.details[0]["field"] == "$.items[0].price"


@pytest.mark.parametrize(
    "amount",
    [
        "0",
        "-0",
        "-1",
        "-5",
        "true",
        "false",
        "null",
        "[1]",
        "{}",
        '"1"',
        '"1_000"',
        '" 10 "',
        '"1E2"',
        '"١٢"',
        '"１２"',
        '"NaN"',
    ],
)
def test_amount_is_a_positive_integer_and_nothing_else(amount: str) -> None:
    data = parse(f'{{"amount": {amount}}}')

    with pytest.raises(Invalid) as refused:
        convert(data, Sale)

    assert refused.value.details[0]["field"] == "$.amount"


def test_largest_amount_is_taken() -> None:
    assert convert(parse('{"amount": 999999999999999}'), Sale).amount == 999_999_999_999_999


@pytest.mark.parametrize(
    "escape",
    [
        "\\u0000",
        "\\u0007",
        "\\n",
        "\\r",
        "\\t",
        "\\u001b",
        "\\u007f",
        "\\u0085",
        "\\u2028",
        "\\u2029",
        "\\ud800",
        "\\udfff",
        "\\udc00\\ud800",
        "\\u202a",
        "\\u202e",
        "\\u2066",
        "\\u2069",
        "\\u200b",
        "\\u2060",
        "\\ufeff",
        "\u202e",
        "\u2067",
        "\u200b",
        "\u0085",
        "\ufeff",
    ],
)
def test_character_that_hides_or_breaks_is_refused_in_texts_and_keys(escape: str) -> None:
    assert refusal_of(f'{{"metadata": {{"x": "a{escape}b"}}}}').details[0]["field"] == "$.metadata.x"
    assert refusal_of(f'{{"metadata": {{"a{escape}b": "x"}}}}').details[0]["field"] == "$.metadata[?]"


@pytest.mark.parametrize("joiner", ["\\u200c", "\\u200d", "\\u00ad", "\u200d"])
def test_joiner_is_refused_in_keys_and_kept_in_texts(joiner: str) -> None:
    refusal_of(f'{{"a{joiner}b": "x"}}')

    assert parse(f'{{"x": "a{joiner}b"}}') == {"x": json.loads(f'"a{joiner}b"')}


def test_surrogate_pair_is_one_character() -> None:
    assert parse('{"x": "\\ud83d\\ude00"}') == {"x": "😀"}


def test_text_is_normalised_once() -> None:
    assert parse('{"x": "caf\\u0065\\u0301"}') == {"x": "café"}
    assert parse('{"cafe\u0301": "e\u0301"}') == {"café": "é"}


@pytest.mark.parametrize(
    "body",
    ['{"a": 1, "a": 1}', '{"a": 1, "\\u0061": 2}', '{"\u00e9": 1, "e\u0301": 2}', '{"e\u0301": 1, "\u00e9": 2}'],
)
def test_member_named_twice_is_refused(body: str) -> None:
    assert "twice" in refusal_of(body).message


def test_member_named_twice_deep_inside_is_found() -> None:
    assert refusal_of('{"a": [0, {"b": 1, "b": 2}]}').details[0]["field"] == "$.a[1]"


@pytest.mark.parametrize("levels", [9, 900, 10_000])
def test_deep_body_is_refused(levels: int) -> None:
    refusal_of('{"a":' * levels + "1" + "}" * levels)
    refusal_of('{"a":' + "[" * levels + "]" * levels + "}")


def test_body_of_the_deepest_allowed_is_taken() -> None:
    assert parse('{"a":' * 8 + "1" + "}" * 8)


@pytest.mark.parametrize("body", ["[" * 60_000, '{"a":' * 10_000, "[" * 30_000 + "]" * 30_000])
def test_nesting_of_thousands_is_refused_quickly(body: str) -> None:
    started = time.perf_counter()

    refusal_of(body)

    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("body", [json.dumps({"a": [1] * 101}), json.dumps({f"k{n}": 1 for n in range(101)})])
def test_wide_body_is_refused(body: str) -> None:
    assert "more than 100 entries" in refusal_of(body).message


def test_hundred_entries_are_taken() -> None:
    assert parse(json.dumps({"a": list(range(100))}))


def test_large_body_is_refused_and_the_largest_is_taken() -> None:
    frame = len('{"a":""}')

    assert parse('{"a":"' + "x" * (BODY_BYTES_MAX - frame) + '"}')
    assert refusal_of('{"a":"' + "x" * (BODY_BYTES_MAX - frame + 1) + '"}').code == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    "content_type", [JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;"]
)
def test_json_in_utf8_is_the_media_type(content_type: str) -> None:
    assert parse("{}", content_type) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json, text/html",
        "application/jsonp",
        "application/problem+json",
    ],
)
def test_other_media_types_are_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refused:
        parse("{}", content_type)

    assert status_of(refused.value) == 415


@pytest.mark.parametrize("key", ["x" * 41, "a b", "1a", "<script>", "a.b", "", "x123456789"])
def test_odd_key_is_not_repeated(key: str) -> None:
    assert refusal_of(json.dumps({key: 1.5})).details[0]["field"] == "$[?]"


def request_with(body: bytes = b"{}", **meta: str) -> HttpRequest:
    request = RequestFactory().post("/api/v1/payments", data=body, content_type=JSON)
    request.META.update(meta)
    return request


def test_request_body_is_read() -> None:
    assert read_object(request_with(b'{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize("length", ["", "abc", "-1", "1.5"])
def test_body_without_a_length_is_refused(length: str) -> None:
    with pytest.raises(LengthRequired) as refused:
        read_object(request_with(CONTENT_LENGTH=length))

    assert status_of(refused.value) == 411


def test_body_in_chunks_is_refused_even_where_a_body_is_optional() -> None:
    with pytest.raises(LengthRequired):
        read_object(request_with(HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""), is_optional=True)


def test_length_beyond_the_limit_is_refused_before_reading() -> None:
    with pytest.raises(BodyTooLarge) as refused:
        read_object(request_with(CONTENT_LENGTH="30000000"))

    assert status_of(refused.value) == 413


def test_compressed_body_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        read_object(request_with(HTTP_CONTENT_ENCODING="gzip"))


@pytest.mark.parametrize("length", ["", "0"])
def test_missing_body_is_an_empty_object_where_it_is_optional(length: str) -> None:
    assert read_object(request_with(b"", CONTENT_LENGTH=length), is_optional=True) == {}


def test_missing_body_is_refused_where_it_is_needed() -> None:
    with pytest.raises(InvalidJson):
        read_object(request_with(b"", CONTENT_LENGTH="0", CONTENT_TYPE=JSON))


def test_body_that_breaks_off_is_refused() -> None:
    class Broken:
        def read(self, *_: object) -> bytes:
            raise OSError

        readline = read

    broken: dict[str, Any] = {"wsgi.input": Broken()}
    request = RequestFactory().generic("POST", "/", data=b"{}", content_type=JSON, **broken)

    with pytest.raises(InvalidJson):
        read_object(request)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values, max_size=5), st.booleans())
def test_any_json_is_taken_or_refused_and_never_fails(value: dict[str, object], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    try:
        data = parse(body)
    except Invalid as refused:
        data = {"refused": refused.code}

    assert "\x00" not in json.dumps(data, ensure_ascii=False).encode().decode()


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused_and_never_fail(body: bytes) -> None:
    with contextlib.suppress(Invalid):
        parse(body)

"""Log lines are one object each, carry the request's id, and never a planted secret."""

import json
import logging
import sys

import pytest

from common.api.request_id import request_id
from common.logs import HIDDEN, JsonFormatter, ReadableFormatter, is_secret_name, redact

CANARY = "canary-5f2d9c71"


def record(message: str = "payout sent", *args: object, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "payouts.tasks", "levelno": 20, "levelname": "INFO", "msg": message, "args": args}
    )
    made.__dict__.update(extra)
    return made


def as_json(made: logging.LogRecord) -> dict[str, object]:
    line = JsonFormatter().format(made)
    assert "\n" not in line
    loaded: dict[str, object] = json.loads(line)
    return loaded


def test_line_carries_text_fields_and_request() -> None:
    token = request_id.set("req-12345678")
    try:
        entry = as_json(record("payout sent", payout="po_1", attempts=3))
    finally:
        request_id.reset(token)

    assert entry["message"] == "payout sent"
    assert entry["level"] == "INFO"
    assert entry["logger"] == "payouts.tasks"
    assert entry["request_id"] == "req-12345678"
    assert entry["payout"] == "po_1"
    assert entry["attempts"] == 3
    assert str(entry["time"]).endswith("+00:00")


def test_request_id_is_left_out_outside_of_a_request() -> None:
    assert "request_id" not in as_json(record())


def test_field_cannot_pass_itself_off_as_ours() -> None:
    entry = as_json(record(level="FAKE", time="never"))

    assert entry["level"] == "INFO"
    assert entry["extra_level"] == "FAKE"
    assert entry["extra_time"] == "never"


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "Authorization",
        "HTTP_AUTHORIZATION",
        "api_key",
        "apiKey",
        "X-API-Key",
        "apikey",
        "client_secret",
        "clientSecret",
        "webhook_secret",
        "password",
        "dbPassword",
        "token",
        "access_token",
        "accessToken",
        "card",
        "card_number",
        "cardNumber",
        "cvc",
        "pan",
        "private_key",
        "credentials",
        "Cookie",
        "set-cookie",
        "stripe-signature",
        "pepper",
        "SECRETKEY",
    ],
)
def test_value_of_a_secret_name_is_hidden(name: str) -> None:
    assert is_secret_name(name)
    assert CANARY not in JsonFormatter().format(record(**{name: CANARY}))
    assert CANARY not in ReadableFormatter().format(record(**{name: CANARY}))
    assert CANARY not in JsonFormatter().format(record(headers={"deep": [{name: {"inner": CANARY}}]}))


@pytest.mark.parametrize(
    "name", ["payment", "gateway", "discarded", "key", "idempotency_key", "company", "author", "route", "pinned"]
)
def test_value_of_a_plain_name_is_kept(name: str) -> None:
    assert as_json(record(**{name: "kept"}))[name] == "kept"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"basic {CANARY}==",
        f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}",
        f"key sk_test_{CANARY} refused",
        f"whsec_{CANARY}",
        f"postgres://app:{CANARY}@db/payments",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}",
    ],
)
def test_secret_inside_a_text_is_hidden_wherever_the_text_stands(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        failed = record("call failed: %s", text, answer={"body": [text], text: 1}, exc_info=sys.exc_info())

    for formatter in (JsonFormatter(), ReadableFormatter()):
        line = formatter.format(failed)
        assert CANARY not in line
        assert HIDDEN in line


@pytest.mark.parametrize(
    "number", ["4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "378282246310005"]
)
def test_card_number_is_hidden(number: str) -> None:
    line = JsonFormatter().format(record(f"refused {number}", note=f"paid with {number}"))

    assert number not in line


def test_ids_and_amounts_are_not_mistaken_for_cards() -> None:
    entry = as_json(
        record(payment="pay_0198c1d27e5a7f3cb4d1424242424242", amount_minor=4242424242424242, epoch="1763730000000")
    )

    assert entry["payment"] == "pay_0198c1d27e5a7f3cb4d1424242424242"
    assert entry["amount_minor"] == 4242424242424242
    assert entry["epoch"] == "1763730000000"


def test_exception_is_kept_with_its_newest_end() -> None:
    try:
        raise ValueError("x" * 20_000 + "the end")
    except ValueError:
        entry = as_json(record("failed", exc_info=sys.exc_info()))

    assert str(entry["exception"]).endswith("the end")
    assert len(str(entry["exception"])) == 12_000


def test_values_of_every_kind_are_written() -> None:
    deep: object = "bottom"
    for _ in range(9):
        deep = [deep]

    entry = as_json(
        record(
            nothing=None, flag=True, share=0.5, raw=b"12345", many=("a", {"b"}), deep=deep, odd=object, half="\ud800"
        )
    )

    assert entry["nothing"] is None
    assert entry["flag"] is True
    assert entry["raw"] == "[5 bytes]"
    assert entry["many"] == ["a", ["b"]]
    assert "bottom" in str(entry["deep"])
    assert entry["odd"] == "<class 'object'>"


def test_huge_text_is_shortened() -> None:
    assert len(str(redact("y" * 50_000))) < 2_100


def test_readable_line_shows_fields_and_keeps_to_one_line() -> None:
    token = request_id.set("abcdefgh-and-more")
    try:
        line = ReadableFormatter().format(record("payout sent\nINFO forged", payout="po_1", reason="two words"))
    finally:
        request_id.reset(token)

    assert (
        line[8:]
        == ' INFO    payouts.tasks  payout sent\\nINFO forged  payout=po_1  reason="two words"  request=abcdefgh'
    )


def test_readable_line_is_followed_by_the_traceback() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        lines = ReadableFormatter().format(record("failed", exc_info=sys.exc_info())).splitlines()

    assert lines[0].endswith("failed")
    assert lines[1].startswith("Traceback")
    assert lines[-1] == "ValueError: why"

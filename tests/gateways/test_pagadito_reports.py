"""Every word, code and number of Pagadito, and what it becomes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from common.money import Money
from gateways.adapters.pagadito.amounts import from_wire, to_wire
from gateways.adapters.pagadito.gateway import PagaditoGateway
from gateways.adapters.pagadito.settings import Settings
from gateways.amounts import AmountNotRepresentable
from gateways.contract import ChargeRequest, Credentials, GatewayReport, LookUpRequest, Outcome
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import HttpAnswer

TOKEN = "0123456789abcdef0123456789abcdef"
PAGE = f"https://sandbox.pagadito.com/pay?token={TOKEN}"
SESSION = {"code": "PG1001", "value": TOKEN}
ASKED = Money(13_37, "USD")


class Scripted:
    """Stands for the network: says the next answer of a list and remembers what was sent."""

    name = "test"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    def request(self, **call: Any) -> HttpAnswer:
        self.sent.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return HttpAnswer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode(), 1)

    def count_error(self, code: str) -> None:
        assert code


def gateway(*answers: Any, livemode: bool = False, **values: str) -> tuple[PagaditoGateway, Scripted]:
    network = Scripted(*answers)
    credentials = Credentials({"uid": "uid", "wsk": "wsk", **values}, livemode=livemode)
    return PagaditoGateway(credentials, http=network), network  # type: ignore[arg-type]


def charge(adapter: PagaditoGateway, **changes: Any) -> GatewayReport:
    return adapter.charge(ChargeRequest(**{"reference": "att_1", "amount": ASKED, "description": "Two <b>"} | changes))


def status(value: Any, *, last: str = "", amount: Money | None = ASKED, **values: str) -> GatewayReport:
    adapter, _ = gateway(SESSION, {"code": "PG1003", "value": value}, **values)
    kept = {"token": TOKEN, "page": PAGE, "status": last}
    return adapter.look_up(LookUpRequest("att_1", TOKEN, amount=amount, keep=kept))


# --- Charges --------------------------------------------------------------------------------------------------------


def test_a_charge_opens_a_session_and_spends_it_on_one_transaction() -> None:
    adapter, network = gateway(SESSION, {"code": "PG1002", "value": quote(PAGE, safe="")})

    report = charge(adapter)

    assert (report.outcome, report.gateway_payment_id, report.amount) == (Outcome.REQUIRES_ACTION, TOKEN, ASKED)
    assert report.next_action.value == PAGE
    assert report.keep == {"token": TOKEN, "page": PAGE, "status": "REGISTERED"}
    fields = {name: value[0] for name, value in parse_qs(network.sent[1]["body"]).items()}
    assert (fields["ern"], fields["amount"], fields["currency"]) == ("att_1", "13.37", "USD")
    assert (fields["token"], fields["allow_pending_payments"], fields["format_return"]) == (TOKEN, "false", "json")
    assert json.loads(fields["details"]) == [
        {"quantity": 1, "description": "Two  b", "price": "13.37", "url_product": ""}
    ]


@pytest.mark.parametrize(
    ("values", "livemode", "host"),
    [
        ({}, False, "https://sandbox.pagadito.com/comercios/apipg/charges.php"),
        ({"country": "GT"}, False, "https://sandbox.pagadito.com/comercios/apipg/charges.php"),
        ({}, True, "https://comercios.pagadito.com/apipg/charges.php"),
        ({"country": "gt"}, True, "https://gt-comercios.pagadito.com/apipg/charges.php"),
        ({"transport": "connect"}, False, "https://sandbox-connect.pagadito.com/api/v2/exec-trans"),
        ({"transport": "connect"}, True, "https://connect.pagadito.com/api/v2/exec-trans"),
    ],
)
def test_the_host_follows_the_accounts_home_market(values: dict[str, str], livemode: bool, host: str) -> None:
    adapter, network = gateway(SESSION, NotSent("connect_failed"), livemode=livemode, **values)

    charge(adapter)

    assert network.sent[0]["url"] == host


def test_a_session_that_was_refused_is_renewed_once() -> None:
    stale, other = {"code": "PG3007"}, {"code": "PG1001", "value": "b" * 32}
    adapter, network = gateway(SESSION, stale, other, {"code": "PG1002", "value": PAGE})

    report = charge(adapter)

    assert (report.outcome, report.gateway_payment_id) == (Outcome.REQUIRES_ACTION, "b" * 32)
    assert len(network.sent) == 4
    again, network = gateway(SESSION, stale, other, stale)
    assert (charge(again).outcome, len(network.sent)) == (Outcome.UNKNOWN, 4)


@pytest.mark.parametrize(
    ("connect", "code"),
    [
        ({"code": "PG3001"}, "authentication_failed"),
        ({"code": "PG3005"}, "authentication_failed"),
        ({"code": "PG3002"}, "token_unavailable"),
        ({"code": "PG1001", "value": ""}, "token_unavailable"),
        ((503, b""), "token_unavailable"),
        (b"<html>", "token_unavailable"),
        (b"", "token_unavailable"),
        (OutcomeUnknown("total_deadline"), "token_unavailable"),
        (NotSent("dns_failed"), "dns_failed"),
    ],
)
def test_without_a_session_nothing_was_sent(connect: Any, code: str) -> None:
    adapter, network = gateway(connect)

    report = charge(adapter)

    assert (report.outcome, report.error_code, len(network.sent)) == (Outcome.NOT_SENT, code, 1)
    assert code in adapter.errors


@pytest.mark.parametrize(
    ("code", "outcome", "told"),
    [
        *((code, Outcome.DECLINED, code) for code in ("PG2001", "PG2002", "PG2003", "PG3004", "PG3006", "PG3008")),
        *((code, Outcome.DECLINED, code) for code in ("PG3009", "PG3022", "PG3023", "PG3024", "PG3025")),
        ("PG3001", Outcome.NOT_SENT, "authentication_failed"),
        ("PG3002", Outcome.UNKNOWN, "PG3002"),
        ("PG3003", Outcome.UNKNOWN, "unexpected_answer"),
        ("PG3018", Outcome.UNKNOWN, "PG3018"),
        ("PG1003", Outcome.UNKNOWN, "unexpected_answer"),
        ("00", Outcome.UNKNOWN, "unexpected_answer"),
    ],
)
def test_each_code_of_a_refused_charge(code: str, outcome: Outcome, told: str) -> None:
    adapter, _ = gateway(SESSION, {"code": code, "message": "No."})

    report = charge(adapter)

    assert (report.outcome, report.error_code) == (outcome, told)
    assert told in adapter.errors


def test_a_reference_sent_before_is_never_taken_for_this_session() -> None:
    adapter, _ = gateway(SESSION, {"code": "PG3018"})

    assert charge(adapter).gateway_payment_id == ""


def test_a_lost_answer_is_asked_for_by_the_session_that_became_the_transaction() -> None:
    adapter, _ = gateway(SESSION, OutcomeUnknown("total_deadline"))

    report = charge(adapter)

    assert (report.outcome, report.gateway_payment_id) == (Outcome.UNKNOWN, TOKEN)
    assert report.keep["token"] == TOKEN


@pytest.mark.parametrize("page", ["", "javascript:alert(1)", "http://sandbox.pagadito.com/", "/pay", None, 7, {"a": 1}])
def test_what_is_no_page_is_not_passed_on(page: Any) -> None:
    adapter, _ = gateway(SESSION, {"code": "PG1002", "value": page})

    report = charge(adapter)

    assert (report.outcome, report.error_code, report.next_action) == (Outcome.UNKNOWN, "unreadable_answer", None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(13_37, "EUR")}, "amount_not_representable"),
        ({"amount": Money(0, "USD")}, "amount_not_representable"),
        ({"reference": "a b"}, "invalid_request"),
        ({"reference": "<script>"}, "invalid_request"),
        ({"reference": "x" * 51}, "invalid_request"),
    ],
)
def test_what_pagadito_cannot_take_is_not_sent(changes: dict[str, Any], code: str) -> None:
    adapter, network = gateway()

    report = charge(adapter, **changes)

    assert (report.outcome, report.error_code, network.sent) == (Outcome.NOT_SENT, code, [])


@pytest.mark.parametrize(
    "values", [{"uid": "a:b"}, {"wsk": "a|b"}, {"wsk": ""}, {"transport": "soap"}, {"country": "HN"}, {"uid": "é"}]
)
def test_credentials_that_cannot_work_are_not_used(values: dict[str, str]) -> None:
    adapter, network = gateway(**values)

    assert (charge(adapter).error_code, network.sent) == ("credentials_unusable", [])


# --- Statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "outcome", "code"),
    [
        ("REGISTERED", Outcome.REQUIRES_ACTION, ""),
        ("VERIFYING", Outcome.PENDING, ""),
        ("PENDING", Outcome.PENDING, ""),
        ("COMPLETED", Outcome.SUCCEEDED, ""),
        ("REVOKED", Outcome.DECLINED, "REVOKED"),
        ("FAILED", Outcome.DECLINED, "FAILED"),
        ("UNCOLLECTABLE", Outcome.DECLINED, "UNCOLLECTABLE"),
        ("CANCELED", Outcome.CANCELLED, ""),
        ("EXPIRED", Outcome.EXPIRED, ""),
        ("completed", Outcome.UNKNOWN, "unlisted_status"),
        ("", Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_each_status_as_an_object_and_as_text(word: str, outcome: Outcome, code: str) -> None:
    told = {"status": word, "reference": "000123", "date_trans": "2026-11-20 09:15:00"}

    for value in (told, json.dumps(told)):
        report = status(value)

        assert (report.outcome, report.error_code, report.gateway_status) == (outcome, code, word)
        assert (report.gateway_payment_id, report.reference, report.amount) == (TOKEN, "att_1", ASKED)
        assert (report.raw["reference"], report.raw["date_trans"]) == ("000123", "2026-11-20 09:15:00")


def test_a_page_that_is_still_open_is_told_again() -> None:
    assert status({"status": "REGISTERED"}).next_action.value == PAGE
    assert status({"status": "COMPLETED"}).next_action is None


def test_a_review_that_says_no_after_the_money_was_there_takes_it_back() -> None:
    paid = status({"status": "COMPLETED"})

    assert paid.keep["status"] == "COMPLETED"
    assert status({"status": "REVOKED"}, last="COMPLETED").outcome is Outcome.REVERSED
    assert status({"status": "REVOKED"}, last="VERIFYING").outcome is Outcome.DECLINED


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("PG3003", "not_found"),
        ("PG3001", "authentication_failed"),
        ("PG3002", "PG3002"),
        ("PG3017", "PG3017"),
        ("PG1002", "unexpected_answer"),
        ("PG9999", "unexpected_answer"),
    ],
)
def test_a_question_that_was_refused_says_nothing_about_the_payment(code: str, told: str) -> None:
    adapter, _ = gateway(SESSION, {"code": code, "value": {"status": "COMPLETED"}})

    report = adapter.look_up(LookUpRequest("att_1", TOKEN, amount=ASKED, keep={"token": TOKEN, "page": PAGE}))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, told)
    assert report.keep["page"] == PAGE


def test_without_a_token_a_page_is_never_shown_and_ends_with_its_time() -> None:
    adapter, network = gateway()
    now = datetime.now(UTC)

    fresh = adapter.look_up(LookUpRequest("att_1", since=now - timedelta(minutes=14)))
    gone = adapter.look_up(LookUpRequest("att_1", since=now - timedelta(minutes=16)))

    assert (fresh.outcome, fresh.error_code) == (Outcome.UNKNOWN, "not_found")
    assert (gone.outcome, gone.error_code, network.sent) == (Outcome.EXPIRED, "never_shown", [])


# --- Amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "amount"),
    [
        ({"total": "13.37", "currency": "USD"}, Money(13_37, "USD")),
        ({"total": 13.37, "currency": "usd"}, Money(13_37, "USD")),
        ({"total": 14.4, "currency": "USD"}, Money(14_40, "USD")),
        ({"total": "13.37", "currency": "GTQ"}, Money(13_37, "GTQ")),
        (14.40, Money(14_40, "USD")),
        (None, ASKED),
    ],
)
def test_an_amount_that_is_stated_counts_and_else_the_token_stands_for_ours(stated: Any, amount: Money) -> None:
    report = status({"status": "COMPLETED", "amount": stated})

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, amount)


@pytest.mark.parametrize("total", ["13,37", "-13.37", "1e3", 13.375, "", None, [], True])
def test_an_amount_that_cannot_be_read_is_not_taken_for_ours(total: Any) -> None:
    report = status({"status": "COMPLETED", "amount": {"total": total, "currency": "USD"}})

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")


@pytest.mark.parametrize(
    ("usd", "rate", "is_ours"),
    [("1.74", "7.68", True), ("1.80", 7.68, True), ("2.00", "7.68", False), ("1.74", "x", False)],
)
def test_usd_for_another_currency_counts_only_at_pagaditos_own_rate(usd: str, rate: Any, is_ours: bool) -> None:
    asked = Money(13_37, "GTQ")
    told = {"status": "COMPLETED", "amount": {"total": usd, "currency": "USD"}}
    answers = [SESSION, {"code": "PG1003", "value": told}, SESSION, {"code": "PG1004", "value": rate}]
    question = LookUpRequest("att_1", TOKEN, amount=asked)

    strict, accepting = gateway(*answers)[0], gateway(*answers, converted_amounts="accept")[0]

    assert strict.look_up(question).amount.currency == "USD"
    assert (accepting.look_up(question).amount == asked) is is_ours


@pytest.mark.parametrize(
    ("minor", "text"), [(1, "0.01"), (10, "0.10"), (100, "1.00"), (13_37, "13.37"), (1_000_000_05, "1000000.05")]
)
def test_amounts_have_two_places_both_ways(minor: int, text: str) -> None:
    assert to_wire(Money(minor, "CRC")) == text
    assert from_wire(text, "CRC") == from_wire(f'"{text}"', "CRC") == Money(minor, "CRC")


@pytest.mark.parametrize("text", ["1.001", "1.", ".5", "١.00", "1 000", "NaN", "0x1", '"1'])
def test_amounts_are_never_rounded_nor_guessed(text: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        from_wire(text, "USD")


def test_a_live_account_ignores_the_certificate_that_somebody_typed_in() -> None:
    values = {"uid": "uid", "wsk": "wsk", "sandbox_certificate": "anything"}

    assert Settings.of(Credentials(values, livemode=True), simulator="").sandbox_certificate == ""
    assert Settings.of(Credentials(values), simulator="").sandbox_certificate == "anything"

"""PayPal's texts for amounts, and its reports: windows, pages, signs and fees."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import currencies
from common.money import Money
from gateways.adapters.paypal.amounts import EXPONENTS, from_wire, to_wire
from gateways.adapters.paypal.gateway import PayPalGateway
from gateways.adapters.paypal.reporting import Place
from gateways.amounts import AmountNotRepresentable
from gateways.contract import ChargeRequest, Credentials, GatewayBalance, Outcome
from gateways.errors import OutcomeUnknown
from gateways.http import GatewayHttp
from tests.gateways.answering import Answering

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
PATH = "/v1/reporting/transactions"


@pytest.fixture
def server() -> Iterator[Answering]:
    running = Answering()
    running.says("/v1/oauth2/token", {"access_token": "A21AAodd", "expires_in": 32_400})
    yield running
    running.close()


@pytest.fixture
def paypal(server: Answering, http: GatewayHttp) -> PayPalGateway:
    credentials = Credentials({"client_id": "client-odd", "client_secret": "secret-odd"})
    return PayPalGateway(credentials, simulator=server.url, http=http)


# --- Amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "wire"),
    [
        (Money(13_37, "EUR"), "13.37"),
        (Money(5, "EUR"), "0.05"),
        (Money(1_000, "JPY"), "1000"),
        # Two decimals by ISO 4217, none at PayPal.
        (Money(1_000_00, "HUF"), "1000"),
        (Money(300_00, "TWD"), "300"),
    ],
)
def test_amounts_are_written_as_paypal_wants_them(amount: Money, wire: str) -> None:
    assert to_wire(amount) == wire
    assert from_wire(wire, amount.currency) == amount


@pytest.mark.parametrize(
    "amount", [Money(1_000_50, "HUF"), Money(1, "TWD"), Money(0, "EUR"), Money(-1, "EUR"), Money(5_000, "XOF")]
)
def test_what_paypal_cannot_take_is_refused_before_the_call(
    server: Answering, paypal: PayPalGateway, amount: Money
) -> None:
    report = paypal.charge(ChargeRequest("ref-odd", amount, return_url="https://shop.example"))

    assert (report.outcome, report.error_code, server.asked) == (Outcome.NOT_SENT, "amount_not_representable", [])


@pytest.mark.parametrize("wire", ["", "1,00", "1.005", " 1.00", "1e3", "١", "+1", "0x1", "1.", ".5", "NaN", "9" * 16])
def test_a_text_that_is_no_amount_is_none(wire: str) -> None:
    with pytest.raises(AmountNotRepresentable):
        from_wire(wire, "EUR")


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(min_value=1, max_value=10**12))
def test_every_amount_that_can_be_written_is_read_back(currency: str, whole: int) -> None:
    amount = Money(whole * 10 ** (currencies.exponent(currency) - EXPONENTS[currency]), currency)

    assert from_wire(to_wire(amount), currency) == amount


# --- Reports --------------------------------------------------------------------------------------------------------


def row(**changes: Any) -> dict[str, Any]:
    info = {
        "transaction_id": "2GG279541U471931P",
        "paypal_reference_id": "5O190127TN364715T",
        "paypal_reference_id_type": "ODR",
        "transaction_event_code": "T0006",
        "transaction_initiation_date": "2026-10-02T10:00:00+0000",
        "transaction_amount": {"currency_code": "EUR", "value": "13.37"},
        "fee_amount": {"currency_code": "EUR", "value": "-0.80"},
        "transaction_status": "S",
        "custom_field": "ref-odd",
    }
    return {"transaction_info": info | changes}


def says(server: Answering, *rows: dict[str, Any], pages: int = 1) -> None:
    server.says(PATH, {"transaction_details": list(rows), "page": 1, "total_pages": pages})


def test_a_payment_is_a_line_with_its_fee(server: Answering, paypal: PayPalGateway) -> None:
    says(server, row())

    [line] = paypal.settlements(since=SINCE, until=SINCE + timedelta(days=1)).lines

    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (13_37, 80, 12_57, "EUR")
    assert (line.kind, line.reference, line.gateway_payment_id) == ("payment", "ref-odd", "5O190127TN364715T")
    assert line.occurred_at == datetime(2026, 10, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("T1107", "refund"), ("T1106", "reversal"), ("T1201", "chargeback"), ("T0001", "payout"), ("T0400", "withdrawal"),
     ("T0700", "other"), ("", "other")],
)  # fmt: skip
def test_each_code_of_a_row_has_its_kind(server: Answering, paypal: PayPalGateway, code: str, kind: str) -> None:
    amount = {"currency_code": "EUR", "value": "-13.37"}
    says(server, row(transaction_event_code=code, transaction_amount=amount, fee_amount=None))

    [line] = paypal.settlements(since=SINCE, until=SINCE).lines

    assert (line.kind, line.gross_minor, line.fee_minor, line.net_minor) == (kind, -13_37, 0, -13_37)


def test_rows_that_moved_nothing_are_left_out(server: Answering, paypal: PayPalGateway) -> None:
    says(server, row(transaction_status="P"), row(transaction_status="D"), row(transaction_status="V"))

    assert len(paypal.settlements(since=SINCE, until=SINCE).lines) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"transaction_amount": {"currency_code": "EUR", "value": "thirteen"}},
        {"transaction_initiation_date": "yesterday"},
        {"fee_amount": {"currency_code": "USD", "value": "-0.80"}},
    ],
)
def test_a_row_that_cannot_be_read_spoils_the_page(
    server: Answering, paypal: PayPalGateway, changes: dict[str, Any]
) -> None:
    says(server, row(**changes))

    with pytest.raises(OutcomeUnknown):
        paypal.settlements(since=SINCE, until=SINCE)


def test_a_long_time_is_asked_for_in_windows_and_pages(server: Answering, paypal: PayPalGateway) -> None:
    until = SINCE + timedelta(days=40)
    says(server, row(), pages=2)
    cursor, asked = "", []
    for _ in range(10):
        page = paypal.settlements(since=SINCE, until=until, cursor=cursor)
        query = parse_qs(urlsplit(server.asked[-1].path).query)
        asked.append((query["start_date"][0][:10], query["end_date"][0], query["page"][0]))
        cursor = page.next_cursor
        if not cursor:
            break

    assert asked == [
        ("2026-10-01", "2026-10-31T23:59:59Z", "1"),
        ("2026-10-01", "2026-10-31T23:59:59Z", "2"),
        ("2026-11-01", "2026-11-10T00:00:00Z", "1"),
        ("2026-11-01", "2026-11-10T00:00:00Z", "2"),
    ]


def test_a_window_with_too_many_rows_is_halved_until_it_is_shown(server: Answering, paypal: PayPalGateway) -> None:
    server.says(PATH, {"name": "RESULTSET_TOO_LARGE", "message": "", "debug_id": "1"}, status=400)

    with pytest.raises(OutcomeUnknown):
        paypal.settlements(since=SINCE, until=SINCE + timedelta(days=1))

    ends = [parse_qs(urlsplit(asked.path).query)["end_date"][0] for asked in server.asked[1:]]
    assert ends[:3] == ["2026-10-02T00:00:00Z", "2026-10-01T12:00:00Z", "2026-10-01T06:00:00Z"]
    assert len(ends) < 20


def test_a_halved_window_is_followed_by_the_rest() -> None:
    until = SINCE + timedelta(days=2)

    following = Place.read(Place.first(SINCE, until).halved().next(total_pages=1, until=until))

    assert following == Place(SINCE + timedelta(days=1, seconds=1), until)


@pytest.mark.parametrize("cursor", ["x", "1/2/3", "2026-10-01/2026-10-02", "//"])
def test_a_cursor_that_is_none_is_an_error_not_an_empty_list(paypal: PayPalGateway, cursor: str) -> None:
    with pytest.raises(OutcomeUnknown):
        paypal.settlements(since=SINCE, until=SINCE, cursor=cursor)


def test_balances_are_told_per_currency(server: Answering, paypal: PayPalGateway) -> None:
    told = json.loads(
        '{"balances": [{"currency": "EUR", "available_balance": {"currency_code": "EUR", "value": "10.00"},'
        ' "withheld_balance": {"currency_code": "EUR", "value": "1.50"}},'
        ' {"currency": "JPY", "available_balance": {"currency_code": "JPY", "value": "700"}}]}'
    )
    server.says("/v1/reporting/balances", told)

    assert list(paypal.balances()) == [
        GatewayBalance(Money(10_00, "EUR"), Money(1_50, "EUR")),
        GatewayBalance(Money(700, "JPY")),
    ]

"""What follows an approval: collecting, holds, keys, tokens, and what is read again."""

import json
import threading
from collections.abc import Iterator

import pytest

from common.money import Money
from gateways.adapters.paypal.gateway import PayPalGateway
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Credentials,
    Outcome,
)
from gateways.http import GatewayHttp
from tests.gateways.answering import Answering
from tests.gateways.paypal_samples import (
    AMOUNT,
    HOLD,
    ORDER,
    ORDER_PATH,
    TOKEN,
    asking,
    capture,
    order,
    refusal,
)


@pytest.fixture
def server() -> Iterator[Answering]:
    running = Answering()
    running.says("/v1/oauth2/token", TOKEN)
    yield running
    running.close()


@pytest.fixture
def paypal(server: Answering, http: GatewayHttp) -> PayPalGateway:
    credentials = Credentials({"client_id": "client-odd", "client_secret": "secret-odd"})
    return PayPalGateway(credentials, simulator=server.url, http=http)


# --- Collecting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issue", "outcome"),
    [
        ("INSTRUMENT_DECLINED", Outcome.REQUIRES_ACTION),
        ("ORDER_NOT_APPROVED", Outcome.REQUIRES_ACTION),
        ("TRANSACTION_REFUSED", Outcome.DECLINED),
        ("DUPLICATE_INVOICE_ID", Outcome.UNKNOWN),
        ("ORDER_COMPLETION_IN_PROGRESS", Outcome.UNKNOWN),
        ("OF_TOMORROW", Outcome.UNKNOWN),
        # The order, read again, is still only approved.
        ("ORDER_ALREADY_CAPTURED", Outcome.APPROVED),
    ],
)
def test_what_a_refused_capture_means(server: Answering, paypal: PayPalGateway, issue: str, outcome: Outcome) -> None:
    server.says(ORDER_PATH, order("APPROVED"))
    server.says(f"{ORDER_PATH}/capture", refusal(issue), status=422)

    report = paypal.collect(asking())

    assert report.outcome is outcome
    assert report.error_code == "" or report.error_code in paypal.errors


def test_a_payer_whose_card_was_declined_goes_back_to_paypal(server: Answering, paypal: PayPalGateway) -> None:
    links = [{"href": "https://www.sandbox.paypal.com/checkoutnow?token=1", "rel": "redirect"}]
    server.says(ORDER_PATH, order("APPROVED"))
    server.says(f"{ORDER_PATH}/capture", refusal("INSTRUMENT_DECLINED", links=links), status=422)

    report = paypal.collect(asking())

    assert report.next_action.value == links[0]["href"]


def test_one_approval_has_one_key_and_the_next_another(server: Answering, paypal: PayPalGateway) -> None:
    server.says(f"{ORDER_PATH}/capture", order("COMPLETED", payments={"captures": [capture()]}), status=201)
    for update_time in ("2026-11-21T10:01:00Z", "2026-11-21T10:01:00Z", "2026-11-21T10:05:00Z"):
        server.says(ORDER_PATH, order("APPROVED", update_time=update_time))
        assert paypal.collect(asking()).outcome is Outcome.SUCCEEDED

    keys = [asked.headers["paypal-request-id"] for asked in server.asked if asked.path.endswith("/capture")]

    assert keys[0] == keys[1] != keys[2]
    assert all(key.startswith("ref-odd:capture:") for key in keys)


def test_an_order_to_authorize_is_authorized_not_captured(server: Answering, paypal: PayPalGateway) -> None:
    hold = {"id": HOLD, "status": "CREATED", "amount": AMOUNT}
    server.says(ORDER_PATH, order("APPROVED", intent="AUTHORIZE"))
    server.says(f"{ORDER_PATH}/authorize", order("COMPLETED", payments={"authorizations": [hold]}), status=201)

    report = paypal.collect(asking())

    assert (report.outcome, report.keep) == (Outcome.AUTHORIZED, {"authorization_id": HOLD})
    assert f"{ORDER_PATH}/capture" not in server.paths()


def test_a_hold_is_found_by_its_order_and_taken_in_part(server: Answering, paypal: PayPalGateway) -> None:
    hold = {"id": HOLD, "status": "CREATED", "amount": AMOUNT}
    server.says(ORDER_PATH, order("COMPLETED", intent="AUTHORIZE", payments={"authorizations": [hold]}))
    part = {"currency_code": "EUR", "value": "4.21"}
    server.says(f"/v2/payments/authorizations/{HOLD}/capture", capture(amount=part), status=201)

    report = paypal.capture(CaptureRequest("ref-odd", ORDER, Money(4_21, "EUR")))

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, Money(4_21, "EUR"))
    assert json.loads(server.asked[-1].body) == {"amount": part, "final_capture": True}


def test_a_void_counts_only_when_it_is_read_back(server: Answering, paypal: PayPalGateway) -> None:
    hold = {"id": HOLD, "status": "CREATED", "amount": AMOUNT}
    server.says(ORDER_PATH, order("COMPLETED", intent="AUTHORIZE", payments={"authorizations": [hold]}))
    server.says(f"/v2/payments/authorizations/{HOLD}/void", {}, status=200)
    server.says(f"/v2/payments/authorizations/{HOLD}", hold)

    assert paypal.cancel(asking()).outcome is Outcome.AUTHORIZED

    server.says(f"/v2/payments/authorizations/{HOLD}", hold | {"status": "VOIDED"})
    assert paypal.cancel(asking()).outcome is Outcome.CANCELLED


def test_an_order_nobody_approved_cannot_be_cancelled_and_says_so(server: Answering, paypal: PayPalGateway) -> None:
    server.says(ORDER_PATH, order("APPROVED"))

    assert paypal.cancel(asking()).outcome is Outcome.APPROVED
    assert server.paths() == ["/v1/oauth2/token", ORDER_PATH]


# --- Tokens ---------------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_once_however_many_ask_at_once(server: Answering, paypal: PayPalGateway) -> None:
    server.says(ORDER_PATH, order("APPROVED"))
    threads = [threading.Thread(target=paypal.look_up, args=(asking(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert server.paths().count("/v1/oauth2/token") == 1
    assert server.paths().count(ORDER_PATH) == 4


def test_a_call_that_is_refused_twice_for_its_token_was_not_sent(server: Answering, paypal: PayPalGateway) -> None:
    server.says("/v2/checkout/orders", {"error": "invalid_token", "error_description": "…"}, status=401)

    report = paypal.charge(ChargeRequest("ref-odd", Money(13_37, "EUR"), return_url="https://shop.example"))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "authentication_failed")


def test_a_refused_token_is_renewed_once_and_the_call_made_once_more(server: Answering, paypal: PayPalGateway) -> None:
    server.says(ORDER_PATH, {"error": "invalid_token"}, status=401)

    report = paypal.look_up(asking())

    assert report.outcome is Outcome.UNKNOWN
    assert server.paths() == ["/v1/oauth2/token", ORDER_PATH] * 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "authentication_failed"),
        (429, "token_unavailable"),
        (500, "token_unavailable"),
        (200, "token_unavailable"),
    ],
)
def test_without_a_token_the_charge_was_not_sent(
    server: Answering, paypal: PayPalGateway, status: int, code: str
) -> None:
    server.says("/v1/oauth2/token", {"error": "no"}, status=status)

    report = paypal.charge(ChargeRequest("ref-odd", Money(13_37, "EUR"), return_url="https://shop.example"))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, code)
    assert server.paths() == ["/v1/oauth2/token"]


def test_a_check_names_what_the_app_may_not_do(paypal: PayPalGateway) -> None:
    check = paypal.check_credentials()

    assert check.works is True
    assert "payouts" in check.text


@pytest.mark.parametrize("value", ["", "a:b", "a b", "é", "x" * 251])
@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_credentials_that_are_none_stop_before_anything_is_sent(
    server: Answering, http: GatewayHttp, name: str, value: str
) -> None:
    values = {"client_id": "client", "client_secret": "secret"} | {name: value}
    paypal = PayPalGateway(Credentials(values), simulator=server.url, http=http)

    report = paypal.charge(ChargeRequest("ref-odd", Money(13_37, "EUR"), return_url="https://shop.example"))

    assert (report.outcome, report.error_code, server.asked) == (Outcome.NOT_SENT, "credentials_unusable", [])

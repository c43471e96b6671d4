"""Every code and status of CinetPay's payments, and what it becomes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.cinetpay.gateway import CinetPayGateway
from gateways.adapters.cinetpay.ids import transaction_id
from gateways.contract import Credentials, NextActionKind, Outcome, RetryRule
from gateways.http import GatewayHttp
from tests.gateways.cinetpay_samples import ASKED, CHECKOUT, REFERENCE, CinetPayServer, ask, charge, checked, gateway

CREATE, CHECK = "/v2/payment", "/v2/payment/check"
OPENED = {"code": "201", "message": "CREATED", "data": {"payment_token": "t", "payment_url": "https://pay.example/t"}}
REFUSED = {"code": "608", "message": "MINIMUM_REQUIRED_FIELDS", "description": "see ada@payer.example 0701020304"}


@pytest.fixture
def server() -> Iterator[CinetPayServer]:
    running = CinetPayServer()
    yield running
    running.close()


@pytest.fixture
def checkout(server: CinetPayServer, http: GatewayHttp) -> CinetPayGateway:
    return gateway(server, http, CHECKOUT, recheck_minutes="0")


# --- The check of checkout v2 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "status", "outcome", "error"),
    [
        ("00", "ACCEPTED", Outcome.SUCCEEDED, ""),
        ("662", "PENDING", Outcome.REQUIRES_ACTION, ""),
        ("662", None, Outcome.REQUIRES_ACTION, ""),
        ("662", "WAITING_FOR_CUSTOMER", Outcome.PENDING, ""),
        ("623", "PENDING", Outcome.PENDING, ""),
        ("623", "WAITING_FOR_CUSTOMER", Outcome.PENDING, ""),
        ("664", None, Outcome.PENDING, ""),
        ("663", "PENDING", Outcome.REQUIRES_ACTION, ""),
        *[
            (code, "REFUSED", Outcome.DECLINED, code)
            for code in ("600", "602", "604", "606", "603", "804", "635", "812")
        ],
        ("627", "REFUSED", Outcome.CANCELLED, ""),
        ("627", "CANCELLED", Outcome.CANCELLED, ""),
        ("625", "REFUSED", Outcome.EXPIRED, ""),
        # Refusals without the word REFUSED, and pairs that disagree, leave everything open.
        ("600", "CANCELLED", Outcome.UNKNOWN, "contradiction"),
        ("602", None, Outcome.UNKNOWN, "refusal_unconfirmed"),
        ("603", "PENDING", Outcome.UNKNOWN, "refusal_unconfirmed"),
        ("625", None, Outcome.UNKNOWN, "625"),
        ("00", "PENDING", Outcome.UNKNOWN, "contradiction"),
        ("00", "REFUSED", Outcome.UNKNOWN, "contradiction"),
        ("600", "ACCEPTED", Outcome.UNKNOWN, "contradiction"),
        ("00", "accepted", Outcome.UNKNOWN, "unlisted_status"),
        ("00", None, Outcome.UNKNOWN, "incomplete_answer"),
        ("0", "ACCEPTED", Outcome.UNKNOWN, "unlisted_status"),
        ("201", "ACCEPTED", Outcome.UNKNOWN, "unlisted_status"),
        ("699", "REFUSED", Outcome.UNKNOWN, "unlisted_status"),
        ("404", None, Outcome.UNKNOWN, "not_found"),
    ],
)
def test_code_and_status_decide_together(
    checkout: CinetPayGateway, server: CinetPayServer, code: str, status: str | None, outcome: Outcome, error: str
) -> None:
    server.answers(CHECK, checked(code, status))

    report = ask(checkout)

    assert (report.outcome, report.error_code) == (outcome, error)
    assert (report.gateway_payment_id, report.reference) == (REFERENCE, REFERENCE)
    assert report.amount == (ASKED if outcome is not Outcome.UNKNOWN else None)


@pytest.mark.parametrize(
    ("amount", "told"),
    [("1335", ASKED), (1335, ASKED), ("1335.00", ASKED), ("1340", Money(1_340, "XOF"))],
)
def test_an_amount_counts_as_text_and_as_a_number(
    checkout: CinetPayGateway, server: CinetPayServer, amount: object, told: Money
) -> None:
    server.answers(CHECK, checked("00", "ACCEPTED", amount=amount))

    assert ask(checkout).amount == told


@pytest.mark.parametrize("amount", [None, "", "1335.5", "1e3", "-1335", "+1335", " 1335", "1,335", True, [1335]])
def test_a_payment_without_a_readable_amount_is_not_paid(
    checkout: CinetPayGateway, server: CinetPayServer, amount: object
) -> None:
    server.answers(CHECK, checked("00", "ACCEPTED", amount=amount))

    report = ask(checkout)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "incomplete_answer")


def test_a_check_about_another_payment_is_a_contradiction(checkout: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers(CHECK, checked("00", "ACCEPTED", metadata="ref-even"))

    report = ask(checkout)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


def test_a_young_refusal_may_still_be_paid_on_the_same_page(server: CinetPayServer, http: GatewayHttp) -> None:
    adapter = gateway(server, http, CHECKOUT)
    server.answers(CHECK, checked("602", "REFUSED"))
    now = datetime.now(UTC)

    young, old = (ask(adapter, since=now - timedelta(minutes=age)) for age in (1, 6))

    assert (young.outcome, young.error_code, young.gateway_status) == (Outcome.REQUIRES_ACTION, "602", "REFUSED")
    assert (old.outcome, old.error_code) == (Outcome.DECLINED, "602")


# --- A new payment at checkout v2 -----------------------------------------------------------------------------------


def test_a_new_payment_sends_what_cinetpay_asks_for(checkout: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers(CREATE, OPENED, status=201)

    report = charge(checkout, payer_phone="+225 07 01 02 03 04", language="fr-CI")

    assert (report.outcome, report.next_action.kind) == (Outcome.REQUIRES_ACTION, NextActionKind.REDIRECT)
    assert report.next_action.value == "https://pay.example/t"
    assert server.bodies(CREATE) == [
        {
            "apikey": CHECKOUT["api_key"],
            "site_id": "445160",
            "transaction_id": REFERENCE,
            "amount": 1335,
            "currency": "XOF",
            "description": "Ticket 7 more",
            "notify_url": "https://shop.example/hooks",
            "return_url": "https://shop.example/back",
            "metadata": REFERENCE,
            "lang": "fr",
            "channels": "MOBILE_MONEY",
            "customer_name": "Odd",
            "customer_surname": "Ada",
            "customer_email": "ada@payer.example",
            "customer_phone_number": "+2250701020304",
        }
    ]


def test_a_refusal_is_believed_when_the_check_does_not_know_the_payment(
    checkout: CinetPayGateway, server: CinetPayServer
) -> None:
    server.answers(CREATE, REFUSED, status=400)

    report = charge(checkout)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "608")
    assert "see …" in report.error_message
    assert server.count(CHECK) == 1


def test_a_repeated_id_is_what_the_first_one_became(checkout: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers(CREATE, REFUSED, status=400)
    server.answers(CHECK, checked("00", "ACCEPTED"))

    assert charge(checkout).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("answer", [b"<html>", b"", {"code": "699", "message": "ODD"}, checked("602", None)])
def test_a_refusal_that_the_check_cannot_explain_is_unknown(
    checkout: CinetPayGateway, server: CinetPayServer, answer: object
) -> None:
    server.answers(CREATE, REFUSED, status=400)
    server.answers(CHECK, answer)

    assert charge(checkout).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "status", "outcome", "error"),
    [
        ({"code": "609", "message": "AUTH_NOT_FOUND"}, 403, Outcome.NOT_SENT, "authentication_failed"),
        ({"code": "613", "message": "ERROR_SITE_ID_NOTVALID"}, 200, Outcome.NOT_SENT, "authentication_failed"),
        ({"code": "403", "message": "FORBIDDEN"}, 403, Outcome.NOT_SENT, "request_refused"),
        (b"error code: 1010", 403, Outcome.NOT_SENT, "request_refused"),
        ({"code": "429", "message": "TOO_MANY_REQUEST"}, 429, Outcome.NOT_SENT, "rate_limit"),
        ({"code": "609", "message": "AUTH_NOT_FOUND"}, 502, Outcome.UNKNOWN, "unexpected_answer"),
        ({"code": "641", "message": "TOO_LOW"}, 400, Outcome.UNKNOWN, "refusal_unconfirmed"),
        ({"code": "699", "message": "ODD"}, 400, Outcome.UNKNOWN, "unlisted_status"),
        ({"code": "201", "data": {"payment_url": "javascript:alert(1)"}}, 201, Outcome.UNKNOWN, "unexpected_answer"),
        ({"message": "no code"}, 200, Outcome.UNKNOWN, "unreadable_answer"),
        (b"error code: 1011", 403, Outcome.UNKNOWN, "unreadable_answer"),
        (b"[" * 100_000, 200, Outcome.UNKNOWN, "unreadable_answer"),
    ],
)
def test_only_listed_answers_say_that_nothing_happened(
    checkout: CinetPayGateway, server: CinetPayServer, answer: object, status: int, outcome: Outcome, error: str
) -> None:
    server.answers(CREATE, answer, status=status)

    report = charge(checkout)

    assert (report.outcome, report.error_code) == (outcome, error)
    assert report.error_code in checkout.errors
    assert report.outcome is Outcome.NOT_SENT or checkout.errors[report.error_code].retry is RetryRule.NEVER


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": Money(1_337, "XOF")}, "amount_not_representable"),
        ({"amount": Money(1_335, "EUR")}, "amount_not_representable"),
        ({"amount": Money(10_50, "USD")}, "amount_not_representable"),
        ({"webhook_url": ""}, "payer_details_missing"),
        ({"return_url": ""}, "payer_details_missing"),
        ({"method": "card"}, "payer_details_missing"),
        ({"method": "barter"}, "invalid_request"),
        ({"capture": False}, "invalid_request"),
    ],
)
def test_what_cinetpay_would_not_take_is_not_sent(
    checkout: CinetPayGateway, server: CinetPayServer, changes: dict[str, Any], error: str
) -> None:
    report = charge(checkout, **changes)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, error)
    assert server.asked == []


def test_cards_are_offered_once_the_account_has_an_address(server: CinetPayServer, http: GatewayHttp) -> None:
    adapter = gateway(server, http, CHECKOUT, card_address="1 Odd St", card_city="Abidjan", card_zip_code="00225")
    server.answers(CREATE, OPENED, status=201)
    payer = {"payer_phone": "+2250701020304"}

    charge(adapter, method="card", **payer)
    charge(adapter, method="", **payer)
    charge(adapter, method="")

    bodies = server.bodies(CREATE)
    assert [body["channels"] for body in bodies] == ["CREDIT_CARD", "ALL", "MOBILE_MONEY"]
    assert (bodies[0]["customer_country"], bodies[0]["customer_state"]) == ("CI", "CI")
    assert "customer_city" not in bodies[2]


@pytest.mark.parametrize(
    "values",
    [{"site_id": ""}, {"api_key": " "}, {"generation": "v7"}],
)
def test_unusable_credentials_send_nothing(server: CinetPayServer, http: GatewayHttp, values: dict[str, str]) -> None:
    adapter = gateway(server, http, CHECKOUT, **values)

    assert charge(adapter).error_code == "credentials_unusable"
    assert charge(adapter).outcome is Outcome.NOT_SENT
    assert ask(adapter).outcome is Outcome.UNKNOWN
    assert adapter.check_credentials().works is False
    assert server.asked == []


def test_checkout_v2_charges_nothing_for_a_test_account_without_a_simulator(http: GatewayHttp) -> None:
    report = charge(CinetPayGateway(Credentials(CHECKOUT), http=http))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable")


def test_an_id_is_the_reference_where_it_fits_and_always_the_same() -> None:
    long = "att_0192f0c1d2e34f5a8b6c7d8e9f0a1b2c"

    assert transaction_id(REFERENCE) == REFERENCE
    assert transaction_id(long) == transaction_id(long) != transaction_id(f"{long[:-1]}d")
    assert len(transaction_id(long)) == 30
    assert transaction_id(long).isalnum()

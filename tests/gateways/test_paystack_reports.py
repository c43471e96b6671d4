"""What Paystack's words become: each status, amounts that differ, refusals, and whatever nobody listed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.paystack.answers import _BY_CODE, _BY_MESSAGE, DUPLICATE
from gateways.adapters.paystack.gateway import PaystackGateway
from gateways.contract import (
    ChargeRequest,
    Credentials,
    GatewayReport,
    LookUpRequest,
    NextActionKind,
    Outcome,
)
from gateways.http import GatewayHttp
from tests.gateways.paystack_samples import answer, refusal, sent, transaction
from tests.gateways.scripted import ScriptedServer

NGN = "NGN"
ASKED = Money(133_71, NGN)


@pytest.fixture
def paystack(scripted: ScriptedServer, http: GatewayHttp) -> PaystackGateway:
    return made(scripted, http)


def made(scripted: ScriptedServer, http: GatewayHttp, **settings: str) -> PaystackGateway:
    return PaystackGateway(Credentials({"secret_key": "sk_test_odd", **settings}), simulator=scripted.url, http=http)


def look_up(paystack: PaystackGateway, scripted: ScriptedServer, **changes: Any) -> GatewayReport:
    scripted.answers(answer(transaction(**changes)))
    return paystack.look_up(LookUpRequest("att_odd-1", amount=ASKED))


def charge(**changes: Any) -> ChargeRequest:
    wanted: dict[str, Any] = {"reference": "att_odd-1", "amount": ASKED, "payer_email": "ada@payer.example"}
    return ChargeRequest(**wanted | changes)


# --- Transactions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("success", Outcome.SUCCEEDED),
        ("failed", Outcome.DECLINED),
        ("abandoned", Outcome.REQUIRES_ACTION),
        ("ongoing", Outcome.REQUIRES_ACTION),
        ("pending", Outcome.PENDING),
        ("processing", Outcome.PENDING),
        ("queued", Outcome.PENDING),
        ("reversal pending", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_each_status_of_a_transaction(
    paystack: PaystackGateway, scripted: ScriptedServer, status: str, outcome: Outcome
) -> None:
    report = look_up(paystack, scripted, status=status)

    assert report.outcome is outcome
    assert (report.reference, report.gateway_payment_id) == ("att_odd-1", "att.odd-1")
    assert report.keep["transaction_id"] == "4099260516"
    assert report.gateway_status == status
    assert (report.error_code == "unlisted_status") is (outcome is Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("amount", "requested", "fees", "told", "fee"),
    [
        (13_371, 13_371, 201, ASKED, Money(2_01, NGN)),
        # The payer bears the fees: all of the surplus is fees, so nothing of ours was taken.
        (13_572, 13_371, 201, ASKED, Money(0, NGN)),
        (13_471, 13_371, 201, ASKED, Money(1_01, NGN)),
        # A partial debit: requested_amount alone proves nothing.
        (9_999, 13_371, 201, Money(99_99, NGN), Money(2_01, NGN)),
        # Something else was asked for than we did: shown as it is.
        (99_999, 42_13, None, Money(42_13, NGN), None),
        (13_371, None, None, ASKED, None),
        ("13371", "13371", "201", ASKED, Money(2_01, NGN)),
    ],
)
def test_what_was_paid_for_the_order(
    paystack: PaystackGateway,
    scripted: ScriptedServer,
    amount: object,
    requested: object,
    fees: object,
    told: Money,
    fee: Money | None,
) -> None:
    report = look_up(paystack, scripted, amount=amount, requested_amount=requested, fees=fees)

    assert (report.outcome, report.amount, report.fee) == (Outcome.SUCCEEDED, told, fee)


@pytest.mark.parametrize("metadata", [{"a": 1}, "", 0, None, "text", []])
def test_metadata_may_be_anything(paystack: PaystackGateway, scripted: ScriptedServer, metadata: object) -> None:
    assert look_up(paystack, scripted, metadata=metadata).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(("domain", "livemode"), [("test", False), ("live", True)])
def test_the_mode_is_the_domain(
    paystack: PaystackGateway, scripted: ScriptedServer, domain: str, *, livemode: bool
) -> None:
    assert look_up(paystack, scripted, domain=domain).livemode is livemode


def test_a_transaction_of_neither_mode_is_unknown(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    report = look_up(paystack, scripted, domain="moon")

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


def test_another_transaction_than_the_one_asked_about_is_unknown(
    paystack: PaystackGateway, scripted: ScriptedServer
) -> None:
    report = look_up(paystack, scripted, reference="att.odd-2")

    assert (report.outcome, report.error_code, report.gateway_payment_id) == (
        Outcome.UNKNOWN,
        "contradiction",
        "att.odd-1",
    )


def test_an_amount_that_is_none_of_ours_is_not_stated(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    assert look_up(paystack, scripted, amount=1_050, requested_amount=1_050, currency="XOF").amount is None
    assert look_up(paystack, scripted, currency="EGP").amount is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Insufficient Funds", "insufficient_funds"),
        ("Incorrect PIN", "incorrect_pin"),
        ("Declined", "declined"),
        ("Words of tomorrow", "declined"),
        (None, "declined"),
    ],
)
def test_the_reason_of_a_failure(
    paystack: PaystackGateway, scripted: ScriptedServer, words: str | None, code: str
) -> None:
    report = look_up(paystack, scripted, status="failed", gateway_response=words)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, code)
    assert code in paystack.errors


def test_the_page_is_given_again_while_the_payer_has_not_paid(
    paystack: PaystackGateway, scripted: ScriptedServer
) -> None:
    scripted.answers(answer({"authorization_url": "https://checkout.paystack.com/odd", "reference": "att.odd-1"}))
    charged = paystack.charge(charge())
    scripted.answers(answer(transaction(status="abandoned")))

    report = paystack.look_up(LookUpRequest("att_odd-1", charged.gateway_payment_id, keep=charged.keep))

    assert report.next_action == charged.next_action
    assert report.next_action.kind is NextActionKind.REDIRECT
    assert report.next_action.value == "https://checkout.paystack.com/odd"


def test_nothing_personal_is_kept(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    report = look_up(paystack, scripted)

    shown = repr(report) + json.dumps(dict(report.raw))
    assert not any(secret in shown for secret in ("ada@", "AUTH_odd", '0000"', "sk_test_odd"))
    assert report.occurred_at == datetime(2026, 8, 22, 9, 15, 2, tzinfo=UTC)


# --- What is sent ---------------------------------------------------------------------------------------------------


def test_a_fresh_charge_says_all_it_knows(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    scripted.answers(answer({"authorization_url": "https://checkout.paystack.com/odd", "reference": "att.odd-1"}))

    paystack.charge(
        charge(
            amount=Money(5_003, "XOF"),
            method="bank_debit",
            description="Two seats",
            return_url="https://shop.example/back",
            cancel_url="https://shop.example/cancel",
        )
    )

    line, body = sent(scripted)
    assert line == "POST /transaction/initialize"
    assert body == {
        "email": "ada@payer.example",
        "amount": 500_300,
        "currency": "XOF",
        "reference": "att.odd-1",
        "callback_url": "https://shop.example/back",
        "channels": ["bank"],
        "metadata": {
            "cancel_action": "https://shop.example/cancel",
            "custom_fields": [
                {"display_name": "Description", "variable_name": "description", "value": "Two seats"},
            ],
        },
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payer_email": ""}, "invalid_request"),
        ({"capture": False}, "capture_not_supported"),
        ({"method": "paypal"}, "method_not_supported"),
        ({"amount": Money(1, "EUR")}, "amount_not_representable"),
        ({"reference": "att.1"}, "invalid_request"),
        ({"reference": "att 1"}, "invalid_request"),
        ({"reference": "a" * 51}, "invalid_request"),
    ],
)
def test_what_paystack_cannot_do_is_not_sent(
    paystack: PaystackGateway, scripted: ScriptedServer, changes: dict[str, Any], code: str
) -> None:
    report = paystack.charge(charge(**changes))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, code)
    assert code in paystack.errors
    assert scripted.requests == []


def test_an_answer_about_another_reference_is_unknown(paystack: PaystackGateway, scripted: ScriptedServer) -> None:
    scripted.answers(answer({"authorization_url": "https://checkout.paystack.com/odd", "reference": "att.odd-2"}))
    fresh = paystack.charge(charge())
    scripted.answers(answer(transaction(reference="att.odd-2")))
    saved = paystack.charge(charge(payment_method="AUTH_odd"))

    assert (fresh.outcome, fresh.error_code) == (Outcome.UNKNOWN, "contradiction")
    assert (saved.outcome, saved.error_code) == (Outcome.UNKNOWN, "contradiction")


# --- Refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        ("400 B", refusal("Invalid Amount Sent", type="validation_error"), Outcome.DECLINED, "invalid_params"),
        ("400 B", refusal("Currency not supported by merchant"), Outcome.DECLINED, "currency_not_supported"),
        ("400 B", refusal("Email is required", code="missing_params"), Outcome.DECLINED, "invalid_params"),
        ("400 B", refusal("Anything else"), Outcome.UNKNOWN, "unexpected_answer"),
        ("400 B", refusal("Anything", type="processor_error", code="unknown"), Outcome.UNKNOWN, "unexpected_answer"),
        ("404 N", refusal("Try again later", code="unknown"), Outcome.UNKNOWN, "unexpected_answer"),
        ("401 U", refusal("Invalid key"), Outcome.NOT_SENT, "authentication_failed"),
        ("403 F", refusal("IP is not allowed"), Outcome.NOT_SENT, "authentication_failed"),
        ("403 F", b"<html>", Outcome.UNKNOWN, "unexpected_answer"),
        ("429 T", refusal("Slow down", code="rate_limited"), Outcome.NOT_SENT, "rate_limit"),
        ("429 T", refusal("Slow down"), Outcome.UNKNOWN, "unexpected_answer"),
        ("500 I", refusal("Duplicate Transaction Reference"), Outcome.UNKNOWN, "unexpected_answer"),
        ("200 O", refusal("Invalid Amount Sent", type="validation_error"), Outcome.UNKNOWN, "unreadable_answer"),
        ("200 O", answer([]), Outcome.UNKNOWN, "unreadable_answer"),
        ("200 O", answer(None), Outcome.UNKNOWN, "unreadable_answer"),
        ("200 O", b"[" * 100_000, Outcome.UNKNOWN, "unreadable_answer"),
        ("202 A", answer({"authorization_url": "https://x", "reference": "att.odd-1"}), Outcome.UNKNOWN, None),
    ],
)
def test_only_what_is_listed_is_a_refusal(
    paystack: PaystackGateway, scripted: ScriptedServer, status: str, body: bytes, outcome: Outcome, code: str | None
) -> None:
    scripted.answers(body, status=status)

    report = paystack.charge(charge())

    assert report.outcome is outcome, report
    assert report.error_code == (code or "unexpected_answer")
    assert report.error_code in paystack.errors
    assert report.gateway_payment_id == "att.odd-1"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        ("404 N", refusal("Transaction reference not found"), "not_found"),
        ("400 B", refusal("No such thing", code="transaction_not_found"), "not_found"),
        ("404 N", refusal("Page is missing"), "unexpected_answer"),
        ("400 B", refusal("Bad request"), "unexpected_answer"),
        ("401 U", refusal("Invalid key"), "authentication_failed"),
    ],
)
def test_only_what_says_so_is_not_found(
    paystack: PaystackGateway, scripted: ScriptedServer, status: str, body: bytes, code: str
) -> None:
    scripted.answers(body, status=status)

    report = paystack.look_up(LookUpRequest("att_odd-1"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, code)


@pytest.mark.parametrize("code", sorted({*_BY_MESSAGE.values(), *_BY_CODE.values()} - {DUPLICATE}))
def test_every_refusal_is_in_the_table(paystack: PaystackGateway, code: str) -> None:
    assert code in paystack.errors

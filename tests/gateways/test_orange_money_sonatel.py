"""Sonatel's eWallet API: QR codes, typed codes, cash-in, the PIN that must not burn, callbacks and their apiKey."""

import base64
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest

from common import clock
from common.money import Money
from gateways.contract import (
    Credentials,
    Destination,
    DestinationKind,
    GatewayReport,
    IncomingWebhook,
    NextActionKind,
    Outcome,
    Subject,
    WebhookRefused,
)
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.simulated import Simulator


@pytest.fixture
def sonatel(simulator: Simulator, http: GatewayHttp) -> Iterator[Case]:
    simulator.clear_faults()
    yield cases.make("orange_money_sonatel", simulator=simulator, http=http)
    simulator.clear_faults()


def row(reference: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "transactionId": "MP1",
        "reference": reference,
        "status": status,
        "type": "MERCHANT_PAYMENT",
        "amount": {"value": 1337, "unit": "XOF"},
        **more,
    }


def found(sonatel: Case, *rows: tuple[str, str]) -> GatewayReport:
    request, charged = sonatel.charged()
    body = json.dumps([row(reference or request.reference, status) for reference, status in rows])
    sonatel.go_wrong("say", operation="look_up", body=body)
    return sonatel.look_up(request, charged)


# --- What the list says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("PRE_INITIATED", Outcome.REQUIRES_ACTION),
        ("INITIATED", Outcome.REQUIRES_ACTION),
        ("PENDING", Outcome.PENDING),
        ("ACCEPTED", Outcome.PENDING),
        ("SUCCESS", Outcome.SUCCEEDED),
        ("FAILED", Outcome.DECLINED),
        ("REJECTED", Outcome.DECLINED),
        ("CANCELLED", Outcome.CANCELLED),
        ("TS", Outcome.UNKNOWN),
        ("TF", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_each_status_is_translated_and_an_unknown_word_is_never_failed(
    sonatel: Case, status: str, outcome: Outcome
) -> None:
    report = found(sonatel, ("", status))

    assert (report.outcome, report.gateway_status, report.amount) == (outcome, status, Money(13_37, "XOF"))


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (("FAILED", "SUCCESS"), Outcome.SUCCEEDED),
        (("FAILED", "PENDING"), Outcome.PENDING),
        (("FAILED", "TELEPORTED"), Outcome.UNKNOWN),
        (("FAILED", "CANCELLED"), Outcome.DECLINED),
    ],
)
def test_of_several_payments_under_one_reference_money_comes_first(
    sonatel: Case, statuses: tuple[str, ...], outcome: Outcome
) -> None:
    assert found(sonatel, *(("", status) for status in statuses)).outcome is outcome


def test_a_list_of_others_cannot_say_that_ours_is_not_there(sonatel: Case) -> None:
    report = found(sonatel, ("somebody-else", "SUCCESS"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


def test_a_code_that_nobody_used_waits_and_then_expires(sonatel: Case) -> None:
    request, charged = sonatel.charged()
    long_ago = {**charged.keep, "valid_until": str(clock.epoch() - 901)}
    just_now = {**charged.keep, "valid_until": str(clock.epoch() - 1)}

    assert sonatel.look_up(request, charged).outcome is Outcome.REQUIRES_ACTION
    assert sonatel.look_up(request, dataclasses.replace(charged, keep=just_now)).outcome is Outcome.REQUIRES_ACTION
    assert sonatel.look_up(request, dataclasses.replace(charged, keep=long_ago)).outcome is Outcome.EXPIRED


def test_a_code_whose_answer_was_lost_is_not_found_until_it_is_paid(sonatel: Case) -> None:
    request = sonatel.request()
    sonatel.go_wrong("execute_then_reset", operation="charge")
    lost = sonatel.gateway.charge(request)
    before = sonatel.look_up(request, lost)

    sonatel.act(request, lost, Outcome.SUCCEEDED)

    assert (before.outcome, before.error_code) == (Outcome.UNKNOWN, "not_found")
    assert sonatel.look_up(request, lost).outcome is Outcome.SUCCEEDED


# --- Charging -------------------------------------------------------------------------------------------------------


def test_the_payer_gets_a_code_to_scan_or_a_link_as_the_account_says(sonatel: Case) -> None:
    as_link = sonatel.remake(Credentials({**sonatel.credentials.values, "payer_gets": "link"}))

    picture, link = sonatel.gateway.charge(sonatel.request()), as_link.charge(sonatel.request())

    assert (picture.next_action.kind, link.next_action.kind) == (NextActionKind.QR, NextActionKind.REDIRECT)
    assert "/pay/orange_money/qr/" in picture.next_action.value
    assert "/pay/orange_money/qr/" in link.next_action.value


@pytest.mark.parametrize("answer", [{}, {"deepLink": ""}, {"deepLink": "javascript:alert(1)"}])
def test_an_answer_with_nothing_to_show_is_unknown(sonatel: Case, answer: dict[str, str]) -> None:
    sonatel.go_wrong("say", operation="charge", body=json.dumps(answer))

    report = sonatel.gateway.charge(sonatel.request())

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")


def test_a_code_that_the_payer_typed_pays_at_once(sonatel: Case) -> None:
    request = sonatel.request(payer_phone="+221770000001", payment_method="654321")

    report = sonatel.gateway.charge(request)

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, request.amount)
    assert sonatel.look_up(request, report).outcome is Outcome.SUCCEEDED
    assert sonatel.simulator.calls(request.reference)["received"] == {"one_step": 1, "transaction": 1}


def test_a_lost_answer_to_a_typed_code_is_found_by_our_reference(sonatel: Case) -> None:
    request = sonatel.request(payer_phone="+221770000001", payment_method="654321")
    sonatel.simulator.go_wrong("execute_then_reset", gateway="orange_money", operation="one_step")
    lost = sonatel.gateway.charge(request)

    report = sonatel.look_up(request, lost)

    assert lost.outcome is Outcome.UNKNOWN
    assert (report.outcome, report.amount, report.gateway_payment_id) == (
        Outcome.SUCCEEDED,
        request.amount,
        request.reference,
    )


@pytest.mark.parametrize(
    ("phone", "otp", "outcome", "code"),
    [
        ("+221770000019", "654321", Outcome.DECLINED, "2021"),
        ("+221770000051", "654321", Outcome.DECLINED, "2001"),
        ("+221770000417", "654321", Outcome.DECLINED, "2024"),
        ("+221770000001", "0000", Outcome.DECLINED, "4099"),
        ("+221770000001", "pm_card_visa", Outcome.NOT_SENT, "invalid_request"),
        ("", "654321", Outcome.NOT_SENT, "number_unusable"),
    ],
)
def test_a_refusal_of_a_typed_code_keeps_its_reason(
    sonatel: Case, phone: str, otp: str, outcome: Outcome, code: str
) -> None:
    report = sonatel.gateway.charge(sonatel.request(payer_phone=phone, payment_method=otp))

    assert (report.outcome, report.error_code) == (outcome, code)
    assert code in sonatel.gateway.errors


@pytest.mark.parametrize(
    ("http_status", "code", "outcome"),
    [
        (400, "2021", Outcome.DECLINED),
        (400, 2021, Outcome.DECLINED),
        (403, "2041", Outcome.DECLINED),
        (401, "10", Outcome.NOT_SENT),
        (400, "50", Outcome.UNKNOWN),
        (400, "2099", Outcome.UNKNOWN),
        (409, "2021", Outcome.UNKNOWN),
        (500, "2021", Outcome.UNKNOWN),
        (500, "50", Outcome.UNKNOWN),
    ],
)
def test_only_listed_codes_with_a_fitting_status_are_refusals(
    sonatel: Case, http_status: int, code: str | int, outcome: Outcome
) -> None:
    sonatel.go_wrong("say", operation="charge", times=2, status=http_status, body=json.dumps({"code": code}))

    assert sonatel.gateway.charge(sonatel.request()).outcome is outcome


# --- The PIN --------------------------------------------------------------------------------------------------------


def wrong_pin(sonatel: Case) -> Any:
    return sonatel.remake(Credentials({**sonatel.credentials.values, "pin": "8642"}))


def test_a_refused_pin_is_never_sent_again(sonatel: Case) -> None:
    gateway = wrong_pin(sonatel)
    first, second = sonatel.payout_request(), sonatel.payout_request()

    reports = [gateway.pay_out(first), wrong_pin(sonatel).pay_out(second)]

    assert [(report.outcome, report.error_code) for report in reports] == [
        (Outcome.DECLINED, "2011"),
        (Outcome.NOT_SENT, "pin_refused"),
    ]
    assert sonatel.simulator.calls(second.reference)["received"] == {}
    with pytest.raises(NotSent):
        gateway.balances()
    assert sonatel.gateway.pay_out(sonatel.payout_request()).outcome is Outcome.PENDING


def test_a_pin_that_the_balance_refused_is_not_used_for_payouts(sonatel: Case) -> None:
    gateway = wrong_pin(sonatel)

    with pytest.raises(OutcomeUnknown):
        gateway.balances()

    assert gateway.pay_out(sonatel.payout_request()).error_code == "pin_refused"


@pytest.mark.parametrize("body", ["{}", '{"key": "no key"}', '{"key": "AAAA"}', '{"key": ""}'])
def test_without_a_readable_key_the_pin_stays_here(sonatel: Case, body: str) -> None:
    sonatel.simulator.go_wrong("say", gateway="orange_money", operation="public_key", body=body)

    report = sonatel.gateway.pay_out(sonatel.payout_request())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "pin_key_unavailable")


def test_a_payout_is_done_at_once_for_a_quick_wallet(sonatel: Case) -> None:
    [before] = sonatel.gateway.balances()
    quick = Destination(DestinationKind.MOBILE_MONEY, "770000001")

    report = sonatel.gateway.pay_out(sonatel.payout_request(destination=quick))

    [after] = sonatel.gateway.balances()
    assert (report.outcome, report.subject) == (Outcome.SUCCEEDED, Subject.PAYOUT)
    assert before.available - after.available == Money(13_37, "XOF")


def test_an_empty_wallet_pays_nothing_out(sonatel: Case) -> None:
    sonatel.simulator.control("POST", "/orange_money/accounts", client_id=sonatel.account, float=100)

    report = sonatel.gateway.pay_out(sonatel.payout_request())

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "2020")


# --- Callbacks ------------------------------------------------------------------------------------------------------


def callback(sonatel: Case, **changes: Any) -> IncomingWebhook:
    key = sonatel.credentials.get("callback_api_key")
    return IncomingWebhook(json.dumps(row("ref-1", "SUCCESS", apiKey=key) | changes).encode(), {}, clock.epoch())


def test_the_api_key_counts_in_the_body_or_in_the_header(sonatel: Case) -> None:
    key = sonatel.credentials.get("callback_api_key")
    bare = callback(sonatel, apiKey="")
    encoded = base64.b64encode(key.encode()).decode()

    assert sonatel.gateway.verify_webhook(callback(sonatel)).event_type == "sonatel.SUCCESS"
    for header in (f"Basic {key}", f"basic {encoded}"):
        webhook = dataclasses.replace(bare, headers={"authorization": header})
        assert sonatel.gateway.verify_webhook(webhook).event_id
    for header in ("", f"Bearer {key}", key, "Basic ", "Basic x"):
        with pytest.raises(WebhookRefused):
            sonatel.gateway.verify_webhook(dataclasses.replace(bare, headers={"authorization": header}))


def test_a_callback_tells_payments_and_payouts_apart(sonatel: Case) -> None:
    payment = sonatel.gateway.parse_webhook(callback(sonatel).body)
    payout = sonatel.gateway.parse_webhook(callback(sonatel, type="CASHIN", status="INITIATED").body)

    assert (payment.outcome, payment.subject, payment.amount) == (
        Outcome.SUCCEEDED,
        Subject.CHARGE,
        Money(13_37, "XOF"),
    )
    assert (payout.outcome, payout.subject, payout.gateway_payment_id) == (Outcome.PENDING, Subject.PAYOUT, "ref-1")


def test_a_callback_without_a_reference_is_refused(sonatel: Case) -> None:
    with pytest.raises(WebhookRefused):
        sonatel.gateway.verify_webhook(callback(sonatel, reference=None))

"""Cameroon's API: every answer and what it becomes. A refusal counts only when the status confirms it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from common import clock
from common.money import Money
from gateways.adapters.orange_money.gateway import OrangeMoneyGateway
from gateways.contract import (
    ChargeRequest,
    Credentials,
    Destination,
    DestinationKind,
    IncomingWebhook,
    LookUpRequest,
    NextActionKind,
    Outcome,
    Subject,
    WebhookRefused,
)
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator


@pytest.fixture
def cameroon(simulator: Simulator, http: GatewayHttp) -> Iterator[Case]:
    simulator.clear_faults()
    yield cases.make("orange_money_cameroon", simulator=simulator, http=http)
    simulator.clear_faults()


def status_of(pay_token: str, status: str, **more: Any) -> str:
    data = {"status": status, "payToken": pay_token, "txnid": "MP1", "amount": 1337, "subscriberMsisdn": "690000001"}
    return json.dumps({"message": "Transaction retrieved successfully", "data": {**data, **more}})


# --- Statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome", "of_a_payout"),
    [
        ("PENDING", Outcome.PENDING, Outcome.PENDING),
        ("SUCCESSFULL", Outcome.SUCCEEDED, Outcome.SUCCEEDED),
        ("SUCCESSFUL", Outcome.SUCCEEDED, Outcome.SUCCEEDED),
        ("SUCCESS", Outcome.SUCCEEDED, Outcome.SUCCEEDED),
        ("FAILED", Outcome.DECLINED, Outcome.DECLINED),
        # Only FAILED is known to give the money of a cash-in back.
        ("CANCELLED", Outcome.CANCELLED, Outcome.UNKNOWN),
        ("EXPIRED", Outcome.EXPIRED, Outcome.UNKNOWN),
        ("SUCCESSFULLY", Outcome.UNKNOWN, Outcome.UNKNOWN),
        ("INITIALIZED", Outcome.UNKNOWN, Outcome.UNKNOWN),
    ],
)
def test_each_status_is_translated(cameroon: Case, status: str, outcome: Outcome, of_a_payout: Outcome) -> None:
    request, charged = cameroon.charged()
    payout = cameroon.payout_request()
    paid_out = cameroon.gateway.pay_out(payout)
    cameroon.go_wrong("say", operation="look_up", body=status_of(charged.gateway_payment_id, status))
    cameroon.go_wrong("say", operation="look_up_payout", body=status_of(paid_out.gateway_payment_id, status))

    report = cameroon.look_up(request, charged)
    about_payout = cameroon.gateway.look_up_payout(cameroon.asking(payout, paid_out))

    assert (report.outcome, report.subject) == (outcome, Subject.CHARGE)
    assert (about_payout.outcome, about_payout.subject) == (of_a_payout, Subject.PAYOUT)
    assert report.gateway_status == status


@pytest.mark.parametrize(
    ("amount", "told"), [(1337, Money(13_37, "XAF")), (1338, Money(13_38, "XAF")), (1337.5, None), (None, None)]
)
def test_the_amount_is_the_one_that_orange_states(cameroon: Case, amount: Any, told: Money | None) -> None:
    request, charged = cameroon.charged()
    body = status_of(charged.gateway_payment_id, "SUCCESSFULL", amount=amount)
    cameroon.go_wrong("say", operation="look_up", body=body)

    report = cameroon.look_up(request, charged)

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, told)


@pytest.mark.parametrize("body", ["", "{}", '{"data": null}', '{"data": {"payToken": "x"}}', '{"data": {"status": 1}}'])
def test_an_empty_or_malformed_status_is_asked_again(cameroon: Case, body: str) -> None:
    request, charged = cameroon.charged()
    cameroon.go_wrong("say", operation="look_up", body=body)

    report = cameroon.look_up(request, charged)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")


def test_a_status_of_another_pay_token_is_a_contradiction(cameroon: Case) -> None:
    request, charged = cameroon.charged()
    cameroon.go_wrong("say", operation="look_up", body=status_of("MPanother", "SUCCESSFULL"))

    report = cameroon.look_up(request, charged)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


# --- Paying ---------------------------------------------------------------------------------------------------------


def test_the_payer_is_asked_on_the_phone(cameroon: Case) -> None:
    request, charged = cameroon.charged()

    assert (charged.outcome, charged.amount) == (Outcome.REQUIRES_ACTION, request.amount)
    assert charged.next_action.kind is NextActionKind.PHONE_PROMPT
    assert dict(charged.keep) == {"pay_token": charged.gateway_payment_id}


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("690000019", "60019"),
        ("690000051", "99051"),
        ("690000671", "00671"),
        ("690000417", "60019"),
        ("790000001", "0066111"),
    ],
)
def test_a_refusal_by_http_200_or_417_is_declined_once_the_status_confirms_it(
    cameroon: Case, phone: str, code: str
) -> None:
    request = cameroon.request(payer_phone=phone)

    report = cameroon.gateway.charge(request)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, code)
    assert report.error_code in cameroon.gateway.errors
    assert cameroon.simulator.calls(request.reference)["received"] == {"pay": 1, "pay_status": 1}


@pytest.mark.parametrize("fault", ["status_503", "empty", "hang_without_executing"])
def test_a_refusal_that_the_status_does_not_confirm_is_unknown(cameroon: Case, fault: str) -> None:
    cameroon.go_wrong(fault, operation="look_up")

    report = cameroon.gateway.charge(cameroon.request(payer_phone="690000019"))

    assert report.outcome is Outcome.UNKNOWN
    assert report.gateway_payment_id


def test_a_refusal_that_the_status_contradicts_is_what_the_status_says(cameroon: Case) -> None:
    """The pay token was used before (422): the first call under it may be the one that counts."""
    cameroon.go_wrong("say", operation="charge", status=422, body='{"message": "used", "data": null}')

    report = cameroon.gateway.charge(cameroon.request())

    # Nothing was paid under the fresh token, and INITIALIZED is no status that anybody listed.
    assert (report.outcome, report.error_code, report.gateway_status) == (
        Outcome.UNKNOWN,
        "unlisted_status",
        "INITIALIZED",
    )


def test_a_lost_answer_is_asked_about_by_its_pay_token(cameroon: Case) -> None:
    request = cameroon.request()
    cameroon.go_wrong("execute_then_reset", operation="charge")
    lost = cameroon.gateway.charge(request)

    report = cameroon.look_up(request, lost)

    assert lost.outcome is Outcome.UNKNOWN
    assert (report.outcome, report.gateway_payment_id) == (Outcome.PENDING, lost.gateway_payment_id)


@pytest.mark.parametrize("fault", ["execute_then_hang", "execute_then_reset", "status_500_executed", "html", "empty"])
def test_whatever_befalls_the_pay_token_the_payment_was_not_sent(cameroon: Case, fault: str) -> None:
    request = cameroon.request()
    cameroon.simulator.go_wrong(fault, gateway="orange_money", operation="init")

    report = cameroon.gateway.charge(request)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "init_failed")
    assert cameroon.simulator.calls(request.reference)["received"] == {}


@pytest.mark.parametrize("phone", ["", "12", "+33 6 12 34 56 78", "69000000a", "٦٩٠٠٠٠٠٠١"])
def test_what_is_no_number_of_the_country_does_not_leave(cameroon: Case, phone: str) -> None:
    report = cameroon.gateway.charge(cameroon.request(payer_phone=phone))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "number_unusable")


def test_a_payout_to_a_bank_does_not_leave(cameroon: Case) -> None:
    elsewhere = Destination(DestinationKind.BANK_ACCOUNT, "690000002")

    report = cameroon.gateway.pay_out(cameroon.payout_request(destination=elsewhere))

    assert (report.outcome, report.error_code, report.subject) == (
        Outcome.NOT_SENT,
        "number_unusable",
        Subject.PAYOUT,
    )


def test_without_a_pay_token_nothing_can_be_asked(cameroon: Case) -> None:
    report = cameroon.gateway.look_up(LookUpRequest("ref-1"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found")
    assert not cameroon.gateway.profile.not_found_is_final


@pytest.mark.parametrize("pay_token", ["../../token", "a/b", "a?b", "a" * 200])
def test_a_pay_token_is_never_a_path(cameroon: Case, pay_token: str) -> None:
    report = cameroon.gateway.look_up(LookUpRequest("ref-1", gateway_payment_id=pay_token))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "invalid_request")


# --- Hosts and notifications ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "livemode", "is_usable"),
    [
        ("", True, True),
        ("https://apiw.orange.cm", True, True),
        ("https://api-test.orange.cm", False, True),
        ("https://api-test.orange.cm", True, False),
        ("https://api-s1.orange.cm", False, False),
        ("http://api-test.orange.cm", False, False),
        ("https://api-test.orange.cm.evil.example", False, False),
        ("https://evil.example/.orange.cm", False, False),
        ("https://user@api-test.orange.cm", False, False),
    ],
)
def test_the_host_is_one_of_orange_and_of_the_mode(
    scripted: ScriptedServer, http: GatewayHttp, cameroon: Case, host: str, *, livemode: bool, is_usable: bool
) -> None:
    values = {**cameroon.credentials.values, "api_host": host}
    gateway = OrangeMoneyGateway(Credentials(values, livemode=livemode), simulator=scripted.url, http=http)

    report = gateway.charge(cameroon.request())

    assert (report.error_code == "credentials_unusable") is not is_usable


def test_a_sandbox_account_without_a_host_never_reaches_the_live_one(http: GatewayHttp, cameroon: Case) -> None:
    values = {**cameroon.credentials.values, "api_host": ""}

    report = OrangeMoneyGateway(Credentials(values), http=http).charge(cameroon.request())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable")


def test_a_callback_points_at_its_pay_token_and_tells_payouts_apart(cameroon: Case) -> None:
    body = b'{"payToken": "MP1", "status": "SUCCESSFULL", "message": "done"}'

    cameroon.gateway.verify_webhook(IncomingWebhook(body, {}, clock.epoch(), "reference=ref-1"))
    charge = cameroon.gateway.parse_webhook(body, "reference=ref-1")
    payout = cameroon.gateway.parse_webhook(body, "reference=ref-1&of=payout")

    assert (charge.outcome, charge.subject, charge.amount) == (Outcome.SUCCEEDED, Subject.CHARGE, None)
    assert (payout.subject, payout.gateway_payment_id, payout.reference) == (Subject.PAYOUT, "MP1", "ref-1")
    with pytest.raises(WebhookRefused):
        cameroon.gateway.verify_webhook(IncomingWebhook(b'{"status": "FAILED"}', {}, 0, "reference=ref-1"))


def test_the_second_lock_is_one_header_with_user_and_password(scripted: ScriptedServer, http: GatewayHttp) -> None:
    values = {
        "flavour": "cameroon",
        "client_id": "odd-cameroon",
        "client_secret": "secret",
        "api_username": "user",
        "api_password": "word",
        "channel_msisdn": "659999999",
        "pin": "1111",
    }
    scripted.answers(b'{"access_token": "t", "expires_in": 3600, "data": {"payToken": "MP1"}}')
    gateway = OrangeMoneyGateway(Credentials(values), simulator=scripted.url, http=http)

    gateway.charge(
        ChargeRequest("ref-1", Money(5_003, "XAF"), payer_phone="+237690000001", webhook_url="https://shop.example/h")
    )

    _token, init, pay = scripted.requests
    assert b"X-AUTH-TOKEN: dXNlcjp3b3Jk" in init
    assert json.loads(pay.partition(b"\r\n\r\n")[2]) == {
        "notifUrl": "https://shop.example/h?reference=ref-1",
        "channelUserMsisdn": "659999999",
        "amount": "5003",
        "subscriberMsisdn": "690000001",
        "pin": "1111",
        "orderId": "ref-1",
        "description": "ref-1",
        "payToken": "MP1",
    }

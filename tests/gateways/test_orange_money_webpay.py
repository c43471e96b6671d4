"""WebPay: every status and code and what it becomes, what leaves for Orange, and what is asked with afterwards."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest

from common import clock
from common.money import Money
from gateways.adapters.orange_money.gateway import OrangeMoneyGateway
from gateways.contract import ChargeRequest, Credentials, IncomingWebhook, NextActionKind, Outcome, WebhookRefused
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator


@pytest.fixture
def webpay(simulator: Simulator, http: GatewayHttp) -> Iterator[Case]:
    simulator.clear_faults()
    yield cases.make("orange_money", simulator=simulator, http=http)
    simulator.clear_faults()


def answer_of(reference: str, status: str, **more: Any) -> str:
    return json.dumps({"status": status, "order_id": reference, "txnid": "MP160620.1200.A12345", **more})


# --- Statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("INITIATED", Outcome.REQUIRES_ACTION, ""),
        ("PENDING", Outcome.PENDING, ""),
        ("SUCCESS", Outcome.SUCCEEDED, ""),
        ("FAILED", Outcome.DECLINED, "payment_failed"),
        ("EXPIRED", Outcome.EXPIRED, ""),
        ("success", Outcome.UNKNOWN, "unlisted_status"),
        ("", Outcome.UNKNOWN, "unlisted_status"),
        ("REVERSED", Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_each_status_is_translated(webpay: Case, status: str, outcome: Outcome, code: str) -> None:
    request, charged = webpay.charged()
    webpay.go_wrong("say", operation="look_up", status=201, body=answer_of(request.reference, status))

    report = webpay.look_up(request, charged)

    assert (report.outcome, report.error_code, report.amount) == (outcome, code, request.amount)


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "SUCCESS"}',
        '{"status": "SUCCESS", "order_id": 7}',
        '{"status": null, "order_id": "x"}',
        '[{"status": "SUCCESS"}]',
        '"SUCCESS"',
        "",
    ],
)
def test_a_malformed_status_is_unknown_never_guessed(webpay: Case, body: str) -> None:
    request, charged = webpay.charged()
    webpay.go_wrong("say", operation="look_up", status=201, body=body)

    assert webpay.look_up(request, charged).outcome is Outcome.UNKNOWN


def test_a_status_of_another_order_is_a_contradiction(webpay: Case) -> None:
    request, charged = webpay.charged()
    webpay.go_wrong("say", operation="look_up", status=201, body=answer_of("another", "SUCCESS"))

    report = webpay.look_up(request, charged)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


@pytest.mark.parametrize(
    ("http_status", "code", "outcome", "told"),
    [
        (400, 23, Outcome.DECLINED, "request_malformed"),
        (400, 1204, Outcome.UNKNOWN, "order_id_used"),
        (400, 99, Outcome.UNKNOWN, "unexpected_answer"),
        (401, 42, Outcome.NOT_SENT, "authentication_failed"),
        (403, 50, Outcome.NOT_SENT, "not_subscribed"),
        (404, 60, Outcome.NOT_SENT, "not_subscribed"),
        (404, 61, Outcome.UNKNOWN, "unexpected_answer"),
        (409, 23, Outcome.UNKNOWN, "unexpected_answer"),
        (429, 53, Outcome.NOT_SENT, "rate_limit"),
        (500, 1, Outcome.UNKNOWN, "unexpected_answer"),
    ],
)
def test_each_refusal_of_a_create(webpay: Case, http_status: int, code: int, outcome: Outcome, told: str) -> None:
    body = json.dumps({"code": code, "message": "No", "description": "Not so"})
    webpay.go_wrong("say", operation="charge", times=2, status=http_status, body=body)

    report = webpay.gateway.charge(webpay.request())

    assert (report.outcome, report.error_code) == (outcome, told)
    assert told in webpay.gateway.errors


def test_an_order_that_orange_denies_is_not_simply_not_found(webpay: Case) -> None:
    """With a pay_token there was a page: somebody may have paid there, whatever Orange says now."""
    request, charged = webpay.charged()
    body = '{"code": 60, "message": "Resource not found", "description": "No such order"}'
    webpay.go_wrong("say", operation="look_up", status=404, body=body)

    report = webpay.look_up(request, charged)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "order_unknown")


@pytest.mark.parametrize("page", ["javascript:alert(1)", "", "/relative", "data:text/html,x"])
def test_a_page_that_is_no_web_page_is_not_passed_on(webpay: Case, page: str) -> None:
    body = json.dumps({"status": 201, "message": "OK", "pay_token": "t", "payment_url": page, "notif_token": "n"})
    webpay.go_wrong("say", operation="charge", status=201, body=body)

    report = webpay.gateway.charge(webpay.request())

    assert (report.outcome, report.next_action) == (Outcome.UNKNOWN, None)


# --- What leaves ----------------------------------------------------------------------------------------------------

REQUEST = ChargeRequest(
    reference="ref-1",
    amount=Money(5_003, "XAF"),
    return_url="https://shop.example/back",
    webhook_url="https://shop.example/hooks",
)


def sent(scripted: ScriptedServer, http: GatewayHttp, *, livemode: bool, request: ChargeRequest) -> tuple[str, Any]:
    """Head and body of the create call, seen by a server that answers everything with a token."""
    prefix = {"path_prefix": "/orange-money-webpay/cm/v1"} if livemode else {}
    values = {"flavour": "webpay", "client_id": "odd", "client_secret": "secret", "merchant_key": "key-1", **prefix}
    scripted.answers(b'{"access_token": "t", "expires_in": "7776000"}')
    OrangeMoneyGateway(Credentials(values, livemode=livemode), simulator=scripted.url, http=http).charge(request)
    head, _, body = scripted.requests[-1].partition(b"\r\n\r\n")
    return head.decode(), json.loads(body)


def test_the_sandbox_is_asked_in_its_own_currency(scripted: ScriptedServer, http: GatewayHttp) -> None:
    head, body = sent(scripted, http, livemode=False, request=REQUEST)

    assert head.startswith("POST /orange-money-webpay/dev/v1/webpayment ")
    assert "Authorization: Bearer t" in head
    assert body == {
        "merchant_key": "key-1",
        "currency": "OUV",
        "order_id": "ref-1",
        "amount": 5_003,
        "return_url": "https://shop.example/back",
        "cancel_url": "https://shop.example/back",
        "notif_url": "https://shop.example/hooks?reference=ref-1",
        "lang": "fr",
    }


def test_a_country_is_asked_in_the_currency_of_the_payment(scripted: ScriptedServer, http: GatewayHttp) -> None:
    wanted = dataclasses.replace(REQUEST, language="en-GB", statement="Odd Shop", amount=Money(5_003_00, "MGA"))

    head, body = sent(scripted, http, livemode=True, request=wanted)

    assert head.startswith("POST /orange-money-webpay/cm/v1/webpayment ")
    assert (body["currency"], body["amount"], body["lang"]) == ("MGA", 5_003, "en")
    assert body["reference"] == "Odd Shop"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"return_url": ""}, "address_unusable"),
        ({"return_url": "https://shop.example/" + "x" * 120}, "address_unusable"),
        ({"webhook_url": ""}, "address_unusable"),
        ({"amount": Money(5_003_50, "MGA")}, "amount_not_representable"),
        ({"amount": Money(0, "XAF")}, "amount_not_representable"),
        ({"amount": Money(13_37, "EUR")}, "amount_not_representable"),
    ],
)
def test_what_orange_would_refuse_does_not_leave(
    scripted: ScriptedServer, http: GatewayHttp, changes: dict[str, Any], code: str
) -> None:
    values = {"flavour": "webpay", "client_id": "odd", "client_secret": "secret", "merchant_key": "key-1"}
    gateway = OrangeMoneyGateway(Credentials(values), simulator=scripted.url, http=http)

    report = gateway.charge(dataclasses.replace(REQUEST, **changes))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, code)
    assert scripted.requests == []


@pytest.mark.parametrize(
    ("prefix", "livemode", "is_usable"),
    [
        ("", False, True),
        ("/orange-money-webpay/dev/v1", False, True),
        ("/orange-money-webpay/cm/v1/", True, True),
        ("/orange-money-webpay/gf/v1", True, True),
        ("", True, False),
        ("/orange-money-webpay/dev/v1", True, False),
        ("/orange-money-webpay/cm/v1", False, False),
        ("https://elsewhere.example/v1", True, False),
        ("/orange-money-webpay/../v1", True, False),
    ],
)
def test_the_path_is_the_one_of_the_subscription_and_of_the_mode(
    scripted: ScriptedServer, http: GatewayHttp, prefix: str, *, livemode: bool, is_usable: bool
) -> None:
    values = {"flavour": "webpay", "client_id": "odd", "client_secret": "s", "merchant_key": "k", "path_prefix": prefix}
    gateway = OrangeMoneyGateway(Credentials(values, livemode=livemode), simulator=scripted.url, http=http)

    report = gateway.charge(REQUEST)

    assert (report.error_code == "credentials_unusable") is not is_usable


# --- Asked with afterwards ------------------------------------------------------------------------------------------


def test_the_page_is_offered_again_while_it_lives(webpay: Case) -> None:
    request, charged = webpay.charged()

    report = webpay.look_up(request, charged)

    assert report.outcome is Outcome.REQUIRES_ACTION
    assert report.next_action == charged.next_action
    assert report.next_action.kind is NextActionKind.REDIRECT
    assert report.keep == charged.keep


def test_a_page_left_alone_has_expired_well_after_its_life(webpay: Case) -> None:
    """Orange says INITIATED for ever."""
    request, charged = webpay.charged()
    half_an_hour_ago = {**charged.keep, "created": str(clock.epoch() - 1_801)}

    report = webpay.look_up(request, dataclasses.replace(charged, keep=half_an_hour_ago))

    assert (report.outcome, report.gateway_status, report.next_action) == (Outcome.EXPIRED, "INITIATED", None)


def test_a_payment_confirmed_late_is_told_however_old_the_page(webpay: Case) -> None:
    request, charged = webpay.charged()
    webpay.act(request, charged, Outcome.SUCCEEDED)
    old = dataclasses.replace(charged, keep={**charged.keep, "created": "1"})

    assert webpay.look_up(request, old).outcome is Outcome.SUCCEEDED


def test_a_create_whose_answer_was_lost_cannot_be_asked_about(webpay: Case) -> None:
    request = webpay.request()
    webpay.go_wrong("execute_then_reset", operation="charge")
    lost = webpay.gateway.charge(request)

    report = webpay.look_up(request, lost)

    assert (lost.outcome, lost.gateway_payment_id, dict(lost.keep)) == (Outcome.UNKNOWN, request.reference, {})
    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found")
    assert webpay.gateway.profile.not_found_is_final
    assert not OrangeMoneyGateway.profile.not_found_is_final


def test_the_tokens_of_a_payment_are_kept_and_never_shown(webpay: Case) -> None:
    _request, charged = webpay.charged()

    assert set(charged.keep) == {"pay_token", "notif_token", "payment_url", "amount_minor", "currency", "created"}
    shown = repr(charged)
    assert all(charged.keep[name] not in shown for name in ("pay_token", "notif_token", "payment_url"))


# --- Notifications --------------------------------------------------------------------------------------------------

NEWS = b'{"status": "SUCCESS", "notif_token": "dd497bda3b250e536186fc0663f32f40", "txnid": "MP150709.1341.A00073"}'


def test_a_notification_points_at_the_order_of_its_address(webpay: Case) -> None:
    webhook = IncomingWebhook(NEWS, {}, clock.epoch(), "reference=att_" + "0" * 31 + "7")

    envelope = webpay.gateway.verify_webhook(webhook)
    report = webpay.gateway.parse_webhook(webhook.body, webhook.query)

    assert envelope.event_type == "webpay.SUCCESS"
    assert (report.outcome, report.amount, report.reference) == (Outcome.SUCCEEDED, None, "att_" + "0" * 31 + "7")
    assert report.gateway_payment_id == "att-" + "0" * 21 + "7"


def test_the_same_notification_for_another_order_is_another_event(webpay: Case) -> None:
    ids = {
        webpay.gateway.verify_webhook(IncomingWebhook(NEWS, {}, clock.epoch(), query)).event_id
        for query in ("reference=ref-1", "reference=ref-2", "reference=ref-1")
    }

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (NEWS, ""),
        (NEWS, "reference=a&reference=b"),
        (b'{"status": "SUCCESS"}', "reference=ref-1"),
        (b'{"status": "SUCCESS", "notif_token": ""}', "reference=ref-1"),
        (NEWS + b" " * 5_000, "reference=ref-1"),
    ],
)
def test_what_is_no_notification_is_refused(webpay: Case, body: bytes, query: str) -> None:
    with pytest.raises(WebhookRefused):
        webpay.gateway.verify_webhook(IncomingWebhook(body, {}, clock.epoch(), query))

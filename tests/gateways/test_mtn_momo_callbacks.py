"""MTN MoMo's callbacks: hints that are found by our reference, and refused where they have not the form of one."""

import json

import pytest

from common.money import Money
from gateways.adapters.mtn_momo.gateway import MtnMomoGateway
from gateways.contract import (
    Credentials,
    Destination,
    DestinationKind,
    IncomingWebhook,
    Outcome,
    PayoutRequest,
    Subject,
    WebhookRefused,
)
from gateways.http import GatewayHttp
from tests.gateways.cases import NOW, number
from tests.gateways.mtn_momo_accounts import adapter, credentials, register, wanted
from tests.gateways.simulated import Simulator
from tests.simulator.receiver import Receiver


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_callback_is_found_by_our_reference(
    simulator: Simulator, http: GatewayHttp, receiver: Receiver, method: str
) -> None:
    signed = credentials(callback_host="127.0.0.1")
    register(simulator, signed, callback_host="127.0.0.1", callback_method=method)
    gateway = adapter(signed, address=f"{simulator.url}/mtn_momo", http=http)
    request = wanted(webhook_url=receiver.url)
    charged = gateway.charge(request)
    simulator.control("POST", f"/mtn_momo/transactions/{charged.gateway_payment_id}/end", status="SUCCESSFUL")
    receiver.wait_for(lambda: receiver.received)

    [received] = receiver.received
    report = gateway.parse_webhook(received.body)

    assert received.method == method
    assert report is not None
    assert (report.outcome, report.subject) == (Outcome.SUCCEEDED, Subject.CHARGE)
    assert (report.reference, report.gateway_payment_id) == (request.reference, charged.gateway_payment_id)
    # Anybody can send one: nothing of it is kept as though MTN had said it in an answer.
    assert "platform" not in report.keep


def test_a_callback_about_a_payout_says_so(simulator: Simulator, http: GatewayHttp, receiver: Receiver) -> None:
    signed = credentials(callback_host="127.0.0.1")
    register(simulator, signed, callback_host="127.0.0.1")
    gateway = adapter(signed, address=f"{simulator.url}/mtn_momo", http=http)
    phone = Destination(DestinationKind.MOBILE_MONEY, "+46733120002")
    sent_out = gateway.pay_out(PayoutRequest(f"pay-{number()}", Money(4_21, "EUR"), phone, webhook_url=receiver.url))
    simulator.control("POST", f"/mtn_momo/transactions/{sent_out.gateway_payment_id}/end", status="FAILED", reason="X")
    receiver.wait_for(lambda: receiver.received)

    report = gateway.parse_webhook(receiver.received[0].body)

    assert report is not None
    assert (report.outcome, report.subject) == (Outcome.DECLINED, Subject.PAYOUT)
    assert report.gateway_payment_id == sent_out.gateway_payment_id


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"SUCCESSFUL","amount":"1","currency":"EUR"}',
        b'{"status":"SUCCESSFUL","amount":"1","currency":"EUR","externalId":""}',
        b'{"status":"","amount":"1","currency":"EUR","externalId":"x"}',
        b'{"status":"SUCCESSFUL","amount":1,"currency":"EUR","externalId":"x"}',
        b'{"status":"SUCCESSFUL","amount":"1","currency":"EUR","externalId":"x\\u0000"}',
        b'{"status":"SUCCESSFUL","amount":"1","currency":"EUR","externalId":"' + b"x" * 256 + b'"}',
        b'{"status":"SUCCESSFUL","amount":"1","currency":"EUR","externalId":"x","pad":"' + b"x" * 20_000 + b'"}',
    ],
)
def test_a_callback_without_the_form_of_one_is_refused(body: bytes) -> None:
    gateway = MtnMomoGateway(Credentials({}))

    with pytest.raises(WebhookRefused):
        gateway.verify_webhook(IncomingWebhook(body, {}, NOW))
    assert gateway.parse_webhook(body) is None


@pytest.mark.parametrize("name", ["status", "transactionStatus"])
def test_a_callback_that_tells_little_still_makes_us_ask(name: str) -> None:
    gateway = MtnMomoGateway(Credentials({}))
    body = json.dumps({"externalId": "att_7", name: "SUCCESSFUL"}).encode()

    report = gateway.parse_webhook(body)

    assert gateway.verify_webhook(IncomingWebhook(body, {}, NOW)).event_type == "charge.successful"
    assert report is not None
    assert (report.reference, report.gateway_payment_id) == ("att_7", "57acd5bc-c58a-42dd-993a-27c533b6deba")
    assert report.amount is None


def test_the_same_callback_has_the_same_id_and_another_address_another() -> None:
    body = b'{"status":"SUCCESSFUL","amount":"1","currency":"EUR","externalId":"x"}'
    gateway = MtnMomoGateway(Credentials({}))

    first, again, elsewhere = (
        gateway.verify_webhook(IncomingWebhook(body, {}, NOW, query)) for query in ("", "", "a=1")
    )

    assert first == again
    assert first.event_type == "charge.successful"
    assert first.event_id != elsewhere.event_id

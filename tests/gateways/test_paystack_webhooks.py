"""Webhooks of Paystack: signed with the account's key on the raw bytes, without a time or an id of their own."""

import hmac
import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.paystack.gateway import PaystackGateway
from gateways.contract import Credentials, GatewayReport, IncomingWebhook, Outcome, Subject, WebhookRefused
from tests.gateways.paystack_samples import dispute, transaction, transfer

KEY, OLD_KEY = "sk_test_odd", "sk_test_older"


@pytest.fixture
def paystack() -> PaystackGateway:
    return PaystackGateway(Credentials({"secret_key": KEY, "secret_key_previous": OLD_KEY}), simulator="http://x")


def event(name: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"event": name, "data": data}).encode()


def signed(body: bytes, *, key: str = KEY) -> IncomingWebhook:
    return IncomingWebhook(body, {"x-paystack-signature": hmac.digest(key.encode(), body, "sha512").hex()}, 0)


def heard(paystack: PaystackGateway, name: str, data: dict[str, Any]) -> GatewayReport:
    report = paystack.parse_webhook(event(name, data))
    assert report is not None
    return report


# --- Genuine or not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_both_keys_count_while_one_replaces_the_other(paystack: PaystackGateway, key: str) -> None:
    envelope = paystack.verify_webhook(signed(event("charge.success", transaction()), key=key))

    assert envelope.event_type == "charge.success"
    assert envelope.livemode is False


def test_the_old_key_is_refused_once_the_change_is_over(paystack: PaystackGateway) -> None:
    over = PaystackGateway(Credentials({"secret_key": KEY}), simulator="http://x")

    with pytest.raises(WebhookRefused):
        over.verify_webhook(signed(event("charge.success", transaction()), key=OLD_KEY))


def test_the_bytes_count_and_not_what_they_mean(paystack: PaystackGateway) -> None:
    """The same object written otherwise is not what was signed; a slash and a letter may be escaped."""
    body = b'{"event":"charge.success","data":{"domain":"test","note":"caf\\u00e9 \\/ 1.0"}}'
    webhook = signed(body)

    assert paystack.verify_webhook(webhook).event_id
    with pytest.raises(WebhookRefused):
        paystack.verify_webhook(IncomingWebhook(json.dumps(json.loads(body)).encode(), webhook.headers, 0))


def test_the_same_message_has_the_same_id_and_another_state_another(paystack: PaystackGateway) -> None:
    sent = event("refund.pending", {"status": "pending", "domain": "test"})
    later = event("refund.pending", {"status": "processed", "domain": "test"})

    ids = [paystack.verify_webhook(signed(body)).event_id for body in (sent, sent, later)]

    assert ids[0] == ids[1] != ids[2]


def test_a_live_message_is_told_to_be_one(paystack: PaystackGateway) -> None:
    assert paystack.verify_webhook(signed(event("charge.success", transaction(domain="live")))).livemode is True


def test_an_upper_case_signature_is_not_paystacks(paystack: PaystackGateway) -> None:
    webhook = signed(event("charge.success", transaction()))
    headers = {"x-paystack-signature": webhook.headers["x-paystack-signature"].upper()}

    with pytest.raises(WebhookRefused):
        paystack.verify_webhook(IncomingWebhook(webhook.body, headers, 0))


# --- What they say --------------------------------------------------------------------------------------------------


def test_a_charge_that_succeeded(paystack: PaystackGateway) -> None:
    report = heard(paystack, "charge.success", transaction())

    assert (report.subject, report.outcome, report.reference) == (Subject.CHARGE, Outcome.SUCCEEDED, "att_odd-1")
    assert report.amount == Money(133_71, "NGN")


@pytest.mark.parametrize("amount", [4_21, "421"])
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("pending", Outcome.PENDING),
        ("processing", Outcome.PENDING),
        ("processed", Outcome.SUCCEEDED),
        ("failed", Outcome.DECLINED),
        ("needs-attention", Outcome.REQUIRES_ACTION),
    ],
)
def test_a_refund_points_at_its_payment(
    paystack: PaystackGateway, status: str, outcome: Outcome, amount: object
) -> None:
    data = {
        "status": status,
        "transaction_reference": "att.odd-1",
        "refund_reference": None,
        "amount": amount,
        "currency": "NGN",
        "domain": "test",
    }

    report = heard(paystack, f"refund.{status}", data)

    assert (report.subject, report.outcome, report.about) == (Subject.REFUND, outcome, "att.odd-1")
    assert (report.amount, report.gateway_payment_id, report.reference) == (Money(4_21, "NGN"), "", "")


def test_a_refund_with_an_id_names_it(paystack: PaystackGateway) -> None:
    data = {"id": "15387205", "status": "needs-attention", "transaction_reference": "att.odd-1"}

    report = heard(paystack, "refund.needs-attention", data | {"amount": 421, "currency": "NGN"})

    assert report.gateway_payment_id == "15387205"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("success", Outcome.SUCCEEDED), ("failed", Outcome.DECLINED), ("reversed", Outcome.REVERSED)],
)
def test_a_transfer_bears_our_reference(paystack: PaystackGateway, status: str, outcome: Outcome) -> None:
    report = heard(paystack, f"transfer.{status}", transfer(status=status))

    assert (report.subject, report.outcome, report.reference) == (
        Subject.PAYOUT,
        outcome,
        "payout_0000000000000001",
    )


@pytest.mark.parametrize("name", ["create", "remind", "resolve"])
def test_a_dispute_points_at_its_payment(paystack: PaystackGateway, name: str) -> None:
    report = heard(paystack, f"charge.dispute.{name}", dispute())

    assert (report.subject, report.outcome, report.about) == (Subject.DISPUTE, Outcome.PENDING, "att.odd-1")
    assert report.gateway_payment_id == "358950"


@pytest.mark.parametrize(
    "name",
    [
        "bank.transfer.rejected",
        "charge.failed",
        "customeridentification.success",
        "invoice.update",
        "paymentrequest.success",
        "subscription.create",
        "transfer",
        "",
    ],
)
def test_what_is_about_no_money_of_ours_says_nothing(paystack: PaystackGateway, name: str) -> None:
    assert paystack.parse_webhook(event(name, {"reference": "att.odd-1"})) is None


def test_an_event_without_what_it_is_about_is_unknown(paystack: PaystackGateway) -> None:
    report = heard(paystack, "charge.success", {"reference": "att.odd-1"})

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")

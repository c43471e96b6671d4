"""What PayPal's orders, refunds, payouts and disputes mean, and what lies behind a COMPLETED order."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from common.money import Money
from gateways.adapters.paypal.disputes import Dispute, report_dispute
from gateways.adapters.paypal.gateway import PayPalGateway
from gateways.adapters.paypal.payouts import Batch, report_batch
from gateways.adapters.paypal.shapes import read_bytes
from gateways.contract import (
    Credentials,
    Destination,
    DestinationKind,
    NextActionKind,
    Outcome,
    PayoutRequest,
    RefundRequest,
    Subject,
)
from gateways.http import GatewayHttp
from tests.gateways.answering import Answering
from tests.gateways.paypal_samples import (
    AMOUNT,
    CAPTURE,
    HOLD,
    ORDER,
    ORDER_PATH,
    TOKEN,
    asking,
    capture,
    order,
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


# --- Orders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CREATED", Outcome.PENDING),
        ("SAVED", Outcome.PENDING),
        ("PAYER_ACTION_REQUIRED", Outcome.PENDING),
        ("APPROVED", Outcome.APPROVED),
        ("VOIDED", Outcome.CANCELLED),
        ("PENDING", Outcome.UNKNOWN),
        ("COMPLETED", Outcome.UNKNOWN),
    ],
)
def test_each_status_of_an_order(server: Answering, paypal: PayPalGateway, status: str, outcome: Outcome) -> None:
    server.says(ORDER_PATH, order(status))

    report = paypal.look_up(asking())

    assert (report.outcome, report.gateway_payment_id, report.reference) == (outcome, ORDER, "ref-odd")
    assert report.amount == Money(13_37, "EUR")


@pytest.mark.parametrize("rel", ["approve", "payer-action"])
def test_the_payer_is_sent_to_the_page_whatever_its_link_is_called(
    server: Answering, paypal: PayPalGateway, rel: str
) -> None:
    link = {"href": "https://www.sandbox.paypal.com/checkoutnow?token=1", "rel": rel}
    server.says(ORDER_PATH, order("CREATED", links=[link]))

    report = paypal.look_up(asking())

    assert report.outcome is Outcome.REQUIRES_ACTION
    assert (report.next_action.kind, report.next_action.value) == (NextActionKind.REDIRECT, link["href"])


def test_a_link_that_is_no_page_is_not_handed_out(server: Answering, paypal: PayPalGateway) -> None:
    server.says(ORDER_PATH, order("CREATED", links=[{"href": "javascript:alert(1)", "rel": "approve"}]))

    report = paypal.look_up(asking())

    assert (report.outcome, report.next_action) == (Outcome.PENDING, None)


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("COMPLETED", Outcome.SUCCEEDED, ""),
        ("PARTIALLY_REFUNDED", Outcome.SUCCEEDED, ""),
        ("REFUNDED", Outcome.SUCCEEDED, ""),
        ("PENDING", Outcome.PENDING, ""),
        ("DECLINED", Outcome.DECLINED, "capture_declined"),
        ("FAILED", Outcome.DECLINED, "capture_declined"),
        ("TELEPORTED", Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_a_completed_order_is_what_its_capture_is(
    server: Answering, paypal: PayPalGateway, status: str, outcome: Outcome, code: str
) -> None:
    server.says(ORDER_PATH, order("COMPLETED", payments={"captures": [capture(status)]}))

    report = paypal.look_up(asking())

    assert (report.outcome, report.error_code) == (outcome, code)
    assert report.keep == {"capture_id": CAPTURE}
    assert report.gateway_payment_id == ORDER


def test_a_capture_that_paypal_took_back_is_reversed(server: Answering, paypal: PayPalGateway) -> None:
    reversed_one = capture("REFUNDED", status_details={"reason": "CHARGEBACK"})
    server.says(ORDER_PATH, order("COMPLETED", payments={"captures": [reversed_one]}))

    assert paypal.look_up(asking()).outcome is Outcome.REVERSED


def test_the_amount_is_the_captures_own_and_the_fee_is_told(server: Answering, paypal: PayPalGateway) -> None:
    fee = {"seller_receivable_breakdown": {"paypal_fee": {"currency_code": "EUR", "value": "0.80"}}}
    taken = capture(amount={"currency_code": "EUR", "value": "9.00"}, **fee)
    server.says(ORDER_PATH, order("COMPLETED", payments={"captures": [taken]}))

    report = paypal.look_up(asking())

    assert (report.amount, report.fee) == (Money(9_00, "EUR"), Money(80, "EUR"))


def test_a_completed_order_without_its_capture_is_never_believed(server: Answering, paypal: PayPalGateway) -> None:
    server.says(ORDER_PATH, order("COMPLETED"))
    server.says(f"/v2/payments/captures/{CAPTURE}", capture("COMPLETED"))

    blind = paypal.look_up(asking())
    knowing = paypal.look_up(asking(keep={"capture_id": CAPTURE}))

    assert (blind.outcome, blind.error_code) == (Outcome.UNKNOWN, "capture_unread")
    assert (knowing.outcome, knowing.gateway_payment_id) == (Outcome.SUCCEEDED, ORDER)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("CREATED", Outcome.AUTHORIZED),
        ("PENDING", Outcome.PENDING),
        ("DENIED", Outcome.DECLINED),
        ("VOIDED", Outcome.CANCELLED),
        ("CAPTURED", Outcome.UNKNOWN),
        ("EXPIRED", Outcome.UNKNOWN),
    ],
)
def test_each_status_of_a_hold(server: Answering, paypal: PayPalGateway, status: str, outcome: Outcome) -> None:
    hold = {"id": HOLD, "status": status, "amount": AMOUNT, "custom_id": "ref-odd"}
    server.says(ORDER_PATH, order("COMPLETED", intent="AUTHORIZE", payments={"authorizations": [hold]}))

    report = paypal.look_up(asking())

    assert report.outcome is outcome
    assert report.keep == {"authorization_id": HOLD}


def test_an_order_that_is_gone_has_expired_only_after_its_time(server: Answering, paypal: PayPalGateway) -> None:
    now = datetime.now(UTC)
    early, late = now - timedelta(hours=5), now - timedelta(hours=7)

    assert paypal.look_up(asking(since=early)).error_code == "not_found"
    assert paypal.look_up(asking(since=early)).outcome is Outcome.UNKNOWN
    assert paypal.look_up(asking()).outcome is Outcome.UNKNOWN
    assert paypal.look_up(asking(since=late)).outcome is Outcome.EXPIRED
    assert paypal.look_up(asking(since=late, keep={"authorization_id": HOLD})).outcome is Outcome.UNKNOWN


def test_a_gone_order_whose_capture_is_known_is_read_by_its_capture(server: Answering, paypal: PayPalGateway) -> None:
    server.says(f"/v2/payments/captures/{CAPTURE}", capture("COMPLETED"))
    late = datetime.now(UTC) - timedelta(days=200)

    report = paypal.look_up(asking(since=late, keep={"capture_id": CAPTURE}))

    assert (report.outcome, report.gateway_payment_id) == (Outcome.SUCCEEDED, ORDER)


def test_an_answer_about_another_order_is_a_contradiction(server: Answering, paypal: PayPalGateway) -> None:
    server.says(ORDER_PATH, order("COMPLETED", id="8XX00000XX000000X", payments={"captures": [capture()]}))

    report = paypal.look_up(asking())

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


def test_without_an_id_nothing_is_asked(server: Answering, paypal: PayPalGateway) -> None:
    report = paypal.look_up(asking(gateway_payment_id=""))

    assert (report.outcome, report.error_code, server.asked) == (Outcome.UNKNOWN, "id_missing", [])


@pytest.mark.parametrize("key", ["../oauth2/token", "a/b", "a?b=c", "é", "x" * 65])
def test_an_id_that_is_none_never_becomes_an_address(server: Answering, paypal: PayPalGateway, key: str) -> None:
    assert paypal.look_up(asking(gateway_payment_id=key)).outcome is Outcome.UNKNOWN
    assert server.asked == []


# --- Refunds, payouts, disputes -------------------------------------------------------------------------------------


def test_a_refund_whose_capture_cannot_be_read_was_not_sent(server: Answering, paypal: PayPalGateway) -> None:
    amount = Money(13_37, "EUR")

    report = paypal.refund(RefundRequest("ref-back", "ref-odd", ORDER, amount, amount))

    assert (report.outcome, report.error_code, report.subject) == (
        Outcome.NOT_SENT, "capture_not_known", Subject.REFUND,
    )  # fmt: skip


def test_a_payout_to_a_phone_is_not_sent(server: Answering, paypal: PayPalGateway) -> None:
    phone = Destination(DestinationKind.MOBILE_MONEY, "+22501020304")

    report = paypal.pay_out(PayoutRequest("ref-out", Money(13_37, "EUR"), phone))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "destination_unsupported")
    assert server.asked == []


def test_a_payout_sent_before_that_cannot_be_read_is_unknown(server: Answering, paypal: PayPalGateway) -> None:
    link = {"href": f"{server.url}/v1/payments/payouts/Q6K2CE4GQ36MQ", "rel": "self"}
    details = [{"field": "SENDER_BATCH_ID", "issue": "Batch with given sender_batch_id already exists", "link": [link]}]
    server.says(
        "/v1/payments/payouts",
        {"name": "USER_BUSINESS_ERROR", "message": "User business error.", "debug_id": "1", "details": details},
        status=400,
    )
    wanted = PayoutRequest("ref-out", Money(13_37, "EUR"), Destination(DestinationKind.EMAIL, "a@payee.example"))

    report = paypal.pay_out(wanted)

    assert (report.outcome, report.gateway_payment_id) == (Outcome.UNKNOWN, "Q6K2CE4GQ36MQ")


@pytest.mark.parametrize(
    ("batch", "item", "outcome"),
    [
        ("PENDING", None, Outcome.PENDING),
        ("SUCCESS", None, Outcome.UNKNOWN),
        ("DENIED", None, Outcome.DECLINED),
        ("SUCCESS", "SUCCESS", Outcome.SUCCEEDED),
        ("SUCCESS", "FAILED", Outcome.DECLINED),
        ("SUCCESS", "UNCLAIMED", Outcome.PENDING),
        ("SUCCESS", "ONHOLD", Outcome.PENDING),
        ("SUCCESS", "RETURNED", Outcome.REVERSED),
        ("SUCCESS", "REVERSED", Outcome.REVERSED),
        ("SUCCESS", "TELEPORTED", Outcome.UNKNOWN),
    ],
)
def test_a_payout_is_what_its_item_is(batch: str, item: str | None, outcome: Outcome) -> None:
    items = [{"payout_item_id": "I1", "transaction_status": item, "payout_item": {"sender_item_id": "ref-out"}}]
    header = {"payout_batch_id": "B1", "batch_status": batch}
    shape = read_bytes(json.dumps({"batch_header": header, "items": items if item else []}).encode(), Batch)

    report = report_batch(shape)

    assert (report.outcome, report.gateway_payment_id, report.subject) == (outcome, "B1", Subject.PAYOUT)


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        ("OPEN", "", Outcome.PENDING),
        ("UNDER_REVIEW", "", Outcome.PENDING),
        ("RESOLVED", "RESOLVED_BUYER_FAVOUR", Outcome.REVERSED),
        ("RESOLVED", "RESOLVED_SELLER_FAVOUR", Outcome.SUCCEEDED),
        ("RESOLVED", "RESOLVED_WITH_PAYOUT", Outcome.SUCCEEDED),
        ("RESOLVED", "NONE", Outcome.UNKNOWN),
        ("TELEPORTED", "", Outcome.UNKNOWN),
    ],
)
def test_each_end_of_a_dispute(status: str, code: str, outcome: Outcome) -> None:
    told = {"dispute_id": "PP-D-1", "status": status, "dispute_outcome": {"outcome_code": code}}

    report = report_dispute(read_bytes(json.dumps(told).encode(), Dispute))

    assert (report.outcome, report.subject) == (outcome, Subject.DISPUTE)

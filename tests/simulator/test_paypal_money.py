"""Holds, refunds, payouts, disputes and webhooks of the stand-in PayPal, and what a restart keeps."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from simulator import process
from simulator.process import Simulator
from tests.simulator.paypal_shop import CLIENT, Shop, issue_of
from tests.simulator.receiver import Receiver


@pytest.fixture
def shop(simulator: Simulator) -> Shop:
    return Shop(simulator)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    running = process.start(seed=7)
    yield running
    running.stop()


# --- Holds, refunds, payouts, disputes ------------------------------------------------------------------------------


def test_a_hold_is_captured_or_voided_once(shop: Shop) -> None:
    order_id = shop.approved(intent="AUTHORIZE")
    order = shop.post(f"/v2/checkout/orders/{order_id}/authorize").json()
    hold = f"/v2/payments/authorizations/{order['purchase_units'][0]['payments']['authorizations'][0]['id']}"

    too_much = shop.post(f"{hold}/capture", {"amount": {"currency_code": "EUR", "value": "99.00"}})
    part = shop.post(f"{hold}/capture", {"amount": {"currency_code": "EUR", "value": "4.21"}})

    assert issue_of(too_much) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    assert part.json()["amount"]["value"] == "4.21"
    assert issue_of(shop.post(f"{hold}/capture")) == "AUTHORIZATION_ALREADY_CAPTURED"
    assert issue_of(shop.post(f"{hold}/void")) == "PREVIOUSLY_CAPTURED"


def test_a_void_without_representation_says_nothing(shop: Shop) -> None:
    order_id = shop.approved(intent="AUTHORIZE")
    order = shop.post(f"/v2/checkout/orders/{order_id}/authorize").json()
    hold = f"/v2/payments/authorizations/{order['purchase_units'][0]['payments']['authorizations'][0]['id']}"

    answer = shop.post(f"{hold}/void", Prefer="return=minimal")

    assert (answer.status_code, answer.content) == (204, b"")
    assert shop.get(hold)["status"] == "VOIDED"


def test_a_pending_capture_settles_and_is_refunded_only_then(shop: Shop) -> None:
    capture = shop.captured(funding="review")
    path = f"/v2/payments/captures/{capture['id']}"

    early = shop.post(f"{path}/refund")
    shop.control(f"/captures/{capture['id']}/settle", succeed=True)
    late = shop.post(f"{path}/refund")

    assert issue_of(early) == "PENDING_CAPTURE"
    assert late.status_code == 201
    assert shop.get(path)["status"] == "REFUNDED"


@pytest.mark.parametrize(
    ("note", "status", "name"),
    [
        ("ERRPYO001", 403, "SENDER_RESTRICTED"),
        ("ERRPYO005", 422, "INSUFFICIENT_FUNDS"),
        ("ERRPYO006", 500, "INTERNAL_ERROR"),
    ],
)
def test_magic_notes_refuse_a_payout(shop: Shop, note: str, status: int, name: str) -> None:
    answer = shop.post("/v1/payments/payouts", payout_fields("out-1", note=note))

    assert (answer.status_code, answer.json()["name"]) == (status, name)


def payout_fields(sender_id: str, **changes: Any) -> dict[str, Any]:
    item = {"recipient_type": "EMAIL", "receiver": "a@payee.example", "amount": {"currency": "EUR", "value": "5.00"}}
    return {"sender_batch_header": {"sender_batch_id": sender_id}, "items": [item | changes]}


def test_a_payout_needs_money_and_a_sender_id_counts_once(shop: Shop) -> None:
    poor = shop.post("/v1/payments/payouts", payout_fields("out-1"))
    shop.control("/fund", client_id=CLIENT, currency="EUR", value="100.00")
    first = shop.post("/v1/payments/payouts", payout_fields("out-1"), key="one").json()
    again = shop.post("/v1/payments/payouts", payout_fields("out-1"), key="one")

    assert poor.json()["name"] == "INSUFFICIENT_FUNDS"
    assert again.json()["name"] == "USER_BUSINESS_ERROR"
    [detail] = again.json()["details"]
    assert detail["link"][0]["href"].endswith(first["batch_header"]["payout_batch_id"])


@pytest.mark.parametrize(
    ("changes", "batch_status", "status", "held"),
    [
        ({}, "SUCCESS", "SUCCESS", "94.90"),
        ({"receiver": "unclaimed@payee.example"}, "SUCCESS", "UNCLAIMED", "94.90"),
        ({"recipient_type": "PAYPAL_ID", "receiver": "bogus"}, "DENIED", "FAILED", "99.90"),
    ],
)
def test_a_payout_is_worked_off_a_moment_later(
    shop: Shop, changes: dict[str, Any], batch_status: str, status: str, held: str
) -> None:
    shop.control("/fund", client_id=CLIENT, currency="EUR", value="100.00")
    batch = shop.post("/v1/payments/payouts", payout_fields("out-1", **changes)).json()["batch_header"]
    assert batch["batch_status"] == "PENDING"

    requests.post(f"{shop.simulator.url}/_control/webhooks/drain", json={"seconds": 8}, timeout=10)
    shown = shop.get(f"/v1/payments/payouts/{batch['payout_batch_id']}")

    assert shown["batch_header"]["batch_status"] == batch_status
    assert shown["items"][0]["transaction_status"] == status
    assert shop.get("/v1/reporting/balances")["balances"][0]["total_balance"]["value"] == held


def test_an_unclaimed_payout_can_be_taken_back(shop: Shop) -> None:
    shop.control("/fund", client_id=CLIENT, currency="EUR", value="100.00")
    batch = shop.post("/v1/payments/payouts", payout_fields("out-1")).json()["batch_header"]["payout_batch_id"]
    shop.control(f"/payouts/{batch}/end", status="UNCLAIMED", error="RECEIVER_UNREGISTERED")
    item = shop.get(f"/v1/payments/payouts/{batch}")["items"][0]["payout_item_id"]

    answer = shop.post(f"/v1/payments/payouts-item/{item}/cancel").json()

    assert answer["transaction_status"] == "RETURNED"
    assert shop.get(f"/v1/payments/payouts-item/{item}")["transaction_status"] == "RETURNED"


def test_a_lost_dispute_takes_the_money_back(shop: Shop) -> None:
    capture = shop.captured()
    dispute = shop.control(f"/captures/{capture['id']}/dispute")["id"]

    shop.post(f"/v1/customer/disputes/{dispute}/adjudicate", {"adjudication_outcome": "BUYER_FAVOR"})

    assert shop.get(f"/v1/customer/disputes/{dispute}")["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
    assert shop.get(f"/v2/payments/captures/{capture['id']}")["status_details"]["reason"] == "CHARGEBACK"
    fee = capture["seller_receivable_breakdown"]["paypal_fee"]["value"]
    assert shop.get("/v1/reporting/balances")["balances"][0]["total_balance"]["value"] == f"-{fee}"


def test_a_window_of_more_than_a_month_is_refused(shop: Shop) -> None:
    query = "start_date=2026-01-01T00:00:00Z&end_date=2026-03-01T00:00:00Z"

    assert shop.call("GET", f"/v1/reporting/transactions?{query}").status_code == 400


# --- Webhooks and restarts ------------------------------------------------------------------------------------------


def test_paypal_confirms_its_own_signatures_only(shop: Shop) -> None:
    receiver = Receiver()
    try:
        shop.control("/accounts", client_id=CLIENT, webhook_url=receiver.url, webhook_id="8PT597110X687430L")
        shop.captured()
        receiver.wait_for(lambda: len(receiver.received) == 3)
    finally:
        receiver.close()
    received = receiver.received[0]
    names = ("auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time")
    question = {name.replace("-", "_"): received.headers[f"paypal-{name}"] for name in names}

    def opinion(webhook_id: str, body: bytes) -> str:
        asked = json.dumps(question | {"webhook_id": webhook_id}).encode()[:-1] + b',"webhook_event":' + body + b"}"
        headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
        path = f"{shop.url}/v1/notifications/verify-webhook-signature"
        return requests.post(path, data=asked, headers=headers, timeout=5).json()["verification_status"]

    assert opinion("8PT597110X687430L", received.body) == "SUCCESS"
    assert opinion("8PT597110X687430X", received.body) == "FAILURE"
    assert opinion("8PT597110X687430L", json.dumps(json.loads(received.body)).encode()) == "FAILURE"
    assert {json.loads(each.body)["event_type"] for each in receiver.received} == {
        "CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.COMPLETED", "PAYMENT.CAPTURE.COMPLETED",
    }  # fmt: skip


def test_a_restart_goes_on_with_orders_and_certificate(tmp_path: Path) -> None:
    first = process.start(seed=7, directory=tmp_path)
    shop = Shop(first)
    order_id = shop.approved(custom_id="ref-odd")
    root = requests.get(f"{shop.url}/v1/notifications/certs/root", timeout=5).text
    first.stop()

    second = process.start(seed=7, directory=tmp_path)
    shop.simulator = second
    try:
        order = shop.post(f"/v2/checkout/orders/{order_id}/capture").json()
        assert order["status"] == "COMPLETED"
        assert requests.get(f"{shop.url}/v1/notifications/certs/root", timeout=5).text == root
    finally:
        second.stop()

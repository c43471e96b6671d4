"""The stand-in PayPal enforces what PayPal enforces: tokens, keys, states, amounts, and what payers may do."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulator import process
from simulator.process import Simulator
from tests.simulator.paypal_shop import CLIENT, Shop, issue_of, order_fields


@pytest.fixture
def shop(simulator: Simulator) -> Shop:
    return Shop(simulator)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    running = process.start(seed=7)
    yield running
    running.stop()


# --- Who may call ---------------------------------------------------------------------------------------------------


def test_a_wrong_secret_gets_no_token_and_no_token_no_answer(shop: Shop) -> None:
    assert shop.sign_in("wrong").json()["error"] == "invalid_client"
    assert shop.sign_in(grant_type="password").status_code == 400

    shop.token = "A21AAother"
    assert shop.post("/v2/checkout/orders", order_fields()).status_code == 401


def test_tokens_that_are_forgotten_or_revoked_are_refused(shop: Shop) -> None:
    shop.control("/forget_tokens")
    assert shop.post("/v2/checkout/orders", order_fields()).status_code == 401

    shop.token = shop.sign_in().json()["access_token"]
    shop.control("/accounts", client_id=CLIENT, revoked=True)
    assert shop.post("/v2/checkout/orders", order_fields()).status_code == 401
    assert shop.sign_in().status_code == 401


# --- Orders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"amount": {"currency_code": "XOF", "value": "5000"}}, "INVALID_CURRENCY_CODE"),
        ({"amount": {"currency_code": "EUR", "value": "13.375"}}, "DECIMAL_PRECISION"),
        ({"amount": {"currency_code": "JPY", "value": "13.37"}}, "DECIMALS_NOT_SUPPORTED"),
        ({"amount": {"currency_code": "HUF", "value": "13.37"}}, "DECIMALS_NOT_SUPPORTED"),
        ({"amount": {"currency_code": "EUR", "value": "0.00"}}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"amount": {"currency_code": "EUR", "value": 13.37}}, "MISSING_REQUIRED_PARAMETER"),
        ({"amount": {"currency_code": "EUR", "value": "13,37"}}, "INVALID_PARAMETER_SYNTAX"),
        ({"intent": "SELL"}, "INVALID_PARAMETER_VALUE"),
        ({"custom_id": "x" * 128}, "INVALID_STRING_LENGTH"),
    ],
)
def test_orders_that_paypal_does_not_take_are_refused(shop: Shop, changes: dict[str, Any], issue: str) -> None:
    answer = shop.post("/v2/checkout/orders", order_fields(**changes))

    assert answer.status_code in (400, 422)
    assert issue_of(answer) == issue
    assert answer.headers["PayPal-Debug-Id"]


@pytest.mark.parametrize(("source", "rel"), [(True, "payer-action"), (False, "approve")])
def test_the_link_for_the_payer_depends_on_the_source(shop: Shop, rel: str, *, source: bool) -> None:
    order = shop.order(source=source)

    [page] = [link["href"] for link in order["links"] if link["rel"] == rel]

    assert page.endswith(f"/pay/paypal/checkoutnow?token={order['id']}")


def test_only_what_was_asked_for_is_shown(shop: Shop) -> None:
    plain = shop.post("/v2/checkout/orders", order_fields(), Prefer="return=minimal").json()

    assert set(plain) == {"id", "status", "links", "payment_source"}


def test_a_payer_can_click_through_and_comes_back_with_the_order(shop: Shop) -> None:
    order = shop.order(description="Ticket sale")
    page = f"{shop.simulator.url}/pay/paypal/checkoutnow?token={order['id']}"

    shown = requests.get(page, headers={"Accept-Language": "fr"}, timeout=5).text
    answer = requests.post(page, data={"action": "approve", "funding": "balance"}, timeout=5, allow_redirects=False)

    assert "13.37 EUR" in shown
    assert "Accepter et payer" in shown
    payer = shop.get(f"/v2/checkout/orders/{order['id']}")["payer"]["payer_id"]
    assert answer.headers["Location"] == f"https://shop.example/back?a=1&token={order['id']}&PayerID={payer}"


def test_a_payer_who_cancels_goes_back_and_may_still_pay(shop: Shop) -> None:
    order = shop.order()
    page = f"{shop.simulator.url}/pay/paypal/checkoutnow?token={order['id']}"

    answer = requests.post(page, data={"action": "cancel"}, timeout=5, allow_redirects=False)

    assert answer.headers["Location"] == f"https://shop.example/cancel?token={order['id']}"
    assert shop.get(f"/v2/checkout/orders/{order['id']}")["status"] == "PAYER_ACTION_REQUIRED"


def test_an_order_is_captured_after_approval_and_once(shop: Shop) -> None:
    order_id = shop.order()["id"]
    early = shop.post(f"/v2/checkout/orders/{order_id}/capture")
    shop.control(f"/orders/{order_id}/approve")

    first = shop.post(f"/v2/checkout/orders/{order_id}/capture", key="take")
    again = shop.post(f"/v2/checkout/orders/{order_id}/capture", key="take")
    other = shop.post(f"/v2/checkout/orders/{order_id}/capture", key="another")

    assert issue_of(early) == "ORDER_NOT_APPROVED"
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["purchase_units"] == again.json()["purchase_units"]
    assert issue_of(other) == "ORDER_ALREADY_CAPTURED"


@pytest.mark.parametrize(
    ("funding", "status", "reason"),
    [("echeck", "PENDING", "ECHECK"), ("review", "PENDING", "PENDING_REVIEW"), ("declined", "DECLINED", "")],
)
def test_an_order_is_completed_though_its_capture_is_not(shop: Shop, funding: str, status: str, reason: str) -> None:
    order_id = shop.approved(funding)

    order = shop.post(f"/v2/checkout/orders/{order_id}/capture").json()

    [capture] = order["purchase_units"][0]["payments"]["captures"]
    assert (order["status"], capture["status"]) == ("COMPLETED", status)
    assert capture.get("status_details", {}).get("reason", "") == reason
    assert "seller_receivable_breakdown" not in capture


def test_a_declined_card_wants_the_payer_again_and_a_new_key(shop: Shop) -> None:
    order_id = shop.approved("instrument_declined")
    path = f"/v2/checkout/orders/{order_id}/capture"
    declined = shop.post(path, key="first")
    shop.control(f"/orders/{order_id}/approve", funding="balance")

    assert issue_of(declined) == "INSTRUMENT_DECLINED"
    assert declined.json()["links"][0]["rel"] == "redirect"
    assert issue_of(shop.post(path, key="first")) == "INSTRUMENT_DECLINED"
    assert shop.post(path, key="second").status_code == 201


def test_an_invoice_is_paid_once(shop: Shop) -> None:
    shop.captured(invoice_id="INV-1")
    order_id = shop.approved(invoice_id="INV-1")

    answer = shop.post(f"/v2/checkout/orders/{order_id}/capture")

    assert issue_of(answer) == "DUPLICATE_INVOICE_ID"


def test_a_repeated_key_is_answered_with_the_latest_state(shop: Shop) -> None:
    first = shop.order(key="make")
    shop.control(f"/orders/{first['id']}/approve")

    again = shop.order(key="make")
    shop.control("/forget_keys")
    other = shop.order(key="make")

    assert (again["id"], again["status"]) == (first["id"], "APPROVED")
    assert other["id"] != first["id"]


def test_two_at_once_with_one_key_are_not_both_taken(shop: Shop) -> None:
    order_id = shop.approved()
    fault = {"gateway": "paypal", "operation": "capture", "fault": "slow", "delay_ms": 400}
    requests.post(f"{shop.simulator.url}/_control/faults", json=fault, timeout=5)
    answers: list[int] = []
    path = f"/v2/checkout/orders/{order_id}/capture"
    slow = threading.Thread(target=lambda: answers.append(shop.post(path, key="take").status_code))
    slow.start()
    time.sleep(0.15)

    second = Shop(shop.simulator).post(path, key="take")
    slow.join()

    assert (answers, second.status_code) == ([201], 409)
    assert issue_of(second) == "PREVIOUS_REQUEST_IN_PROGRESS"


@pytest.mark.parametrize(
    ("code", "status"), [("INSTRUMENT_DECLINED", 422), ("PERMISSION_DENIED", 403), ("INTERNAL_SERVER_ERROR", 500)]
)
def test_negative_testing_answers_what_it_is_told(shop: Shop, code: str, status: int) -> None:
    mock = json.dumps({"mock_application_codes": code})

    answer = shop.post("/v2/checkout/orders", order_fields(), PayPal_Mock_Response=mock)

    assert (answer.status_code, issue_of(answer)) == (status, code)

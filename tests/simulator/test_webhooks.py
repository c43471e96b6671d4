import time
from contextlib import suppress

import pytest
import stripe

from tests.simulator.conftest import SECRET, Shop


def _verify(body: bytes, signature: str) -> None:
    stripe.WebhookSignature.verify_header(body.decode(), signature, SECRET, 300)


def test_webhooks_of_a_payment_are_signed_and_complete(shop: Shop) -> None:
    paid = shop.charge(metadata={"reference": "pay_1"})
    shop.receiver.wait_for_type("charge.updated")

    assert sorted(shop.receiver.types()) == [
        "charge.succeeded", "charge.updated", "payment_intent.created", "payment_intent.succeeded",
    ]  # fmt: skip
    for received in shop.receiver.received:
        _verify(received.body, received.signature)
    event = shop.receiver.wait_for_type("payment_intent.succeeded").event
    assert (event["api_version"], event["livemode"]) == ("2026-10-28.endive", False)
    assert (event["data"]["object"]["id"], event["data"]["object"]["amount_received"]) == (paid.id, 13_37)
    assert event["request"]["id"].startswith("req_")
    updated = shop.receiver.wait_for_type("charge.updated").event
    assert updated["data"]["previous_attributes"] == {"balance_transaction": None}
    assert updated["data"]["object"]["balance_transaction"].startswith("txn_")


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("pm_card_visa_chargeDeclined", ["charge.failed", "payment_intent.created", "payment_intent.payment_failed"]),
        ("pm_card_authenticationRequired", ["payment_intent.created", "payment_intent.requires_action"]),
        ("pm_usBankAccount_processing", ["charge.pending", "payment_intent.created", "payment_intent.processing"]),
    ],
)
def test_other_outcomes_are_announced(shop: Shop, card: str, expected: list[str]) -> None:
    with suppress(stripe.CardError):
        shop.charge(card=card)

    shop.receiver.wait_for(lambda: len(shop.receiver.received) == len(expected))
    assert sorted(shop.receiver.types()) == expected


def test_hold_capture_and_cancel_are_announced(shop: Shop) -> None:
    captured = shop.charge(capture_method="manual")
    shop.intents.capture(captured.id)
    shop.intents.cancel(shop.create().id)

    for expected in ("payment_intent.amount_capturable_updated", "charge.captured", "payment_intent.canceled"):
        shop.receiver.wait_for_type(expected)


def test_refused_webhook_is_sent_again_with_a_new_signature(shop: Shop) -> None:
    shop.receiver.statuses = [500]

    shop.create()
    shop.receiver.wait_for(lambda: len(shop.receiver.received) == 2)

    first, second = shop.receiver.received
    assert first.body == second.body
    assert second.at - first.at >= 0.5
    shop.receiver.wait_for(lambda: shop.get("/webhooks")["waiting"] == 0)
    assert [line["result"] for line in shop.get("/webhooks")["tries"]] == ["200", "500"]


def test_registered_endpoint_gets_only_what_it_asked_for(shop: Shop) -> None:
    other_key = {"api_key": "sk_test_another_account"}
    made = shop.client.v1.webhook_endpoints.create(
        {"url": shop.receiver.url, "enabled_events": ["payment_intent.canceled"]}, other_key
    )

    intent = shop.intents.create({"amount": 4_21, "currency": "eur"}, other_key)
    shop.intents.cancel(intent.id, None, other_key)
    received = shop.receiver.wait_for_type("payment_intent.canceled")

    stripe.WebhookSignature.verify_header(received.body.decode(), received.signature, made.secret, 300)
    assert shop.receiver.types() == ["payment_intent.canceled"]


def test_dropped_webhook_never_comes(shop: Shop) -> None:
    shop.fault("drop", operation="webhook", match={"event": "payment_intent.succeeded"})

    shop.charge()
    shop.post("/webhooks/drain")

    assert "payment_intent.succeeded" not in shop.receiver.types()
    assert "charge.updated" in shop.receiver.types()


def test_duplicated_webhook_comes_three_times(shop: Shop) -> None:
    shop.fault("duplicate", operation="webhook", count=3)

    shop.create()
    shop.receiver.wait_for(lambda: len(shop.receiver.received) == 3)

    assert len({received.event["id"] for received in shop.receiver.received}) == 1


def test_delayed_webhook_comes_later(shop: Shop) -> None:
    shop.fault("delay", operation="webhook", delay_ms=400)
    started = time.monotonic()

    shop.create()

    shop.receiver.wait_for_type("payment_intent.created")
    assert shop.receiver.received[0].at - started >= 0.4


def test_reordered_webhooks_come_in_reverse(shop: Shop) -> None:
    shop.fault("reorder", operation="webhook", count=3)

    shop.charge()

    shop.receiver.wait_for(lambda: len(shop.receiver.received) == 3)
    assert shop.receiver.types() == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]


def test_held_webhooks_leave_when_no_more_come(shop: Shop) -> None:
    shop.fault("reorder", operation="webhook", count=50, delay_ms=200)

    shop.create()

    shop.receiver.wait_for_type("payment_intent.created")


@pytest.mark.parametrize("fault", ["forge", "stale"])
def test_spoiled_signature_comes_before_the_honest_one(shop: Shop, fault: str) -> None:
    shop.receiver.statuses = [400]
    shop.fault(fault, operation="webhook")

    shop.create()
    shop.receiver.wait_for(lambda: len(shop.receiver.received) == 2)

    spoiled, honest = shop.receiver.received
    with pytest.raises(stripe.SignatureVerificationError):
        _verify(spoiled.body, spoiled.signature)
    _verify(honest.body, honest.signature)


def test_webhook_arrives_before_the_answer(shop: Shop) -> None:
    shop.fault("before_answer", operation="webhook", delay_ms=150)

    shop.charge()
    answered = time.monotonic()

    assert len(shop.receiver.received) == 3
    assert all(answered - received.at >= 0.14 for received in shop.receiver.received)


def test_webhook_lies_under_a_true_signature(shop: Shop) -> None:
    shop.fault("wrong_amount", operation="webhook", match={"event": "payment_intent.succeeded"})

    shop.charge()

    received = shop.receiver.wait_for_type("payment_intent.succeeded")
    _verify(received.body, received.signature)
    assert received.event["data"]["object"]["amount_received"] == 14_37
    assert shop.books()["payments"][0]["captured"] == 13_37


def test_event_can_be_sent_again(shop: Shop) -> None:
    shop.create()
    event = shop.receiver.wait_for_type("payment_intent.created").event

    assert shop.post(f"/stripe/events/{event['id']}/send").json() == {"sent": 1}

    shop.receiver.wait_for(lambda: len(shop.receiver.received) == 2)
    assert shop.post("/stripe/events/evt_unknown/send").status_code == 404

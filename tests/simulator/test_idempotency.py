import threading
import time

import pytest
import stripe

from tests.simulator.conftest import Shop


def test_same_key_gives_the_same_payment(shop: Shop) -> None:
    first = shop.charge(key="pay-1")

    again = shop.charge(key="pay-1")

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(shop.books()["payments"]) == 1


def test_decline_stays_a_decline_under_its_key(shop: Shop) -> None:
    refusals = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            shop.charge(key="pay-1", card="pm_card_visa_chargeDeclined")
        refusals.append(refusal.value.error.payment_intent.id)

    assert refusals[0] == refusals[1]
    assert shop.books()["payments"][0]["attempt_count"] == 1


def test_refusal_after_execution_began_is_kept(shop: Shop) -> None:
    intent = shop.create()
    shop.intents.cancel(intent.id)
    wanted = {"payment_method": "pm_card_visa", "return_url": "https://shop.example"}

    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            shop.intents.confirm(intent.id, wanted, {"idempotency_key": "confirm-1"})

    assert refusal.value.headers["Idempotent-Replayed"] == "true"


def test_refused_parameters_leave_the_key_free(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.create(key="pay-1", colour="red")

    assert shop.create(key="pay-1").status == "requires_payment_method"


def test_same_key_with_other_parameters_is_refused(shop: Shop) -> None:
    shop.create(key="pay-1", amount=13_37)

    with pytest.raises(stripe.IdempotencyError) as refusal:
        shop.create(key="pay-1", amount=13_38)

    assert refusal.value.http_status == 400
    assert len(shop.books()["payments"]) == 1


def test_key_in_use_is_a_conflict(shop: Shop) -> None:
    shop.fault("slow", operation="create", delay_ms=600)
    slow = threading.Thread(target=lambda: shop.create(key="pay-1"))
    slow.start()
    time.sleep(0.2)

    with pytest.raises(stripe.APIError) as refusal:
        shop.create(key="pay-1")
    slow.join()

    assert (refusal.value.http_status, refusal.value.error.code) == (409, "idempotency_key_in_use")
    assert len(shop.books()["payments"]) == 1


@pytest.mark.parametrize(("fault", "payments"), [("status_500_executed", 1), ("status_500_not_executed", 0)])
def test_stored_500_says_nothing_about_the_money(shop: Shop, fault: str, payments: int) -> None:
    shop.fault(fault, operation="create")

    for _ in range(2):
        with pytest.raises(stripe.APIError) as refusal:
            shop.charge(key="pay-1")
        assert refusal.value.http_status == 500

    assert refusal.value.headers["Stripe-Should-Retry"] == "false"
    assert len(shop.books()["payments"]) == payments


def test_forgotten_key_makes_a_second_payment(shop: Shop) -> None:
    shop.charge(key="pay-1", metadata={"reference": "r1"})
    shop.post("/stripe/forget_keys")

    shop.charge(key="pay-1", metadata={"reference": "r1"})

    assert shop.books()["creates"] == {"r1": 2}


def test_key_of_256_characters_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        shop.create(key="k" * 256)

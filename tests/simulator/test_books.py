import pytest
import stripe

from tests.simulator.conftest import KEY, Shop


def test_books_tell_what_really_happened(shop: Shop) -> None:
    paid = shop.charge(metadata={"reference": "pay_1"}, capture_method="automatic")
    with pytest.raises(stripe.CardError):
        shop.charge(metadata={"reference": "pay_2"}, card="pm_card_visa_chargeDeclined")

    books = shop.books()

    assert books["account"] == KEY
    assert books["creates"] == {"pay_1": 1, "pay_2": 1}
    first, second = books["payments"]
    assert (first["gateway_payment_id"], first["reference"], first["currency"]) == (paid.id, "pay_1", "eur")
    assert (first["captured"], first["charge_count"], first["fee"], first["refunded"]) == (13_37, 1, 45, 0)
    assert (second["captured"], second["charge_count"], second["attempt_count"]) == (0, 0, 1)
    assert books["totals"]["eur"]["captured"] == 13_37


def test_books_are_narrowed_by_account_and_to_totals(shop: Shop) -> None:
    shop.charge()
    shop.intents.create({"amount": 4_21, "currency": "usd"}, {"api_key": "sk_test_another_account"})

    narrowed = shop.get("/books?account=sk_test_another_account&totals=1")["accounts"]

    assert len(narrowed) == 1
    assert set(narrowed[0]) == {"gateway", "account", "totals"}
    assert narrowed[0]["totals"]["usd"]["payments"] == 1


def test_calls_are_counted_per_reference(shop: Shop) -> None:
    intent = shop.create(metadata={"reference": "pay_1"}, key="k1")
    shop.create(metadata={"reference": "pay_1"}, key="k1")
    shop.intents.retrieve(intent.id)
    shop.create(metadata={"reference": "pay_2"})

    report = shop.get("/requests?reference=pay_1")

    assert report["received"] == {"create": 2, "retrieve": 1}
    assert report["executed"] == {"create": 1, "retrieve": 1}
    assert [call["replayed"] for call in report["calls"]] == [False, True, False]


def test_reset_forgets_everything(shop: Shop) -> None:
    shop.charge()
    shop.fault("html", operation="create")

    shop.post("/reset")

    assert shop.get("/books") == {"accounts": []}
    assert shop.get("/faults") == []
    assert shop.get("/requests")["total"] == 0


def test_unknown_control_paths_and_bodies_are_refused(shop: Shop) -> None:
    assert shop.post("/nothing").status_code == 404
    assert shop.post("/stripe/payment_intents/pi_unknown/pay").status_code == 404
    assert shop.post("/stripe/accounts", secret_key="sk_live_1").status_code == 400
    assert shop.post("/stripe/accounts", secret_key=KEY, webhook_url="ftp://x").status_code == 400
    url = f"{shop.simulator.url}/_control/faults"
    assert shop.session.post(url, data="[1]", timeout=5).status_code == 400
    assert shop.session.post(url, data="{", timeout=5).status_code == 400


def test_page_of_another_site_cannot_use_the_control_api(shop: Shop) -> None:
    url, origin = f"{shop.simulator.url}/_control/reset", {"Origin": "https://evil.example"}

    assert shop.session.post(url, headers=origin, timeout=5).status_code == 403


def test_payer_can_be_driven_without_a_browser(shop: Shop) -> None:
    intent = shop.create()

    declined = shop.post(f"/stripe/payment_intents/{intent.id}/pay", card="pm_card_visa_chargeDeclined")
    paid = shop.post(f"/stripe/payment_intents/{intent.id}/pay", card="pm_card_visa")
    twice = shop.post(f"/stripe/payment_intents/{intent.id}/pay", card="pm_card_visa")

    assert (declined.status_code, declined.json()["error"]["code"]) == (200, "card_declined")
    assert (paid.status_code, paid.json()["status"]) == (200, "succeeded")
    assert (twice.status_code, twice.json()["error"]["code"]) == (409, "payment_intent_unexpected_state")
    assert shop.books()["payments"][0]["charge_count"] == 1

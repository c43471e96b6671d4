"""What happens to a sale from the first request to money in a wallet, or not, over HTTP all the way."""

from datetime import timedelta

import pytest

from events.models import OutboxEvent
from gateways.models import InboundEvent
from payments.models import Payment
from tests.flows.conftest import Shop
from tests.support.books import assert_books_balance, balances, counts
from tests.support.factories import COMMISSION, GROSS, NET
from tests.support.simulator import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("settling")]


def assert_sold_once(shop: Shop) -> None:
    account, payment = shop.merchant.account, Payment.objects.get()
    assert balances() == {
        f"gateway_clearing:{account.pk} EUR": GROSS,
        f"wallet_available:{payment.wallet_id} EUR": NET,
        "commission_revenue EUR": COMMISSION,
    }
    assert [row["captured"] for row in shop.levers.payments(shop.merchant)] == [GROSS]
    assert_books_balance()


def history() -> list[str]:
    rows = Payment.objects.get().history.filter(changed=True).order_by("version")
    return list(rows.values_list("status_after", flat=True))


def test_a_sale_by_card(shop: Shop) -> None:
    made = shop.pay(orderId="A-1042")
    assert (made.status, made.data["status"]) == (201, "requires_action")
    assert made.data["clientSecret"].startswith(shop.intent(made))

    shop.levers.pay(shop.intent(made))
    shop.wait_for(made, "completed")

    assert history() == ["processing", "requires_action", "completed"]
    told = list(OutboxEvent.objects.order_by("id").values_list("type", flat=True))
    assert told == ["payment.created", "payment.requires_action", "payment.completed", "wallet.credited"]
    assert_sold_once(shop)
    assert shop.nothing_is_left_to_ask()


def test_a_sale_in_a_currency_without_minor_units(shop: Shop) -> None:
    made = shop.pay(amount=5_001, currency="XOF")
    shop.levers.pay(shop.intent(made))
    shop.wait_for(made, "completed")

    assert [(row["amount"], row["currency"]) for row in shop.levers.payments(shop.merchant)] == [(5_001, "xof")]
    assert sorted(balances().values()) == [231, 4_770, 5_001]
    assert_books_balance()


def test_a_declined_card(shop: Shop) -> None:
    refused = shop.pay(orderId="A-1042", paymentToken="pm_card_visa_chargeDeclinedInsufficientFunds")
    shop.time_passes()

    assert (refused.status, refused.json["error"]) == (402, "PAYMENT_DECLINED")
    assert shop.status(refused) == "failed"
    assert [row["status"] for row in shop.levers.payments(shop.merchant)] == ["canceled"]
    assert counts() == (0, 0)
    wait_until(shop.nothing_is_left_to_ask)
    again = shop.pay(key="key-2", orderId="A-1042", paymentToken="pm_card_visa")
    assert (again.status, again.data["status"]) == (201, "completed")


def test_a_card_that_asks_for_3d_secure(shop: Shop) -> None:
    made = shop.pay(paymentToken="pm_card_authenticationRequired", returnUrl="https://shop.example/back")
    assert (made.status, made.data["status"]) == (201, "requires_action")
    assert made.data["redirectUrl"].startswith("http")

    shop.levers.authenticate(shop.intent(made), succeed=True)
    shop.wait_for(made, "completed")

    assert_sold_once(shop)


def test_a_payer_who_fails_3d_secure(shop: Shop) -> None:
    made = shop.pay(paymentToken="pm_card_authenticationRequired", returnUrl="https://shop.example/back")

    shop.levers.authenticate(shop.intent(made), succeed=False)
    shop.wait_for(made, "failed")
    shop.time_passes()

    assert [row["status"] for row in shop.levers.payments(shop.merchant)] == ["canceled"]
    assert counts() == (0, 0)


def test_a_cancelled_sale(shop: Shop) -> None:
    made = shop.pay()

    cancelled = shop.cancel(made)

    assert (cancelled.status, cancelled.data["status"]) == (200, "cancelled")
    assert [row["status"] for row in shop.levers.payments(shop.merchant)] == ["canceled"]
    assert history() == ["processing", "requires_action", "cancelled"]
    assert counts() == (0, 0)


def test_a_sale_nobody_pays_for(shop: Shop) -> None:
    made = shop.pay()

    shop.time_passes(timedelta(hours=24, seconds=1))
    shop.wait_for(made, "expired")

    assert [row["status"] for row in shop.levers.payments(shop.merchant)] == ["canceled"]
    assert counts() == (0, 0)


def test_a_webhook_that_comes_three_times(shop: Shop) -> None:
    shop.levers.fault("duplicate", operation="webhook", count=3, times=None)
    made = shop.pay()

    shop.levers.pay(shop.intent(made))
    shop.wait_for(made, "completed")
    shop.levers.drain()

    taken = [
        entry for entry in shop.levers.control("GET", "/webhooks")["tries"] if entry["payment"] == shop.intent(made)
    ]
    successes = [entry["result"] for entry in taken if entry["type"] == "payment_intent.succeeded"]
    assert successes == ["200"] * 3
    assert InboundEvent.objects.filter(event_type="payment_intent.succeeded").count() == 1
    assert_sold_once(shop)


def test_a_webhook_that_never_comes(shop: Shop) -> None:
    shop.levers.fault("drop", operation="webhook", times=None, match={"account": shop.merchant.secret_key})
    made = shop.pay()
    shop.levers.pay(shop.intent(made))
    assert shop.status(made) == "requires_action"

    shop.time_passes()

    assert shop.status(made) == "completed"
    assert InboundEvent.objects.count() == 0
    assert_sold_once(shop)


def test_webhooks_in_the_wrong_order(shop: Shop) -> None:
    shop.levers.fault(
        "reorder", operation="webhook", count=3, delay_ms=300, match={"account": shop.merchant.secret_key}
    )
    made = shop.pay()
    shop.levers.pay(shop.intent(made))
    shop.wait_for(made, "completed")
    shop.levers.drain()

    assert_sold_once(shop)


@pytest.mark.row("C4", "C6")
@pytest.mark.parametrize("fault", ["forge", "stale"])
def test_a_forged_webhook_before_the_genuine_one(shop: Shop, fault: str) -> None:
    """C4, C6: the forgery is refused and leaves no trace; the genuine one comes through."""
    shop.levers.fault(fault, operation="webhook", times=None, match={"account": shop.merchant.secret_key})
    made = shop.pay()
    shop.levers.pay(shop.intent(made))
    shop.wait_for(made, "completed")

    assert_sold_once(shop)

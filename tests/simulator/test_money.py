"""What the stand-in Stripe does with money after a payment: refunds, disputes, money out, the balance, kept methods."""

import pytest
import stripe

from tests.simulator.conftest import KEY, Shop


def balance(shop: Shop) -> tuple[int, int]:
    """Available and pending, in euro cents."""
    told = shop.client.v1.balance.retrieve()
    return told.available[0].amount, told.pending[0].amount


def lines(shop: Shop, **wanted: str) -> list[tuple[str, int, int]]:
    found = shop.client.v1.balance_transactions.list({"limit": 100, **wanted}).data
    return [(line.type, line.amount, line.fee) for line in found]


def connected(shop: Shop) -> str:
    return shop.post("/stripe/connected_accounts", secret_key=KEY).json()["id"]


# --- Refunds --------------------------------------------------------------------------------------------------------


def test_refunds_add_up_to_what_was_paid_and_no_further(shop: Shop) -> None:
    paid = shop.charge(capture_method="automatic", metadata={"reference": "pay_1"})
    refunds = shop.client.v1.refunds
    refunds.create({"payment_intent": paid.id, "amount": 4_21, "metadata": {"reference": "back_1"}})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as beyond:
        refunds.create({"payment_intent": paid.id, "amount": 9_17})
    refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError) as again:
        refunds.create({"payment_intent": paid.id})

    assert beyond.value.error.code is None
    assert beyond.value.param == "amount"
    assert again.value.error.code == "charge_already_refunded"
    assert lines(shop) == [("refund", -9_16, 0), ("refund", -4_21, 0), ("charge", 13_37, 45)]
    books = shop.books()
    assert books["payments"][0]["refunded"] == 13_37
    assert books["refunds"] == {"back_1": 1}


def test_a_refund_that_fails_later_puts_the_money_back(shop: Shop) -> None:
    paid = shop.charge(card="pm_card_refundFail", capture_method="automatic")

    refund = shop.client.v1.refunds.create({"payment_intent": paid.id})
    shop.receiver.wait_for_type("refund.failed")

    assert refund.status == "succeeded"
    assert shop.client.v1.refunds.retrieve(refund.id).status == "failed"
    assert lines(shop)[0] == ("refund_failure", 13_37, 0)
    assert shop.books()["payments"][0]["refunded"] == 0


def test_what_was_never_taken_is_not_refunded(shop: Shop) -> None:
    fresh = shop.create()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.refunds.create({"payment_intent": fresh.id})

    assert refused.value.error.code == "payment_intent_unexpected_state"


# --- Disputes -------------------------------------------------------------------------------------------------------


def test_a_dispute_takes_amount_and_fee_and_gives_the_amount_back_when_won(shop: Shop) -> None:
    paid = shop.charge(card="pm_card_createDispute", capture_method="automatic")
    [dispute] = shop.client.v1.disputes.list({"payment_intent": paid.id}).data

    shop.post(f"/stripe/disputes/{dispute.id}", status="won")

    assert dispute.status == "needs_response"
    assert lines(shop) == [("adjustment", 13_37, 0), ("adjustment", -13_37, 15_00), ("charge", 13_37, 45)]
    for event_type in ("created", "funds_withdrawn", "funds_reinstated", "closed"):
        shop.receiver.wait_for_type(f"charge.dispute.{event_type}")


def test_an_inquiry_moves_no_money(shop: Shop) -> None:
    shop.charge(card="pm_card_createDisputeInquiry", capture_method="automatic")
    [dispute] = shop.client.v1.disputes.list().data

    shop.post(f"/stripe/disputes/{dispute.id}", status="warning_closed")
    again = shop.post(f"/stripe/disputes/{dispute.id}", status="lost")

    assert lines(shop) == [("charge", 13_37, 45)]
    assert again.status_code == 409


# --- Money out ------------------------------------------------------------------------------------------------------


def test_only_available_money_leaves(shop: Shop) -> None:
    shop.charge(capture_method="automatic")
    wanted = {"amount": 4_21, "currency": "eur", "destination": connected(shop), "metadata": {"reference": "out_1"}}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.transfers.create(wanted)
    shop.charge(card="pm_card_bypassPending", capture_method="automatic", amount=10_00)

    shop.client.v1.transfers.create(wanted)

    assert refused.value.error.code == "balance_insufficient"
    assert balance(shop) == (10_00 - 40 - 4_21, 13_37 - 45)
    assert shop.books()["payouts"] == {"out_1": 1}


def test_only_known_destinations_are_paid(shop: Shop) -> None:
    shop.charge(card="pm_card_bypassPending", capture_method="automatic")
    v1 = shop.client.v1

    for create, place in ((v1.transfers.create, "acct_1Nobody"), (v1.payouts.create, "ba_1Nobody")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            create({"amount": 1_01, "currency": "eur", "destination": place})
        assert refused.value.error.code == "resource_missing"


def test_a_payout_that_was_paid_may_fail_after_all(shop: Shop) -> None:
    shop.charge(card="pm_card_bypassPending", capture_method="automatic")
    before = balance(shop)
    payout = shop.client.v1.payouts.create({"amount": 1_01, "currency": "eur"})

    statuses = [shop.post(f"/stripe/payouts/{payout.id}", status=s).status_code for s in ("paid", "failed", "paid")]

    assert statuses == [200, 200, 409]
    assert shop.client.v1.payouts.retrieve(payout.id).failure_code == "account_closed"
    assert balance(shop) == before


def test_the_automatic_payout_carries_every_open_line_once(shop: Shop) -> None:
    shop.charge(capture_method="automatic")
    first = shop.post("/stripe/settle", secret_key=KEY).json()["payouts"]
    shop.charge(capture_method="automatic", amount=4_21)
    second = shop.post("/stripe/settle", secret_key=KEY).json()["payouts"]

    assert [payout["amount"] for payout in (*first, *second)] == [13_37 - 45, 4_21 - 31]
    assert lines(shop, payout=first[0]["id"]) == [("payout", -12_92, 0), ("charge", 13_37, 45)]
    assert lines(shop, payout=second[0]["id"]) == [("payout", -3_90, 0), ("charge", 4_21, 31)]
    assert balance(shop) == (0, 0)


# --- Kept methods ---------------------------------------------------------------------------------------------------


def test_a_method_is_kept_when_the_payment_was_set_up_for_that(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "odd@example.org"}).id
    shop.charge(customer=customer)
    shop.charge(customer=customer, setup_future_usage="off_session")

    [kept] = shop.client.v1.payment_methods.list({"customer": customer}).data
    again = shop.charge(card=kept.id, customer=customer, off_session=True)
    with pytest.raises(stripe.InvalidRequestError) as stolen:
        shop.charge(card=kept.id)
    shop.client.v1.payment_methods.detach(kept.id)

    assert (again.status, again.payment_method) == ("succeeded", kept.id)
    assert stolen.value.error.code == "payment_method_invalid_parameter"
    assert shop.client.v1.payment_methods.list({"customer": customer}).data == []


def test_a_card_that_was_set_up_needs_no_authentication_any_more(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "odd@example.org"}).id
    card = "pm_card_authenticationRequiredOnSetup"
    first = shop.charge(card=card, customer=customer, setup_future_usage="off_session")
    shop.post(f"/stripe/payment_intents/{first.id}/authenticate", succeed=True)

    [kept] = shop.client.v1.payment_methods.list({"customer": customer}).data
    again = shop.charge(card=kept.id, customer=customer, off_session=True)

    assert (first.status, again.status) == ("requires_action", "succeeded")


# --- Scripts --------------------------------------------------------------------------------------------------------


def test_a_script_may_say_anything_without_executing(shop: Shop) -> None:
    shop.fault("say", operation="create", status=418, body='{"error": {"type": "teapot"}}')

    with pytest.raises(stripe.APIError) as told:
        shop.create(metadata={"reference": "pay_1"})

    assert told.value.http_status == 418
    assert shop.books()["creates"] == {}

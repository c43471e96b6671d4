import pytest
import stripe

from tests.simulator.conftest import Shop


def test_intent_is_created_then_confirmed_with_a_magic_card(shop: Shop) -> None:
    created = shop.create(metadata={"reference": "pay_1"}, description="Two seats")

    confirmed = shop.intents.confirm(
        created.id, {"payment_method": "pm_card_visa", "return_url": "https://shop.example/back"}
    )

    assert created.status == "requires_payment_method"
    assert created.client_secret.startswith(f"{created.id}_secret_")
    assert (confirmed.status, confirmed.amount_received, confirmed.livemode) == ("succeeded", 13_37, False)
    assert confirmed.metadata["reference"] == "pay_1"
    assert confirmed.last_response.headers["Request-Id"].startswith("req_")


def test_fee_follows_the_asynchronous_capture(shop: Shop) -> None:
    paid = shop.charge(expand=["latest_charge.balance_transaction"])

    shop.receiver.wait_for_type("charge.updated")
    later = shop.intents.retrieve(paid.id, {"expand": ["latest_charge.balance_transaction"]})

    assert paid.latest_charge.balance_transaction is None
    transaction = later.latest_charge.balance_transaction
    assert (transaction.amount, transaction.fee, transaction.net) == (13_37, 45, 12_92)
    assert transaction.source == later.latest_charge.id


def test_fee_is_there_at_once_with_automatic_capture(shop: Shop) -> None:
    paid = shop.charge(capture_method="automatic", expand=["latest_charge.balance_transaction"])

    assert paid.latest_charge.balance_transaction.fee == 45


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_declined_card_is_refused_with_402(shop: Shop, card: str, code: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        shop.charge(card=card)

    assert refusal.value.http_status == 402
    assert (refusal.value.error.code, refusal.value.error.decline_code) == (code, decline_code)
    intent = shop.intents.retrieve(refusal.value.error.payment_intent.id, {"expand": ["latest_charge"]})
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error.decline_code == decline_code
    assert (intent.latest_charge.status, intent.latest_charge.captured) == ("failed", False)


def test_declined_intent_can_be_paid_with_another_card(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        shop.charge(card="pm_card_visa_chargeDeclined")

    again = shop.intents.confirm(refusal.value.error.payment_intent.id, {"payment_method": "pm_card_visa"})

    assert (again.status, again.last_payment_error) == ("succeeded", None)


def test_authentication_is_asked_for_on_our_page(shop: Shop) -> None:
    waiting = shop.charge(card="pm_card_authenticationRequired")

    answer = shop.post(f"/stripe/payment_intents/{waiting.id}/authenticate", succeed=True).json()

    assert waiting.status == "requires_action"
    assert waiting.next_action.redirect_to_url.url == f"{shop.simulator.url}/pay/stripe/{waiting.id}/3ds"
    assert answer["status"] == "succeeded"
    charge = shop.client.v1.charges.retrieve(shop.intents.retrieve(waiting.id).latest_charge)
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_failed_authentication_takes_nothing(shop: Shop) -> None:
    waiting = shop.charge(card="pm_card_authenticationRequired")

    shop.post(f"/stripe/payment_intents/{waiting.id}/authenticate", succeed=False)

    intent = shop.intents.retrieve(waiting.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert shop.books()["payments"][0]["charge_count"] == 0


def test_card_may_be_declined_after_authentication(shop: Shop) -> None:
    waiting = shop.charge(card="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")

    answer = shop.post(f"/stripe/payment_intents/{waiting.id}/authenticate", succeed=True).json()

    assert (answer["status"], answer["error"]["decline_code"]) == ("requires_payment_method", "insufficient_funds")


def test_absent_payer_cannot_authenticate(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        shop.charge(card="pm_card_authenticationRequired", off_session=True)

    assert refusal.value.code == "authentication_required"


def test_cancelled_intent_cannot_be_paid(shop: Shop) -> None:
    intent = shop.create()

    cancelled = shop.intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_paid_intent_cannot_be_cancelled(shop: Shop) -> None:
    paid = shop.charge()

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.intents.cancel(paid.id)

    assert refusal.value.error.payment_intent.status == "succeeded"


def test_part_of_a_hold_is_captured_and_the_rest_released(shop: Shop) -> None:
    held = shop.charge(capture_method="manual")

    captured = shop.intents.capture(held.id, {"amount_to_capture": 4_21, "expand": ["latest_charge"]})

    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 13_37, 0)
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 4_21, 0)
    assert (captured.latest_charge.amount_captured, captured.latest_charge.amount_refunded) == (4_21, 9_16)
    assert shop.books()["totals"]["eur"] == {
        "payments": 1, "paid": 1, "captured": 4_21, "refunded": 0, "held": 0, "fee": 31,
    }  # fmt: skip


def test_cancelled_hold_looks_refunded_though_no_money_moved(shop: Shop) -> None:
    held = shop.charge(capture_method="manual")

    cancelled = shop.intents.cancel(held.id, {"expand": ["latest_charge"]})

    charge = cancelled.latest_charge
    assert (cancelled.status, charge.captured, charge.refunded) == ("canceled", False, True)
    assert shop.books()["payments"][0]["captured"] == 0


def test_bank_debit_is_processing_until_it_ends(shop: Shop) -> None:
    waiting = shop.charge(card="pm_usBankAccount_processing")

    answer = shop.post(f"/stripe/payment_intents/{waiting.id}/settle", succeed=True).json()

    assert (waiting.status, answer["status"]) == ("processing", "succeeded")


def test_list_is_newest_first_and_pages_by_cursor(shop: Shop) -> None:
    oldest, middle, newest = (shop.create(amount=amount) for amount in (1_01, 2_03, 3_07))

    first = shop.intents.list({"limit": 2, "created": {"gte": oldest.created}})
    second = shop.intents.list({"limit": 2, "starting_after": middle.id})
    before = shop.intents.list({"limit": 1, "ending_before": oldest.id})

    assert [intent.id for intent in first.data] == [newest.id, middle.id]
    assert first.has_more is True
    assert [intent.id for intent in second.data] == [oldest.id]
    assert second.has_more is False
    assert [intent.id for intent in before.data] == [middle.id]
    assert shop.intents.list({"created": {"gt": newest.created + 60}}).data == []


def test_balance_and_its_transactions_show_the_net(shop: Shop) -> None:
    shop.charge(capture_method="automatic")

    balance = shop.client.v1.balance.retrieve()
    lines = shop.client.v1.balance_transactions.list({"currency": "eur", "type": "charge"})

    assert (balance.pending[0].amount, balance.pending[0].currency) == (12_92, "eur")
    assert [(line.amount, line.fee, line.net) for line in lines.data] == [(13_37, 45, 12_92)]


def test_events_are_listed_by_type(shop: Shop) -> None:
    paid = shop.charge()

    events = shop.client.v1.events.list({"type": "payment_intent.succeeded"})

    assert [event.data.object["id"] for event in events.data] == [paid.id]
    assert events.data[0].api_version == "2026-10-28.endive"


def test_customer_belongs_to_its_payments(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "odd@example.org", "name": "Odd"})
    theirs = shop.create(customer=customer.id)
    shop.create()

    listed = shop.intents.list({"customer": customer.id})

    assert [intent.id for intent in listed.data] == [theirs.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        shop.create(customer="cus_unknown")


def test_accounts_do_not_see_each_other(shop: Shop) -> None:
    theirs = shop.create()

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.intents.retrieve(theirs.id, None, {"api_key": "sk_test_another_account"})

    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


@pytest.mark.parametrize("key", ["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "pk_test_1", "nonsense"])
def test_key_of_another_kind_is_refused(shop: Shop, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        shop.intents.list({}, {"api_key": key})


def test_missing_and_revoked_keys_are_refused(shop: Shop) -> None:
    missing = shop.session.get(f"{shop.simulator.url}/stripe/v1/balance", timeout=5)
    shop.post("/stripe/accounts", secret_key=shop.client._requestor.api_key, revoked=True)

    assert (missing.status_code, missing.json()["error"]["type"]) == (401, "invalid_request_error")
    with pytest.raises(stripe.AuthenticationError):
        shop.create()


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"automatic_payment_methods": {"enabled": True, "sort": "x"}}, "parameter_unknown",
         "automatic_payment_methods[sort]"),
        ({"amount": "12.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": 29, "currency": "gbp"}, "amount_too_small", "amount"),
        ({"amount": 5001, "currency": "ugx"}, "invalid_charge_amount_no_decimal_compatible", "amount"),
        ({"amount": 5001, "currency": "isk"}, "invalid_charge_amount_no_decimal_compatible", "amount"),
        ({"amount": 5_124, "currency": "kwd"}, "parameter_invalid_integer", "amount"),
        ({"currency": "zzz"}, None, "currency"),
        ({"return_url": "https://shop.example"}, None, "return_url"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata[" + "k" * 41 + "]"),
        ({"expand": ["colour"]}, None, "expand"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused_and_make_nothing(shop: Shop, params: dict, code: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.create(**params)

    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert shop.books()["payments"] == []


def test_missing_amount_is_named(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.intents.create({"currency": "eur"})

    assert (refusal.value.code, refusal.value.param) == ("parameter_missing", "amount")


@pytest.mark.parametrize(
    ("currency", "amount"), [("xof", 5000), ("jpy", 50), ("kwd", 5_120), ("ugx", 500), ("gbp", 30)]
)
def test_amounts_follow_the_units_of_the_wire(shop: Shop, currency: str, amount: int) -> None:
    assert shop.charge(currency=currency, amount=amount).amount_received == amount


def test_redirects_need_a_way_back(shop: Shop) -> None:
    intent = shop.create()
    without_redirects = shop.create(automatic_payment_methods={"enabled": True, "allow_redirects": "never"})

    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        shop.intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert shop.intents.confirm(without_redirects.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_metadata_is_merged_and_an_empty_value_removes(shop: Shop) -> None:
    intent = shop.create(metadata={"reference": "pay_1", "note": "old"})

    changed = shop.intents.update(intent.id, {"metadata": {"note": "", "extra": "new"}, "amount": 4_21})

    assert changed.metadata.to_dict() == {"reference": "pay_1", "extra": "new"}
    assert changed.amount == 4_21


def test_unknown_path_is_refused_in_stripes_form(shop: Shop) -> None:
    answer = shop.session.get(f"{shop.simulator.url}/stripe/v1/nothing", timeout=5)

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")
    assert answer.headers["Request-Id"].startswith("req_")

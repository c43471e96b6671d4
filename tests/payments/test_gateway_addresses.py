"""The addresses that name their gateway: the same payments, held to it."""

import pytest

from payments.models import Payment
from tests.support.api import Api, attempt_of
from tests.support.factories import Merchant, body_of_payment, make_gateway_account
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)

STRIPE = "/api/payments/stripe/payment-intent"


@pytest.mark.parametrize("path", [STRIPE, "/api/stripe/charge"])
def test_a_payment_goes_to_the_gateway_of_the_address(api: Api, merchant: Merchant, path: str) -> None:
    make_gateway_account(merchant.tenant, gateway="paystack", name="Cheaper", priority=1)

    answer = api.post(body_of_payment(customerEmail="payer@example.org"), path=path)

    assert (answer.status, answer.data["gateway"]) == (201, "stripe")
    assert Payment.objects.get().only_gateway == "stripe"
    assert api.get(f"{STRIPE}/{answer.data['transactionId']}").status == 200
    assert api.get(f"/api/payments/paypal/orders/{answer.data['transactionId']}").status == 404


@pytest.mark.parametrize("path", ["/api/payments/paypal/orders", "/api/paypal/payment"])
def test_no_other_gateway_takes_it(api: Api, path: str) -> None:
    answer = api.post(path=path)

    assert (answer.status, answer.json["error"]) == (422, "NO_GATEWAY_AVAILABLE")
    assert answer.json["details"][0]["message"] == "only paypal was asked for"


def test_what_the_payer_did_is_asked_for_at_once(api: Api, levers: Levers) -> None:
    created = api.create()
    transaction = created.data["transactionId"]
    levers.pay(attempt_of(created).gateway_payment_id)

    answer = api.post({"transactionId": transaction}, key=None, path="/api/payments/stripe/confirm")

    assert (answer.status, answer.data["status"]) == (200, "completed")
    again = api.post({}, key=None, path=f"/api/v1/payments/{transaction}/refresh")
    assert (again.status, again.data["status"]) == (200, "completed")


@pytest.mark.parametrize("body", [{}, {"transactionId": "pay_1"}, {"transactionId": "pay_" + "0" * 32}])
def test_a_payment_that_is_not_there_cannot_be_asked_about(api: Api, body: dict[str, str]) -> None:
    assert api.post(body, key=None, path="/api/payments/stripe/confirm").status in (400, 404)


def test_a_customer_of_stripe_is_kept_once(api: Api) -> None:
    body = {"userId": "user-7", "email": "payer@example.org"}

    one, two = (api.post(body, key=None, path="/api/payments/stripe/customers") for _ in range(2))

    assert one.status == 201
    assert one.data["customerId"].startswith("cus_")
    assert one.data == two.data

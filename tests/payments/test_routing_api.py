"""Why a payment went where it went, who would get one, and how the gateways are, over HTTP."""

import pytest

from gateways.breaker import CircuitBreaker, circuit_name
from payments.models import Payment
from tests.support.api import Api
from tests.support.factories import Merchant, make_gateway_account, make_merchant
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)

DRY_RUN = "/api/v1/payments/routing/dry-run"


def test_a_payment_tells_who_was_weighed_and_why_one_was_taken(api: Api, merchant: Merchant, levers: Levers) -> None:
    make_gateway_account(merchant.tenant, name="Francs only", currencies=["XOF"], priority=1)
    created = api.create().data["transactionId"]

    told = api.get(f"/api/v1/payments/{created}/routing").data

    (attempt,) = told["attempts"]
    decision = attempt["decision"]
    assert (attempt["account"], decision["chosen"]) == (merchant.account.name, merchant.account.name)
    assert decision["because"] == "the only one that can take it"
    assert decision["candidates"][1]["refusal"] == "does not take EUR"


def test_another_tenants_payment_is_not_there(api: Api) -> None:
    created = api.create().data["transactionId"]

    assert Api(make_merchant().key).get(f"/api/v1/payments/{created}/routing").status == 404


def test_a_dry_run_creates_nothing(api: Api, merchant: Merchant) -> None:
    answer = api.get(f"{DRY_RUN}?amount=15000&currency=XOF&country=CM&paymentMethod=card")

    assert (answer.status, answer.data["chosen"]) == (200, merchant.account.name)
    assert not Payment.objects.exists()


def test_a_dry_run_says_why_nobody_can_take_it(api: Api) -> None:
    told = api.get(f"{DRY_RUN}?amount=15000&currency=XOF&paymentMethod=mobile_money").data

    assert told["chosen"] == ""
    assert told["candidates"][0]["refusal"] == "does not take mobile_money"


@pytest.mark.parametrize(
    "query",
    ["", "amount=0&currency=EUR", "amount=1e3&currency=EUR", "amount=10&currency=EURO", "amount=1&currency=EUR&x=1"],
)
def test_a_dry_run_of_nonsense_is_refused(api: Api, query: str) -> None:
    assert api.get(f"{DRY_RUN}?{query}").status == 400


def test_the_state_of_each_account_is_told(api: Api, merchant: Merchant) -> None:
    for _ in range(5):
        CircuitBreaker(circuit_name("stripe", livemode=False)).failed("total_deadline")

    (told,) = api.get("/api/v1/providers/status").data

    assert (told["name"], told["circuit"], told["reason"]) == (merchant.account.name, "open", "total_deadline")


def test_monitors_see_a_gateway_that_is_down(api: Api) -> None:
    assert api.get("/health/gateways").data["status"] == "ok"
    for _ in range(5):
        CircuitBreaker(circuit_name("stripe", livemode=False)).failed("total_deadline")

    for path in ("/health/gateways", "/health/providers"):
        told = api.get(path).data
        assert (told["status"], told["down"], told["circuits"]["stripe:live"]) == (
            "degraded",
            ["stripe:sandbox"],
            "closed",
        )

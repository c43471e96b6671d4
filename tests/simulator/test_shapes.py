"""Answers and events against Stripe's own description of its objects, where the stored copy lies beside the project.

The description is of 2023; parameters that came later are listed here, anything else fails.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from simulator.stripe import specs
from simulator.stripe.params import Spec
from tests.simulator.conftest import KEY, Shop

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
OPENAPI = SPECS / "stripe_openapi_2023-08-16_subset.json"
pytestmark = pytest.mark.skipif(not OPENAPI.exists(), reason="Stripe's description is not beside the project")

# Parameters that came after the stored description.
NEWER_PARAMETERS = {"confirmation_token", "final_capture", "allow_redirects", "capture_method"}


def _accept_null(node: Any) -> Any:
    """`nullable: true` of OpenAPI 3.0 as JSON Schema says it."""
    if isinstance(node, list):
        return [_accept_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _accept_null(item) for name, item in node.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


class Description:
    def __init__(self) -> None:
        self.document = _accept_null(json.loads(OPENAPI.read_text()))
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:stripe", resource)

    def assert_valid(self, shape: dict) -> None:
        schema = {"$ref": f"urn:stripe#/components/schemas/{shape['object']}"}
        validator = Draft202012Validator(schema, registry=self._registry)
        errors = [
            f"{error.json_path}: {error.message[:200]}"
            for error in sorted(validator.iter_errors(shape), key=lambda error: error.json_path)
        ]
        assert errors == []

    def parameters(self, path: str) -> set[str]:
        body = self.document["paths"][path]["post"]["requestBody"]["content"]
        return set(body["application/x-www-form-urlencoded"]["schema"]["properties"])


@pytest.fixture(scope="module")
def description() -> Description:
    return Description()


@pytest.fixture(scope="module")
def enums() -> dict[str, list[str]]:
    return json.loads((SPECS / "stripe_current_enums.json").read_text())["enums"]


def _get(shop: Shop, path: str) -> dict:
    url = f"{shop.simulator.url}/stripe/v1/{path}"
    answer = shop.session.get(url, headers={"Authorization": f"Bearer {KEY}"}, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _live_through(shop: Shop) -> list[str]:
    """One payment in each state; their ids."""
    ids = [shop.create(description="Odd", metadata={"reference": "pay_1"}).id, shop.charge().id]
    ids.append(shop.charge(capture_method="manual").id)
    ids.append(shop.charge(capture_method="automatic").id)
    for card in ("pm_card_authenticationRequired", "pm_usBankAccount_processing"):
        ids.append(shop.charge(card=card).id)
    declined = shop.create()
    shop.post(f"/stripe/payment_intents/{declined.id}/pay", card="pm_card_visa_chargeDeclined")
    cancelled = shop.charge(capture_method="manual")
    shop.intents.cancel(cancelled.id, {"cancellation_reason": "abandoned"})
    unauthenticated = shop.charge(card="pm_card_authenticationRequired")
    shop.post(f"/stripe/payment_intents/{unauthenticated.id}/authenticate", succeed=False)
    return [*ids, declined.id, cancelled.id, unauthenticated.id]


def test_payments_in_every_state_have_the_described_shape(shop: Shop, description: Description) -> None:
    for key in _live_through(shop):
        description.assert_valid(_get(shop, f"payment_intents/{key}"))
        description.assert_valid(
            _get(shop, f"payment_intents/{key}?expand[]=latest_charge.balance_transaction&expand[]=payment_method")
        )


def test_lists_and_their_items_have_the_described_shape(shop: Shop, description: Description) -> None:
    _live_through(shop)
    shop.client.v1.customers.create({"email": "odd@example.org"})
    shop.post("/webhooks/drain")

    for path in ("charges", "balance_transactions", "customers", "webhook_endpoints", "payment_intents"):
        page = _get(shop, f"{path}?limit=100")
        assert (page["object"], page["url"], page["has_more"]) == ("list", f"/v1/{path}", False)
        assert page["data"]
        for item in page["data"]:
            description.assert_valid(item)


def test_events_and_what_they_carry_have_the_described_shape(
    shop: Shop, description: Description, enums: dict[str, list[str]]
) -> None:
    _live_through(shop)
    shop.post("/webhooks/drain")

    assert shop.receiver.received
    for received in shop.receiver.received:
        event = received.event
        description.assert_valid(event)
        description.assert_valid(event["data"]["object"])
        assert event["type"] in enums["Event.type"]


def test_balance_has_the_described_shape(shop: Shop, description: Description) -> None:
    shop.charge(capture_method="automatic")

    description.assert_valid(_get(shop, "balance"))


def _live_on(shop: Shop) -> list[str]:
    """What follows payments: refunds, disputes, money out, kept methods; where each is read."""
    refunded = shop.charge(card="pm_card_bypassPending", amount=100_00)
    failing = shop.charge(card="pm_card_refundFail")
    shop.charge(card="pm_card_createDispute")
    shop.charge(card="pm_card_createDisputeInquiry")
    v1 = shop.client.v1
    refunds = [v1.refunds.create({"payment_intent": intent.id, "amount": 4_21}).id for intent in (refunded, failing)]
    acct = shop.post("/stripe/connected_accounts", secret_key=KEY).json()["id"]
    shop.post("/webhooks/drain")
    transfer = v1.transfers.create({"amount": 2_03, "currency": "eur", "destination": acct})
    payout = v1.payouts.create({"amount": 1_01, "currency": "eur", "statement_descriptor": "ODD"})
    shop.post(f"/stripe/payouts/{payout.id}", status="failed", failure_code="no_account")
    customer = v1.customers.create({"email": "odd@example.org"})
    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    shop.post("/stripe/settle", secret_key=KEY)
    disputes = [f"disputes/{dispute['id']}" for dispute in _get(shop, "disputes")["data"]]
    return [
        *(f"refunds/{key}" for key in refunds), *disputes, f"transfers/{transfer.id}", f"payouts/{payout.id}",
        f"payment_methods/{method.id}", "balance",
    ]  # fmt: skip


def test_what_follows_payments_has_the_described_shape(
    shop: Shop, description: Description, enums: dict[str, list[str]]
) -> None:
    places = _live_on(shop)
    shop.post("/webhooks/drain")

    assert len(places) == 8
    for place in places:
        description.assert_valid(_get(shop, place))
    for path in ("refunds", "disputes", "transfers", "payouts", "balance_transactions"):
        for item in _get(shop, f"{path}?limit=100")["data"]:
            description.assert_valid(item)
    for event in (received.event for received in shop.receiver.received):
        description.assert_valid(event["data"]["object"])
        assert event["type"] in enums["Event.type"]


def test_what_follows_payments_has_stripes_words(shop: Shop, enums: dict[str, list[str]]) -> None:
    _live_on(shop)

    words = {
        ("refunds", "status"): "Refund.status",
        ("disputes", "status"): "Dispute.status",
        ("disputes", "reason"): "Dispute.reason",
        ("payouts", "status"): "Payout.status",
        ("payouts", "reconciliation_status"): "Payout.reconciliation_status",
        ("balance_transactions", "type"): "BalanceTransaction.type",
        ("balance_transactions", "status"): "BalanceTransaction.status",
    }
    for (path, field), known in words.items():
        for item in _get(shop, f"{path}?limit=100")["data"]:
            assert item[field] in enums[known]


def test_objects_have_the_fields_of_the_current_samples(shop: Shop) -> None:
    samples = json.loads((SPECS / "stripe_fixtures3.json").read_text())["resources"]
    paid = shop.charge(capture_method="automatic")
    intent = _get(shop, f"payment_intents/{paid.id}?expand[]=latest_charge.balance_transaction")

    # Fields that only come expanded, with Connect or with features that are not simulated.
    left_out = {"managed_payments", "processing", "refunds", "connect_reserved"}
    charge = intent["latest_charge"]
    for shape in (intent, charge, charge["balance_transaction"], _get(shop, "balance")):
        assert set(samples[shape["object"]]) - set(shape) - left_out == set()


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("/v1/payment_intents", specs.CREATE),
        ("/v1/payment_intents/{intent}", specs.UPDATE),
        ("/v1/payment_intents/{intent}/confirm", specs.CONFIRM),
        ("/v1/payment_intents/{intent}/cancel", specs.CANCEL),
        ("/v1/payment_intents/{intent}/capture", specs.CAPTURE),
        ("/v1/customers", specs.CUSTOMER),
        ("/v1/webhook_endpoints", specs.ENDPOINT),
        ("/v1/refunds", specs.REFUND),
        ("/v1/transfers", specs.TRANSFER),
        ("/v1/payouts", specs.PAYOUT),
        ("/v1/payment_methods/{payment_method}/attach", specs.ATTACH),
    ],
)
def test_every_parameter_taken_is_one_of_stripes(description: Description, path: str, spec: Spec) -> None:
    assert set(spec) - description.parameters(path) - NEWER_PARAMETERS == set()


def test_statuses_and_reasons_are_stripes(shop: Shop, enums: dict[str, list[str]]) -> None:
    for key in _live_through(shop):
        intent = _get(shop, f"payment_intents/{key}?expand[]=latest_charge")
        assert intent["status"] in enums["PaymentIntent.status"]
        assert intent["cancellation_reason"] in [None, *enums["PaymentIntent.cancellation_reason"]]
        if intent["last_payment_error"]:
            assert intent["last_payment_error"]["code"] in enums["PaymentIntent.LastPaymentError.code"]
        if intent["latest_charge"]:
            assert intent["latest_charge"]["status"] in enums["Charge.status"]


def test_a_wrong_shape_would_be_noticed(shop: Shop, description: Description) -> None:
    wrong = _get(shop, f"payment_intents/{shop.create().id}") | {"amount": "13.37", "status": "paid"}

    with pytest.raises(AssertionError, match="is not of type 'integer'"):
        description.assert_valid(wrong)

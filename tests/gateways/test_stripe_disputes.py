"""What a Stripe dispute becomes: its status tells the case, its own lines tell the money."""

import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import GatewayReport, LookUpRequest, Outcome, Subject
from tests.gateways.scripted import ScriptedServer
from tests.gateways.stripe_samples import NOW, stripe_event


def a_dispute(**changes: Any) -> dict[str, Any]:
    taken = {
        "id": "txn_1",
        "amount": -13_37,
        "fee": 15_00,
        "net": -28_37,
        "currency": "eur",
        "reporting_category": "dispute",
    }
    dispute = {
        "id": "du_1Odd",
        "object": "dispute",
        "amount": 13_37,
        "balance_transactions": [taken],
        "charge": "ch_3Odd",
        "created": NOW - 60,
        "currency": "eur",
        "livemode": False,
        "payment_intent": "pi_3Odd",
        "reason": "fraudulent",
        "status": "needs_response",
    }
    return dispute | changes


def hear(stripe: StripeGateway, event_type: str, told: dict[str, Any]) -> GatewayReport | None:
    return stripe.parse_webhook(json.dumps(stripe_event(event_type, told)).encode())


GIVEN_BACK = {**a_dispute()["balance_transactions"][0], "id": "txn_2", "amount": 13_37, "fee": 0, "net": 13_37}


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"status": "needs_response"}, Outcome.PENDING),
        ({"status": "under_review"}, Outcome.PENDING),
        ({"status": "appeal_needs_response"}, Outcome.PENDING),
        ({"status": "appeal_under_review"}, Outcome.PENDING),
        ({"status": "warning_needs_response", "balance_transactions": []}, Outcome.PENDING),
        ({"status": "warning_under_review", "balance_transactions": []}, Outcome.PENDING),
        ({"status": "warning_closed", "balance_transactions": []}, Outcome.CANCELLED),
        ({"status": "won"}, Outcome.SUCCEEDED),
        ({"status": "lost"}, Outcome.REVERSED),
        ({"status": "prevented"}, Outcome.REVERSED),
        ({"status": "prevented", "balance_transactions": []}, Outcome.CANCELLED),
        (
            {"status": "prevented", "balance_transactions": [*a_dispute()["balance_transactions"], GIVEN_BACK]},
            Outcome.CANCELLED,
        ),
        ({"status": "teleported"}, Outcome.UNKNOWN),
    ],
)
def test_each_status_of_a_dispute(
    stripe: StripeGateway, scripted: ScriptedServer, told: dict[str, Any], outcome: Outcome
) -> None:
    scripted.answers(json.dumps(a_dispute(**told)).encode())

    read = stripe.look_up_dispute(LookUpRequest("", gateway_payment_id="du_1Odd"))
    heard = hear(stripe, "charge.dispute.updated", a_dispute(**told))

    for report in (read, heard):
        assert (report.outcome, report.subject, report.about) == (outcome, Subject.DISPUTE, "pi_3Odd")
        assert report.amount == Money(13_37, "EUR")
        assert len(report.raw["balance_transactions"]) == len(told.get("balance_transactions", [0]))


def test_a_dispute_tells_what_it_cost(stripe: StripeGateway) -> None:
    chargeback = hear(stripe, "charge.dispute.created", a_dispute())
    inquiry = hear(
        stripe, "charge.dispute.created", a_dispute(status="warning_needs_response", balance_transactions=[])
    )

    assert (chargeback.fee, inquiry.fee) == (Money(15_00, "EUR"), None)

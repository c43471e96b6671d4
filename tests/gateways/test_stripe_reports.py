"""Every status, code and number of Stripe, and what it becomes."""

import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import ChargeRequest, LookUpRequest, NextActionKind, Outcome
from tests.gateways.scripted import ScriptedServer
from tests.gateways.stripe_samples import CANARY, NOW, stripe_event, stripe_intent

CARD_ERROR = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": "No."}
REDIRECT = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://hooks.stripe.com/3ds", "return_url": "x"}}
SDK_ACTION = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}


def charge(stripe: StripeGateway, **changes: Any) -> Any:
    plain: dict[str, Any] = {"reference": "ref-odd", "amount": Money(13_37, "EUR")}
    return stripe.charge(ChargeRequest(**plain | changes))


def hear(stripe: StripeGateway, event_type: str, **changes: Any) -> Any:
    return stripe.parse_webhook(json.dumps(stripe_event(event_type, stripe_intent(**changes))).encode())


# --- Statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"status": "requires_payment_method"}, Outcome.REQUIRES_ACTION),
        ({"status": "requires_confirmation"}, Outcome.REQUIRES_ACTION),
        ({"status": "requires_payment_method", "last_payment_error": CARD_ERROR}, Outcome.DECLINED),
        ({"status": "requires_action", "next_action": SDK_ACTION}, Outcome.REQUIRES_ACTION),
        ({"status": "processing"}, Outcome.PENDING),
        ({"status": "requires_capture"}, Outcome.AUTHORIZED),
        ({"status": "succeeded", "amount_received": 13_37}, Outcome.SUCCEEDED),
        ({"status": "canceled"}, Outcome.CANCELLED),
        ({"status": "canceled", "cancellation_reason": "requested_by_customer"}, Outcome.CANCELLED),
        ({"status": "canceled", "cancellation_reason": "automatic"}, Outcome.EXPIRED),
        ({"status": "canceled", "cancellation_reason": "expired"}, Outcome.EXPIRED),
        ({"status": "canceled", "cancellation_reason": "abandoned"}, Outcome.EXPIRED),
        ({"status": "Succeeded"}, Outcome.UNKNOWN),
        ({"status": "requires_teleportation"}, Outcome.UNKNOWN),
        ({"status": ""}, Outcome.UNKNOWN),
    ],
)
def test_answers_and_webhooks_mean_the_same(
    stripe: StripeGateway, scripted: ScriptedServer, told: dict[str, Any], outcome: Outcome
) -> None:
    scripted.answers(json.dumps(stripe_intent(**told)).encode())

    answered, heard = charge(stripe), hear(stripe, "payment_intent.odd", **told)

    assert (answered.outcome, heard.outcome) == (outcome, outcome)
    assert answered.gateway_status == heard.gateway_status == told["status"]


def test_a_failed_payment_is_declined_yet_its_status_shows_that_it_may_still_be_paid(stripe: StripeGateway) -> None:
    report = hear(stripe, "payment_intent.payment_failed", last_payment_error=CARD_ERROR)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "generic_decline")
    assert report.gateway_status == "requires_payment_method"


def test_the_payer_is_sent_to_a_page_when_there_is_one_and_gets_the_client_secret_otherwise(
    stripe: StripeGateway,
) -> None:
    page = hear(stripe, "payment_intent.requires_action", status="requires_action", next_action=REDIRECT)
    script = hear(stripe, "payment_intent.requires_action", status="requires_action", next_action=SDK_ACTION)

    assert (page.next_action.kind, page.next_action.value) == (NextActionKind.REDIRECT, "https://hooks.stripe.com/3ds")
    assert script.next_action.kind is NextActionKind.CLIENT_SECRET


def test_a_page_that_is_no_web_page_is_not_passed_on(stripe: StripeGateway) -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "javascript:alert(1)"}}

    report = hear(stripe, "payment_intent.requires_action", status="requires_action", next_action=action)

    assert report.next_action.kind is NextActionKind.CLIENT_SECRET


def test_the_time_of_an_event_is_when_it_occurred(stripe: StripeGateway) -> None:
    report = hear(stripe, "payment_intent.succeeded", status="succeeded", amount_received=13_37)

    assert report.occurred_at.timestamp() == NOW - 2


def test_what_was_collected_counts_not_what_was_asked(stripe: StripeGateway) -> None:
    report = hear(stripe, "payment_intent.succeeded", status="succeeded", amount=13_37, amount_received=4_21)

    assert report.amount == Money(4_21, "EUR")


@pytest.mark.parametrize(
    "event_type", ["charge.updated", "charge.refunded", "payout_x.paid", "customer.created", "new.kind"]
)
def test_other_events_say_nothing_about_a_payment(stripe: StripeGateway, event_type: str) -> None:
    assert stripe.parse_webhook(json.dumps(stripe_event(event_type, {"id": "x", "status": 7})).encode()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "1337"},
        {"amount": 13.37},
        {"amount": None},
        {"currency": None},
        {"livemode": "false"},
        {"created": -1},
        {"created": 10**15},
        {"metadata": {"reference": 7}},
        {"id": None},
    ],
)
def test_a_malformed_intent_is_unknown_never_guessed(
    stripe: StripeGateway, scripted: ScriptedServer, changes: dict[str, Any]
) -> None:
    scripted.answers(json.dumps(stripe_intent(**{"status": "succeeded"} | changes)).encode())

    assert charge(stripe).outcome is Outcome.UNKNOWN
    assert hear(stripe, "payment_intent.succeeded", **{"status": "succeeded"} | changes).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[]", b"[" * 100_000, b"\xff", b'{"id": "pi_1"'])
def test_a_two_hundred_that_is_no_intent_is_unknown(
    stripe: StripeGateway, scripted: ScriptedServer, body: bytes
) -> None:
    scripted.answers(body)

    report = charge(stripe)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")


def test_an_intent_that_does_not_come_as_json_is_unknown(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(json.dumps(stripe_intent(status="succeeded")).encode(), content_type="text/plain")

    assert charge(stripe).outcome is Outcome.UNKNOWN


def test_an_object_of_another_kind_is_unknown(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(json.dumps(stripe_intent(status="succeeded", object="setup_intent")).encode())

    assert charge(stripe).outcome is Outcome.UNKNOWN


def test_a_look_up_answered_with_another_intent_is_unknown(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(json.dumps(stripe_intent(id="pi_3Other", status="succeeded")).encode())

    report = stripe.look_up(LookUpRequest("ref-odd", gateway_payment_id="pi_3Odd"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


@pytest.mark.parametrize("intent_id", ["../charges/ch_1", "pi_1/cancel", "pi_", "ch_1", "pi_1?x=1", "pi_1\n"])
def test_an_id_that_is_none_is_never_put_into_a_path(
    stripe: StripeGateway, scripted: ScriptedServer, intent_id: str
) -> None:
    assert stripe.look_up(LookUpRequest("ref-odd", gateway_payment_id=intent_id)).outcome is Outcome.UNKNOWN
    assert stripe.cancel(LookUpRequest("ref-odd", gateway_payment_id=intent_id)).outcome is Outcome.UNKNOWN
    assert scripted.requests == []


# --- Looking for a reference ----------------------------------------------------------------------------------------


def a_page(*intents: dict[str, Any], has_more: bool = False) -> bytes:
    return json.dumps({"object": "list", "data": list(intents), "has_more": has_more, "url": "/v1/x"}).encode()


def test_a_search_that_could_not_see_everything_does_not_say_not_found(
    stripe: StripeGateway, scripted: ScriptedServer
) -> None:
    scripted.answers(a_page(stripe_intent(metadata={"reference": "another"}), has_more=True))

    report = stripe.look_up(LookUpRequest("ref-odd"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "look_up_incomplete")
    assert len(scripted.requests) == 5
    assert b"starting_after=pi_3Odd" in scripted.requests[-1]


def test_of_two_intents_with_one_reference_the_paid_one_is_reported(
    stripe: StripeGateway, scripted: ScriptedServer
) -> None:
    paid = stripe_intent(id="pi_3Paid", status="succeeded", amount_received=13_37)
    scripted.answers(a_page(stripe_intent(), paid, stripe_intent(status="canceled")))

    assert stripe.look_up(LookUpRequest("ref-odd")).gateway_payment_id == "pi_3Paid"


# --- Requests -------------------------------------------------------------------------------------------------------


def test_a_request_carries_reference_key_and_no_telemetry(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(json.dumps(stripe_intent()).encode())

    charge(stripe, payer_email="payer@example.org", statement="TICKETS", capture=False)

    head, _, body = scripted.requests[0].decode().partition("\r\n\r\n")
    assert head.startswith("POST /v1/payment_intents HTTP/1.1")
    assert "Idempotency-Key: pay:ref-odd:create" in head
    assert "telemetry" not in head.lower()
    assert sorted(body.split("&")) == [
        "amount=1337",
        "automatic_payment_methods[enabled]=true",
        "capture_method=manual",
        "currency=eur",
        "metadata[reference]=ref-odd",
        "receipt_email=payer%40example.org",
        "statement_descriptor_suffix=TICKETS",
    ]


def test_confirming_without_a_way_back_excludes_methods_that_redirect(
    stripe: StripeGateway, scripted: ScriptedServer
) -> None:
    scripted.answers(json.dumps(stripe_intent(status="succeeded")).encode())

    charge(stripe, payment_method="pm_card_visa")
    charge(stripe, payment_method="pm_card_visa", return_url="https://shop.example/back")

    assert b"allow_redirects]=never" in scripted.requests[0]
    assert b"return_url" not in scripted.requests[0]
    assert b"allow_redirects" not in scripted.requests[1]
    assert b"return_url=https%3A%2F%2Fshop.example%2Fback" in scripted.requests[1]


def test_what_is_kept_of_an_answer_is_on_the_list(stripe: StripeGateway) -> None:
    charge_shape = {
        "id": "ch_3Odd",
        "created": NOW - 3,
        "billing_details": {"name": CANARY},
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": CANARY}},
    }
    report = hear(
        stripe,
        "payment_intent.succeeded",
        status="succeeded",
        amount_received=13_37,
        latest_charge=charge_shape,
        last_payment_error={**CARD_ERROR, "payment_method": {"billing_details": {"name": CANARY}}},
        metadata={"reference": "ref-odd", "name": CANARY},
    )

    assert report.raw == {
        "id": "pi_3Odd",
        "status": "succeeded",
        "amount": 13_37,
        "amount_received": 13_37,
        "currency": "eur",
        "livemode": False,
        "created": NOW - 60,
        "cancellation_reason": None,
        "metadata": {"reference": "ref-odd"},
        "latest_charge": "ch_3Odd",
        "card": {"brand": "visa", "last4": "4242"},
        "last_payment_error": {"code": "card_declined", "decline_code": "generic_decline", "message": "No."},
    }

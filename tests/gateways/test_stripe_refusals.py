"""Every refusal of Stripe that is one, and everything that only looks like it."""

import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.stripe.error_table import DECLINES, ERRORS, REFUSALS
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import ChargeRequest, GatewayReport, Outcome, RetryRule
from tests.gateways.scripted import ScriptedServer
from tests.gateways.stripe_samples import stripe_intent

CARD_ERROR = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "message": "No."}


def charge(stripe: StripeGateway) -> GatewayReport:
    return stripe.charge(ChargeRequest(reference="ref-odd", amount=Money(13_37, "EUR")))


def an_error(**error: Any) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize("code", sorted(DECLINES))
def test_each_listed_decline_is_declined(stripe: StripeGateway, scripted: ScriptedServer, code: str) -> None:
    scripted.answers(an_error(type="card_error", code="card_declined", decline_code=code), status="402 No")

    report = charge(stripe)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, code)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_each_listed_refusal_is_declined(stripe: StripeGateway, scripted: ScriptedServer, code: str) -> None:
    scripted.answers(an_error(type="invalid_request_error", code=code), status="400 No")

    report = charge(stripe)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, code)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"type": "invalid_request_error", "code": "code_of_tomorrow"}),
        (400, {"type": "invalid_request_error"}),
        (400, {"type": "idempotency_error", "code": "parameter_missing"}),
        (400, {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline"}),
        (402, {"type": "card_error", "code": "card_declined", "decline_code": "reason_of_tomorrow"}),
        (402, {"type": "invalid_request_error", "code": "generic_decline"}),
        (402, {}),
        (404, {"type": "invalid_request_error", "code": "code_of_tomorrow"}),
        (408, {"type": "api_error"}),
        (409, {"type": "invalid_request_error", "code": "idempotency_key_in_use"}),
        (409, {"type": "invalid_request_error", "code": "parameter_missing"}),
        (424, {"type": "api_error"}),
        (429, {"type": "invalid_request_error", "code": "lock_timeout"}),
        (429, {"type": "invalid_request_error"}),
        (500, {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline"}),
        (500, {"type": "api_error"}),
        (503, {"type": "invalid_request_error", "code": "rate_limit"}),
    ],
)
def test_whatever_is_not_listed_is_unknown(
    stripe: StripeGateway, scripted: ScriptedServer, status: int, error: dict[str, Any]
) -> None:
    scripted.answers(an_error(**error), status=f"{status} No")

    report = charge(stripe)

    assert report.outcome is Outcome.UNKNOWN
    assert report.gateway_status == f"HTTP {status}"


@pytest.mark.parametrize("status", [201, 202, 204, 302, 400, 401, 402, 403, 404, 429, 500])
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"error": "odd"}', b'{"error": null}'])
def test_an_answer_that_does_not_explain_itself_is_unknown(
    stripe: StripeGateway, scripted: ScriptedServer, status: int, body: bytes
) -> None:
    if status == 204:
        body = b""
    scripted.answers(body, status=f"{status} Odd")

    assert charge(stripe).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_was_not_executed(stripe: StripeGateway, scripted: ScriptedServer, status: int) -> None:
    scripted.answers(an_error(type="invalid_request_error", message="Invalid API Key"), status=f"{status} No")

    report = charge(stripe)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "authentication_failed")


def test_a_decline_whose_intent_is_paid_is_a_contradiction(stripe: StripeGateway, scripted: ScriptedServer) -> None:
    scripted.answers(an_error(**CARD_ERROR, payment_intent=stripe_intent(status="succeeded")), status="402 No")

    report = charge(stripe)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


def test_the_table_says_who_must_act_and_never_lets_a_blocked_card_go_elsewhere() -> None:
    assert {entry.who_must_act for entry in ERRORS.values()} == {"payer", "staff", "gateway"}
    assert all(entry.payer_text and entry.staff_text and entry.code == code for code, entry in ERRORS.items())
    for code in ("stolen_card", "lost_card", "pickup_card", "fraudulent", "restricted_card"):
        assert ERRORS[code].retry is RetryRule.NEVER
        assert ERRORS[code].payer_text == ERRORS["generic_decline"].payer_text


def test_nothing_in_doubt_may_be_tried_elsewhere() -> None:
    in_doubt = ("total_deadline", "connection_lost", "not_found", "unlisted_status", "idempotency_key_in_use")

    assert {ERRORS[code].retry for code in in_doubt} == {RetryRule.NEVER}

"""Webhooks that prove nothing: whatever they claim, only the gateway's own answer is booked."""

import json

import pytest
from django.test import Client

from common import clock, ids
from common.remembered import forget_everything
from gateways.models import InboundEvent, InboundState
from payments.models import PaymentAttempt
from payments.states import Status
from tests.support.api import settle
from tests.support.books import counts
from tests.support.factories import GROSS, Merchant, make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(merchant: Merchant) -> PaymentAttempt:
    """Waits at MTN, whose callbacks nobody signs."""
    attempt = make_payment(merchant, Status.PROCESSING)
    merchant.account.gateway = "mtn_momo"
    merchant.account.save()
    forget_everything()
    return attempt


def call_back(merchant: Merchant, attempt: PaymentAttempt, status: str) -> int:
    body = {"externalId": attempt.reference, "status": status, "amount": str(GROSS / 100), "currency": "EUR"}
    address = f"/webhooks/mtn_momo/{ids.show(ids.GATEWAY_ACCOUNT, merchant.account.public_id)}"
    return Client().post(address, json.dumps(body), content_type="application/json").status_code


@pytest.mark.row("C20")
@pytest.mark.parametrize("claim", ["SUCCESSFUL", "FAILED", "EATEN"])
def test_an_unsigned_claim_moves_nothing_and_has_the_gateway_asked(
    merchant: Merchant, attempt: PaymentAttempt, claim: str
) -> None:
    """C20: anybody could have sent it."""
    assert call_back(merchant, attempt, claim) == 200
    settle()

    attempt.refresh_from_db()
    event = InboundEvent.objects.get()
    assert (attempt.payment.status, counts()) == (Status.PROCESSING, (0, 0))
    assert (event.state, event.reason) == (InboundState.APPLIED, "a hint: the gateway is asked")
    assert attempt.next_check_at is not None and attempt.next_check_at <= clock.now()

"""Webhooks when things are bad: a database that is away, a flood of forgeries. What is genuine gets in."""

import threading
from pathlib import Path

import pytest

from common import clock
from gateways.models import InboundEvent
from tests.support.api import settle
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_merchant, make_payment
from tests.support.relay import relayed_database
from tests.support.simulator import Levers, wait_until
from tests.support.web import Web, running_web
from tests.support.webhooks import signature_of, webhook_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.mark.row("C16")
def test_what_cannot_be_stored_is_answered_with_503_and_stored_when_it_comes_again(
    levers: Levers, merchant: Merchant, tmp_path: Path
) -> None:
    """C16: nobody listens at the database's port; after it is back the same process takes the same webhook."""
    body = webhook_of(make_payment(merchant))
    headers = {"Stripe-Signature": signature_of(body, secret=merchant.webhook_secret)}
    with (
        relayed_database() as (relay, address),
        running_web(tmp_path, simulator=levers.url, threads=2, DATABASE_URL=address) as web,
    ):
        first = web.request("POST", merchant.webhook_path, body=webhook_of(make_payment(merchant)), headers={})
        relay.cut()
        away = [web.request("POST", merchant.webhook_path, body=body, headers=headers) for _ in range(6)]
        forged = web.request("POST", merchant.webhook_path, body=b"{}", headers={"Stripe-Signature": "t=1,v1=0"})
        relay.mend()
        again = [web.request("POST", merchant.webhook_path, body=body, headers=headers) for _ in range(2)]

    assert first.status == 400
    assert {(answer.status, answer.json["error"]) for answer in away} == {(503, "UNAVAILABLE")}
    assert away[0].headers["retry-after"] == "5"
    assert forged.status in (400, 503)
    assert [answer.json["message"] for answer in again] == ["Stored.", "Known already."]
    assert InboundEvent.objects.count() == 1


@pytest.mark.row("C16")
def test_the_gateways_own_retry_brings_what_could_not_be_stored(
    levers: Levers, merchant: Merchant, tmp_path: Path
) -> None:
    """C16: the stand-in tries again as Stripe does, and the payment is booked once."""
    with (
        relayed_database() as (relay, address),
        running_web(tmp_path, simulator=levers.url, threads=2, DATABASE_URL=address) as web,
    ):
        levers.announce(merchant, web.url + merchant.webhook_path)
        created = web.create(merchant, key="key-1")
        relay.cut()
        levers.pay(_gateway_id(merchant))
        wait_until(lambda: "webhook could not be stored" in web.log.read_text(), seconds=15)
        relay.mend()
        wait_until(lambda: InboundEvent.objects.filter(event_type="payment_intent.succeeded").exists(), seconds=30)
    settle()

    assert created.status == 201
    assert counts() == (1, 3)
    assert_books_balance()


def _gateway_id(merchant: Merchant) -> str:
    from payments.models import PaymentAttempt

    return PaymentAttempt.objects.get(gateway_account=merchant.account).gateway_payment_id


@pytest.mark.row("C22")
def test_genuine_webhooks_are_answered_within_two_seconds_during_a_flood(
    webs: tuple[Web, Web], merchant: Merchant
) -> None:
    """C22: several connections send forgeries without a pause."""
    bodies = [webhook_of(make_payment(merchant)) for _ in range(10)]
    is_over = threading.Event()
    forged: list[int] = []

    def flood() -> None:
        while not is_over.is_set():
            headers = {"Stripe-Signature": "t=1,v1=" + "0" * 64}
            forged.append(webs[0].request("POST", merchant.webhook_path, body=b"{}", headers=headers).status)

    floods = [threading.Thread(target=flood) for _ in range(12)]
    for thread in floods:
        thread.start()
    waited, answers = [], []
    try:
        wait_until(lambda: len(forged) > 50)
        for body in bodies:
            headers = {"Stripe-Signature": signature_of(body, secret=merchant.webhook_secret)}
            started = clock.monotonic()
            answers.append(webs[0].request("POST", merchant.webhook_path, body=body, headers=headers).status)
            waited.append(clock.monotonic() - started)
    finally:
        is_over.set()
        for thread in floods:
            thread.join(timeout=30)

    assert answers == [200] * 10
    assert max(waited) < 2.0, "not in time"
    assert set(forged) == {400}
    assert InboundEvent.objects.count() == 10

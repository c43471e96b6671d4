"""What happens to a payment while its gateway call is under way: the slower of two never undoes the faster."""

import threading
from datetime import timedelta

import pytest

from common import clock
from gateways.contract import ChargeRequest, GatewayReport, LookUpRequest, Outcome
from payments.answers import render_created
from payments.models import Payment, PaymentAttempt
from payments.models.attempt import NextStep
from payments.services import cancel, charge
from payments.services.check import claim_one, run_claim
from payments.states import AttemptState, Status
from tenants.idempotency import IdempotencyKey, RequestInProgress
from tenants.models import IdempotencyRecord
from tests.support import scripted
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_merchant, new_key, report_on, tell, wanted_payment
from tests.support.scripted import ScriptedGateway
from tests.support.threads import raised, together

pytestmark = pytest.mark.django_db(transaction=True)

NOT_SENT = GatewayReport(Outcome.NOT_SENT, error_code="connect_timeout")


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> ScriptedGateway:
    return scripted.install(monkeypatch)


@pytest.fixture
def key(merchant: Merchant) -> IdempotencyKey:
    return new_key("key-1", merchant=merchant)


def create(merchant: Merchant, key: IdempotencyKey, *, later: timedelta = timedelta(0)) -> charge.Answer:
    return charge.create(
        wanted_payment(), principal=merchant.principal, key=key, render=render_created, now=clock.now() + later
    )


def the_attempt() -> PaymentAttempt:
    return PaymentAttempt.objects.select_related("payment", "gateway_account").get()


def test_a_sender_that_slept_through_its_lease_does_not_free_the_key(
    merchant: Merchant, gateway: ScriptedGateway, key: IdempotencyKey
) -> None:
    """B6: it could not send, but another has sent since: a second payment under this key could charge twice."""

    def sleep_while_another_takes_over(_: ChargeRequest) -> GatewayReport:
        gateway.on_charge = lambda _: report_on(the_attempt(), Outcome.PENDING)
        run_claim(claim_one(the_attempt().pk, now=clock.now()), now=clock.now())
        return NOT_SENT

    gateway.on_charge = sleep_while_another_takes_over

    answer = create(merchant, key)

    assert (answer.status, the_attempt().state) == (201, AttemptState.PENDING)
    assert IdempotencyRecord.objects.get().status == 201
    assert create(merchant, key).is_replay


def test_a_sender_that_slept_does_not_conclude_while_another_is_asking(
    merchant: Merchant, gateway: ScriptedGateway, key: IdempotencyKey
) -> None:
    """B6: the same, while the call of the other is still under way."""

    def sleep_while_another_asks(_: ChargeRequest) -> GatewayReport:
        claim_one(the_attempt().pk, now=clock.now())
        return NOT_SENT

    gateway.on_charge = sleep_while_another_asks

    answer = create(merchant, key)

    assert (answer.status, the_attempt().state) == (202, AttemptState.SENDING)
    assert Payment.objects.get().status == Status.PROCESSING
    assert IdempotencyRecord.objects.count() == 1


def test_a_key_freed_at_the_moment_it_is_met_is_told_to_wait(
    merchant: Merchant, gateway: ScriptedGateway, key: IdempotencyKey
) -> None:
    """A1: never a 5xx: many with one key against a gateway that is down, whose records come and go."""
    gateway.on_charge = lambda _: NOT_SENT

    for _ in range(5):
        results = together([lambda: create(merchant, key)] * 12)

        assert raised(results) == raised(results, RequestInProgress)
        assert {result.status for result in results if isinstance(result, charge.Answer)} <= {503}


def test_a_wish_to_cancel_survives_the_answer_it_overtook(
    merchant: Merchant, gateway: ScriptedGateway, key: IdempotencyKey
) -> None:
    """A17: cancelled while the charge was under way; the answer that comes in between must not forget it."""
    asked, answered = threading.Event(), threading.Event()
    cancelling: list[threading.Thread] = []

    def find_nothing_yet(_: LookUpRequest) -> GatewayReport:
        asked.set()
        assert answered.wait(timeout=10)
        return GatewayReport(Outcome.UNKNOWN, error_code="not_found")

    def be_overtaken(_: ChargeRequest) -> GatewayReport:
        cancelling.append(_in_background(merchant))
        assert asked.wait(timeout=10)
        return report_on(the_attempt(), Outcome.REQUIRES_ACTION)

    gateway.on_cancel, gateway.on_charge = find_nothing_yet, be_overtaken

    create(merchant, key)
    answered.set()
    cancelling[0].join(timeout=10)

    attempt = the_attempt()
    assert (attempt.next_step, attempt.close_reason) == (NextStep.CANCEL, "cancelled")
    gateway.on_cancel = lambda _: report_on(the_attempt(), Outcome.CANCELLED)
    run_claim(claim_one(attempt.pk, now=clock.now()), now=clock.now())
    assert Payment.objects.get().status == Status.CANCELLED


def _in_background(merchant: Merchant) -> threading.Thread:
    public_id = Payment.objects.get().public_id

    def work() -> None:
        together([lambda: cancel.cancel(public_id, principal=merchant.principal, now=clock.now())])

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.row("C10")
def test_a_webhook_that_overtakes_the_answer_is_not_undone(
    merchant: Merchant, gateway: ScriptedGateway, key: IdempotencyKey
) -> None:
    """C10: the payment is completed before our own call returns with older news."""

    def be_paid_meanwhile(_: ChargeRequest) -> GatewayReport:
        tell(the_attempt(), Outcome.SUCCEEDED, now=clock.now())
        return report_on(the_attempt(), Outcome.REQUIRES_ACTION)

    gateway.on_charge = be_paid_meanwhile

    answer = create(merchant, key)

    payment = Payment.objects.get()
    assert (answer.status, payment.status, payment.version) == (201, Status.COMPLETED, 2)
    assert the_attempt().state == AttemptState.SUCCEEDED
    assert b'"status":"completed"' in answer.body
    assert_books_balance()


def test_the_plain_answer_and_the_careful_one_count_the_same_versions(
    merchant: Merchant, gateway: ScriptedGateway, key: IdempotencyKey
) -> None:
    """Pending news of a payment that is processing changes no status, so no version."""
    gateway.on_charge = lambda _: report_on(the_attempt(), Outcome.PENDING)

    create(merchant, key)

    payment = Payment.objects.get()
    assert (payment.status, payment.version) == (Status.PROCESSING, 1)
    assert list(payment.history.filter(changed=True).values_list("status_after", flat=True)) == [Status.PROCESSING]

"""Payments and webhooks of many callers at once, written in common statements: each gets what is its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from common.errors import DomainError
from common.together import Together
from events.models import OutboxEvent
from gateways import inbox
from gateways.models import InboundEvent
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.services import charge
from payments.services.charge import OrderTaken
from payments.services.charge_sql import Inserted
from payments.services.drafts import Draft
from tenants.models import IdempotencyRecord
from tests.support.factories import NOON, Merchant, make_draft, make_merchant, new_key
from tests.support.simulator import wait_until
from tests.support.threads import raised, together
from tests.support.web import database_url

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 12


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@contextmanager
def held_up(table: str) -> Iterator[None]:
    """Nobody writes to this table meanwhile: those who come are written together afterwards."""
    with psycopg.connect(database_url()) as link:
        link.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
        link.rollback()


def recording(merchant: Merchant, draft: Draft, *, key: str = "") -> Callable[[], Inserted | None]:
    return partial(charge.record, draft, principal=merchant.principal, key=new_key(key, merchant=merchant))


def all_waiting(jobs: list[Callable[[], Any]], *, table: str, writing: Together[Any, Any]) -> list[Any]:
    """Run the jobs so that the first holds the statement up and the others wait for it."""
    results: list[Any] = []
    with held_up(table):
        callers = threading.Thread(target=lambda: results.extend(together(jobs)))
        callers.start()
        wait_until(lambda: len(writing._waiting) + writing._under_way == len(jobs))
    callers.join(timeout=60)
    return results


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.together._PATIENCE_SECONDS", 60.0)


def test_each_caller_gets_the_payment_that_it_asked_for(merchant: Merchant) -> None:
    drafts = [make_draft(merchant, order_id=f"A-{number}", amount=1_000 + number) for number in range(CALLERS)]

    results = all_waiting(
        [recording(merchant, draft) for draft in drafts],
        table="payments_payment",
        writing=charge.charge_sql._insert,
    )

    assert raised(results) == []
    for draft, inserted in zip(drafts, results, strict=True):
        payment = Payment.objects.get(pk=inserted.payment_id)
        attempt = PaymentAttempt.objects.get(pk=inserted.attempt_id)
        assert (payment.public_id, payment.order_id) == (draft.public_id, draft.request.order_id)
        assert payment.amount == draft.priced.gross
        assert (attempt.public_id, attempt.payment_id) == (draft.reference_id, payment.pk)
        assert IdempotencyRecord.objects.get(pk=inserted.record_id).resource_id == payment.pk
        assert PaymentHistory.objects.get(payment=payment).attempt_id == attempt.pk
        assert OutboxEvent.objects.get(subject_id=payment.pk).payload["orderId"] == payment.order_id
    transactions = Payment.objects.extra(select={"xid": "xmin::text"}).values_list("xid", flat=True)
    assert len(set(transactions)) == 2, "the first alone, all others together"


def test_an_order_that_is_taken_stops_nobody_else(merchant: Merchant) -> None:
    recording(merchant, make_draft(merchant, order_id="A-3"))()
    drafts = [make_draft(merchant, order_id=f"A-{number}") for number in range(CALLERS)]

    results = all_waiting(
        [recording(merchant, draft) for draft in drafts],
        table="payments_payment",
        writing=charge.charge_sql._insert,
    )

    assert [type(error) for error in raised(results, DomainError)] == [OrderTaken]
    assert isinstance(results[3], OrderTaken)
    assert Payment.objects.count() == CALLERS


def test_one_key_in_one_batch_makes_one_payment(merchant: Merchant) -> None:
    drafts = [make_draft(merchant, order_id=f"A-{number}") for number in range(CALLERS)]

    results = all_waiting(
        [recording(merchant, draft, key="key-1") for draft in drafts],
        table="payments_payment",
        writing=charge.charge_sql._insert,
    )

    made = [inserted for inserted in results if inserted is not None]
    assert raised(results) == []
    assert [inserted.payment_id for inserted in made] == [Payment.objects.get().pk]


def test_a_payee_without_a_wallet_among_others_gets_one(merchant: Merchant) -> None:
    others = [make_draft(merchant, order_id=f"A-{number}") for number in range(CALLERS - 1)]
    payee = others[0].payee.__class__(owner_type="organizer", owner_id="org-new", name="New")
    drafts = [*others, make_draft(merchant, order_id="A-new", payee=payee)]

    results = all_waiting(
        [recording(merchant, draft) for draft in drafts],
        table="payments_payment",
        writing=charge.charge_sql._insert,
    )

    assert raised(results) == []
    assert Payment.objects.get(pk=results[-1].payment_id).wallet.owner_id == "org-new"


def test_webhooks_are_stored_together_and_a_repeated_one_is_new_once(merchant: Merchant) -> None:
    keys = [f"evt_{number // 2}" for number in range(CALLERS)]
    rows = [(merchant.account.pk, key, "charge", rb'\x "{},' + key.encode() + b"\x00\xff", "a=1", NOON) for key in keys]

    results = all_waiting(
        [partial(inbox._store, row) for row in rows], table="gateways_inboundevent", writing=inbox._store
    )

    assert raised(results) == []
    assert sum(results) == CALLERS // 2
    stored = InboundEvent.objects.all()
    assert {event.dedupe_key: bytes(event.body) for event in stored} == {row[1]: row[3] for row in rows}
    assert {bool(a) != bool(b) for a, b in zip(results[::2], results[1::2], strict=True)} == {True}


def test_when_the_session_is_ended_each_goes_on_by_itself(merchant: Merchant) -> None:
    """Of the first, who is written alone, and of the second, who writes for all others."""
    drafts = [make_draft(merchant, order_id=f"A-{number}") for number in range(CALLERS)]
    results: list[Any] = []
    writing = charge.charge_sql._insert
    with held_up("payments_payment"):
        callers = threading.Thread(target=lambda: results.extend(together([recording(merchant, d) for d in drafts])))
        callers.start()
        wait_until(lambda: len(writing._waiting) + writing._under_way == CALLERS)
        for _ in range(2):
            wait_until(end_those_who_wait)
    callers.join(timeout=60)

    assert raised(results) == []
    assert {Payment.objects.get(pk=made.payment_id).public_id for made in results} == {d.public_id for d in drafts}
    assert Payment.objects.count() == CALLERS


def end_those_who_wait() -> int:
    """End the sessions that wait for a lock; how many there were."""
    with psycopg.connect(database_url()) as link:
        return link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).rowcount

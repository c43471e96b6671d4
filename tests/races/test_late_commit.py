"""A webhook that is committed late, under a smaller id than others that were taken meanwhile, is not passed over."""

import threading

import pytest
from django.db import connection, transaction

from gateways.models import InboundEvent, InboundState
from tests.support.api import settle
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_merchant, make_payment
from tests.support.webhooks import webhook_of

pytestmark = pytest.mark.django_db(transaction=True)


def store(merchant: Merchant, key: str, body: bytes) -> int:
    return InboundEvent.objects.create(
        gateway_account=merchant.account,
        dedupe_key=key,
        event_type="payment_intent.succeeded",
        body=body,
        received_at=merchant.tenant.created_at,
        next_try_at=merchant.tenant.created_at,
    ).pk


@pytest.mark.row("H3")
def test_what_is_committed_late_under_a_smaller_id_is_still_applied() -> None:
    """H3: ids are given in the order of writing, and seen in the order of committing."""
    merchant = make_merchant()
    early, late = webhook_of(make_payment(merchant)), webhook_of(make_payment(merchant))
    has_written, may_commit, ids = threading.Event(), threading.Event(), []

    def commit_late() -> None:
        try:
            with transaction.atomic():
                ids.append(store(merchant, "evt_slow", late))
                has_written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    slow = threading.Thread(target=commit_late)
    slow.start()
    assert has_written.wait(10)
    ids.append(store(merchant, "evt_quick", early))

    assert settle() == 1
    may_commit.set()
    slow.join()
    assert settle() == 1

    assert ids == sorted(ids)
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {InboundState.APPLIED}
    assert_books_balance()

"""Idempotency keys of several callers, and keys that are removed while others are used."""

import threading
from datetime import timedelta
from functools import partial

import jwt
import pytest
from django.conf import settings
from django.db import connection, transaction

from common import clock
from payments.models import Payment
from tenants import idempotency
from tenants.models import IdempotencyRecord
from tests.support.api import Api, api_of
from tests.support.factories import Merchant, make_merchant
from tests.support.simulator import Levers
from tests.support.threads import raised, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


def api_with_token(merchant: Merchant, subject: str) -> Api:
    """A system of the platform that signs in with a token of its own."""
    now = clock.epoch()
    claims = {"iss": settings.JWT_ISSUER, "aud": settings.JWT_AUDIENCE, "iat": now, "exp": now + 300, "sub": subject}
    return Api(jwt.encode(claims | {"tenant": merchant.tenant.slug, "role": "service"}, settings.JWT_HS256_SECRET))


@pytest.mark.row("A5")
def test_callers_of_one_tenant_with_one_key_at_once_are_independent(levers: Levers, merchant: Merchant) -> None:
    """A5: by tokens and by API key; each gets its own payment, and its own answer again."""
    callers = [api_with_token(merchant, "shop"), api_with_token(merchant, "box-office"), api_of(merchant)]

    first = together([partial(api.create, amount=13_37 + n) for n, api in enumerate(callers)])
    again = [api.create(amount=13_37 + n) for n, api in enumerate(callers)]

    assert raised(first) == []
    assert [(answer.status, answer.data["amount"], answer.is_replay) for answer in first] == [
        (201, 13_37, False), (201, 13_38, False), (201, 13_39, False),
    ]  # fmt: skip
    assert [answer.body for answer in again] == [answer.body for answer in first]
    assert Payment.objects.count() == IdempotencyRecord.objects.count() == 3


@pytest.mark.row("A20")
def test_while_old_keys_are_removed_nobody_waits(levers: Levers, merchant: Merchant) -> None:
    """A20: the removal is under way and not committed; new keys are taken and young ones answered all the same."""
    api = api_of(merchant)
    young = api.create(key="young")
    for number in range(20):
        api.create(key=f"old-{number}")
    old = IdempotencyRecord.objects.filter(key__startswith="old-")
    old.update(created_at=clock.now() - timedelta(days=31))
    is_removed, may_commit = threading.Event(), threading.Event()

    def remove() -> int:
        with transaction.atomic():
            removed = idempotency.prune(now=clock.now(), batch=7)
            is_removed.set()
            assert may_commit.wait(timeout=30)
        return removed

    def go_on() -> list[tuple[int, bool]]:
        assert is_removed.wait(timeout=30)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
            answers = [api.create(key="new"), api.create(key="young"), api.create(key="new")]
        finally:
            may_commit.set()
        assert answers[1].body == young.body
        return [(answer.status, answer.is_replay) for answer in answers]

    results = together([remove, go_on])

    assert results == [20, [(201, False), (201, True), (201, True)]]
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"young", "new"}

"""What became of requests with a key is counted, for whoever watches callers that repeat themselves."""

import pytest

from tenants.idempotency import SEEN
from tenants.models import IdempotencyRecord
from tests.support.api import Api, api_of, let_leases_run_out
from tests.support.factories import make_merchant
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)


def counts() -> dict[str, float]:
    names = ("fresh", "replayed", "resumed", "conflict", "mismatch")
    return {name: SEEN.labels(name)._value.get() for name in names}


def test_every_end_of_a_request_with_a_key_is_counted(levers: Levers) -> None:
    api: Api = api_of(make_merchant())
    before = counts()

    api.create(orderId="A-1")
    api.create(orderId="A-1")
    api.create(orderId="A-2")
    IdempotencyRecord.objects.update(status=0, body=b"")
    api.create(orderId="A-1")
    let_leases_run_out()
    api.create(orderId="A-1")

    assert {name: now - before[name] for name, now in counts().items()} == {
        "fresh": 1,
        "replayed": 1,
        "mismatch": 1,
        "conflict": 1,
        "resumed": 1,
    }

"""Reading events without webhooks: every one, in an order that never gets an earlier neighbour, and only one's own."""

from datetime import timedelta
from typing import Any

import pytest

from common import clock, ids
from events import catalog
from events.models import OutboxEvent
from events.services import dispatch
from payments.states import Status
from tests.events.making import tell, told
from tests.events.test_api import Caller
from tests.support.factories import Merchant, make_api_key_of, make_merchant, make_payment

PATH = "/api/v1/events"


@pytest.fixture
def call(merchant: Merchant) -> Caller:
    """With an ordinary key of a service."""
    return Caller(merchant.key)


def page(call: Caller, query: str = "") -> dict[str, Any]:
    answer = call("GET", PATH + query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_whoever_follows_the_cursor_reads_every_event_once_and_goes_on_later(call: Caller, merchant: Merchant) -> None:
    for number in range(5):
        tell(merchant.tenant, subject_id=number)
    dispatch.dispatch(now=clock.now())
    seen, cursor, more = [], "", True
    while more:
        found = page(call, f"?limit=2{cursor}")
        seen += [event["id"] for event in found["data"]]
        more = found["pagination"]["hasMore"]
        cursor = f"&cursor={found['pagination']['nextCursor']}"

    nothing_new = page(call, f"?limit=2{cursor}")
    late = told(merchant.tenant)
    new = page(call, f"?limit=2{cursor}")

    assert len(seen) == len(set(seen)) == 5
    assert (nothing_new["data"], f"&cursor={nothing_new['pagination']['nextCursor']}") == ([], cursor)
    assert [event["id"] for event in new["data"]] == [ids.show(ids.EVENT, late.public_id)]


def test_an_event_is_shown_as_a_webhook_carries_it(call: Caller, merchant: Merchant) -> None:
    event = told(merchant.tenant)
    event_id = ids.show(ids.EVENT, event.public_id)

    (listed,) = page(call)["data"]

    assert listed == call("GET", f"{PATH}/{event_id}").json()["data"]
    assert (listed["id"], listed["type"], listed["version"], listed["sequence"]) == (
        event_id, "payment.completed", 3, event.sequence,
    )  # fmt: skip
    assert listed["data"] == catalog.EXAMPLES["payment.completed"]


def test_what_is_not_dispatched_yet_is_not_there_yet(call: Caller, merchant: Merchant) -> None:
    tell(merchant.tenant)

    assert page(call)["data"] == []


def test_events_are_narrowed_by_type_and_time(call: Caller, merchant: Merchant) -> None:
    now = clock.now()
    told(merchant.tenant, now=now - timedelta(hours=2))
    told(merchant.tenant, kind=catalog.WALLET_CREDITED, now=now)

    def count(**query: str) -> int:
        return len(page(call, "?" + "&".join(f"{name}={value}" for name, value in query.items()))["data"])

    hour_ago = (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert count(type="wallet.credited") == 1
    assert (count(createdFrom=hour_ago), count(createdTo=hour_ago)) == (1, 1)
    assert count(type="payment.completed", createdFrom=hour_ago) == 0


def test_events_are_narrowed_to_a_payment_or_a_wallet_of_the_tenant(call: Caller, merchant: Merchant) -> None:
    attempt = make_payment(merchant, Status.COMPLETED)
    make_payment(merchant, Status.FAILED)
    dispatch.dispatch(now=clock.now())
    payment, wallet = attempt.payment, attempt.payment.wallet
    stranger = Caller(make_merchant().key)
    subject = f"?subject={ids.show(ids.PAYMENT, payment.public_id)}"

    of_payment = [event["type"] for event in page(call, subject)["data"]]
    of_wallet = [event["type"] for event in page(call, f"?subject={ids.show(ids.WALLET, wallet.public_id)}")["data"]]

    assert of_payment == ["payment.created", "payment.completed"]
    assert of_wallet == ["wallet.credited"]
    assert page(stranger, subject)["data"] == []
    assert page(call, f"?subject={ids.show(ids.PAYMENT, ids.uuid7())}")["data"] == []


@pytest.mark.parametrize(
    "query",
    ["?type=payment.teleported", "?cursor=x", "?limit=0", "?limit=201", "?createdFrom=soon", "?tenant=1", "?after=3"],
)
def test_a_query_that_is_not_known_is_refused(call: Caller, query: str) -> None:
    assert call("GET", PATH + query).status_code == 400


@pytest.mark.row("I1")
def test_nobody_reads_the_events_of_another_tenant(call: Caller, merchant: Merchant) -> None:
    event_id = ids.show(ids.EVENT, told(merchant.tenant).public_id)
    stranger = Caller(make_api_key_of(make_merchant(), scopes=("events:read", "webhooks:write")))

    answers = [stranger("GET", f"{PATH}/{event_id}"), stranger("GET", f"{PATH}/{event_id}/deliveries")]
    answers.append(stranger("POST", f"{PATH}/{event_id}/deliveries/whe_{'0' * 32}/replay"))

    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(404, "EVENT_NOT_FOUND")}
    assert page(stranger)["data"] == []
    assert len(page(call)["data"]) == 1


def test_a_payer_reads_no_events(merchant: Merchant) -> None:
    payer = Caller(make_api_key_of(merchant, scopes=("payments:read",)))

    assert payer("GET", PATH).status_code == 403


def test_a_page_costs_one_query_beside_the_key(
    call: Caller, merchant: Merchant, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        told(merchant.tenant)

    with django_assert_max_num_queries(2):
        page(call)
    assert OutboxEvent.objects.count() == 10

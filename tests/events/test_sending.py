"""From an event to a receiver that verifies it, over real HTTP; slow ones hold up nobody, no claim is sent twice."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from standardwebhooks.webhooks import Webhook

from common import clock, ids
from events import catalog, http
from events.body import BODY_BYTES_MAX
from events.models import Delivery, DeliveryState, DeliveryTry
from events.services import claims, endpoints, sending
from tenants.models import Tenant
from tests.events.making import Hooked, hook_up, only_delivery, send_all, tell, told
from tests.events.receiver import Receiver, listening, wait_until
from tests.support.factories import make_tenant
from tests.support.threads import raised, together


def test_a_receiver_verifies_what_we_deliver(tenant: Tenant, hooked: Hooked, receiver: Receiver) -> None:
    tell(tenant, subject_id=17)

    assert send_all() == 1

    (got,) = receiver.received
    delivery = only_delivery()
    event = Webhook(hooked.secret).verify(got.body, got.headers)
    assert event == {
        "id": ids.show(ids.EVENT, delivery.event.public_id),
        "type": "payment.completed",
        "createdAt": event["createdAt"],
        "occurredAt": event["occurredAt"],
        "version": 3,
        "sequence": delivery.event.sequence,
        "data": catalog.EXAMPLES["payment.completed"],
    }
    assert got.id == event["id"]
    assert got.headers["content-type"] == "application/json"
    assert (delivery.state, delivery.tries, delivery.last_result) == (DeliveryState.DELIVERED, 1, "delivered")
    assert DeliveryTry.objects.get().status == 204


@pytest.mark.row("H6")
def test_every_try_has_the_same_id_and_body_and_a_time_and_signature_of_its_own(
    tenant: Tenant, hooked: Hooked, receiver: Receiver
) -> None:
    receiver.status = 500
    told(tenant)
    sending.deliver()
    first = receiver.received[0]
    Delivery.objects.update(next_try_at=clock.now())
    clock.pause(1.1 - (clock.now().microsecond / 1_000_000) % 1)
    receiver.status = 200

    sending.deliver()

    second = receiver.received[1]
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert only_delivery().state == DeliveryState.DELIVERED
    assert list(DeliveryTry.objects.order_by("number").values_list("number", "status")) == [(1, 500), (2, 200)]


def test_during_the_overlap_old_and_new_secret_verify_and_after_it_only_the_new(
    tenant: Tenant, hooked: Hooked, receiver: Receiver
) -> None:
    _, new = endpoints.rotate_secret(hooked.endpoint.pk, now=clock.now(), overlap=timedelta(hours=1))
    tell(tenant)
    send_all()

    (got,) = receiver.received
    assert Webhook(hooked.secret).verify(got.body, got.headers) == Webhook(new).verify(got.body, got.headers)
    assert len(got.headers["webhook-signature"].split()) == 2

    endpoint = hooked.now()
    endpoint.previous_until = clock.now() - timedelta(seconds=1)
    endpoint.save()
    tell(tenant)
    send_all()

    got = receiver.received[1]
    assert len(got.headers["webhook-signature"].split()) == 1
    assert Webhook(new).verify(got.body, got.headers)


def test_without_an_overlap_the_old_secret_dies_at_once(tenant: Tenant, hooked: Hooked, receiver: Receiver) -> None:
    _, new = endpoints.rotate_secret(hooked.endpoint.pk, now=clock.now(), overlap=timedelta(0))
    tell(tenant)
    send_all()

    (got,) = receiver.received
    assert len(got.headers["webhook-signature"].split()) == 1
    assert Webhook(new).verify(got.body, got.headers)


def test_an_endpoint_whose_secret_cannot_be_opened_is_not_blamed(
    tenant: Tenant, hooked: Hooked, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = hooked.now()
    endpoint.secrets = bytes(endpoint.secrets)[:-1] + b"\x00"
    endpoint.save()
    tell(tenant)

    assert send_all() == 0

    assert "webhook cannot be signed" in caplog.text
    assert (receiver.received, hooked.now().failures_in_a_row, only_delivery().tries) == ([], 0, 0)


def test_a_body_beyond_20_kilobytes_is_told_without_its_data(
    tenant: Tenant, hooked: Hooked, receiver: Receiver
) -> None:
    tell(tenant, metadata="x" * BODY_BYTES_MAX)

    send_all()

    (got,) = receiver.received
    assert len(got.body) < BODY_BYTES_MAX
    assert (got.event["data"], got.event["dataOmitted"]) == ({}, True)


def test_every_event_of_the_catalog_is_far_below_20_kilobytes(
    tenant: Tenant, hooked: Hooked, receiver: Receiver
) -> None:
    for kind in catalog.EXAMPLES:
        tell(tenant, kind=kind)

    send_all()

    assert sorted(got.event["type"] for got in receiver.received) == sorted(catalog.EXAMPLES)
    assert max(len(got.body) for got in receiver.received) < 1_000


def test_what_a_receiver_answers_is_kept_redacted_and_short(tenant: Tenant, hooked: Hooked, receiver: Receiver) -> None:
    receiver.status = 500
    receiver.body = (
        b'{"error":"no","token":"abc123","mail":"awa@example.com","key":"sk_live_canary1234"}' + b" x" * 4_000
    )

    told(tenant)
    sending.deliver()

    answer = DeliveryTry.objects.get().answer
    assert '"error":"no"' in answer
    assert len(answer) <= 1_000
    for secret in ("abc123", "awa@", "canary"):
        assert secret not in answer


@pytest.mark.row("H5", "H12")
@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_keeps_its_few_places_and_the_others_go_on(receiver: Receiver) -> None:
    tenant = make_tenant()
    with listening() as slow:
        slow.let_go.clear()
        slow_one, quick_one = hook_up(tenant, slow.url), hook_up(tenant, receiver.url)
        for number in range(30):
            tell(tenant, subject_id=number)
        worker = threading.Thread(target=_work)
        worker.start()
        wait_until(lambda: len(receiver.received) == 30)

        assert slow.busiest == claims.UNDER_WAY_MAX
        assert len(slow.received) == claims.UNDER_WAY_MAX
        slow.let_go.set()
        worker.join(timeout=20)

    assert Delivery.objects.filter(endpoint=slow_one.endpoint, state="delivered").count() == 30
    assert Delivery.objects.filter(endpoint=quick_one.endpoint, state="delivered").count() == 30
    assert slow.busiest == claims.UNDER_WAY_MAX


def _work() -> None:
    try:
        send_all()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_many_claimers_at_once_take_each_delivery_once_and_no_more_than_an_endpoint_bears() -> None:
    tenant = make_tenant()
    hook_up(tenant, "http://127.0.0.1:9/a"), hook_up(tenant, "http://127.0.0.1:9/b")
    for number in range(20):
        told(tenant, subject_id=number)
    now = clock.now()

    results = together([lambda: claims.claim_due(now=now, limit=50)] * 8)

    assert raised(results) == []
    taken = [claim.delivery_id for result in results for claim in result]  # type: ignore[union-attr]
    assert len(taken) == len(set(taken))
    assert 0 < len(taken) <= 2 * claims.UNDER_WAY_MAX
    assert Delivery.objects.filter(claimed_until__gt=now).count() == len(taken)


@pytest.mark.row("H4")
def test_a_delivery_that_we_cannot_make_holds_up_no_other(
    tenant: Tenant, hooked: Hooked, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = hook_up(tenant, receiver.url + "/broken")
    post = http.post

    def fail_for_one(url: str, **request: Any) -> http.Ended:
        if url == broken.endpoint.url:
            raise RuntimeError("a mistake of ours")
        return post(url, **request)

    monkeypatch.setattr(http, "post", fail_for_one)
    tell(tenant)

    assert send_all() == 2

    results = dict(Delivery.objects.values_list("endpoint_id", "last_result"))
    assert results == {hooked.endpoint.pk: "delivered", broken.endpoint.pk: "internal_error"}


def test_a_second_caller_in_the_process_leaves_the_work_to_the_first(tenant: Tenant, hooked: Hooked) -> None:
    told(tenant)

    with sending._at_it:
        assert sending.deliver() == 0


@pytest.mark.row("H7")
@pytest.mark.django_db(transaction=True)
def test_told_to_stop_it_finishes_what_is_under_way_and_claims_nothing_more(receiver: Receiver) -> None:
    tenant = make_tenant()
    hook_up(tenant, receiver.url)
    receiver.let_go.clear()
    for number in range(10):
        tell(tenant, subject_id=number)
    worker = threading.Thread(target=_work)
    worker.start()
    wait_until(lambda: len(receiver.received) == claims.UNDER_WAY_MAX)

    sending.stop()
    receiver.let_go.set()
    worker.join(timeout=20)

    assert Delivery.objects.filter(state="delivered").count() == claims.UNDER_WAY_MAX
    assert Delivery.objects.filter(state="waiting", claimed_until=None).count() == 10 - claims.UNDER_WAY_MAX

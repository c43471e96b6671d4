"""The same events published to a broker: once the broker has them, and again when we cannot know that it has."""

import os
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
import redis
from kombu import Connection, Exchange, Queue
from pytest_django.fixtures import Settings

from common import clock, ids
from events import catalog
from events.models import OutboxEvent, StreamEntry
from events.services import dispatch, streaming
from events.stream import StreamUrlInvalid, connect
from tenants.models import Tenant
from tests.events.making import tell, told
from tests.support.threads import raised, together

RABBITMQ = os.environ.get("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture
def name() -> str:
    """Never the same in two runs: brokers outlive the database of a test."""
    return f"test.events.{ids.uuid7().hex}"


@pytest.fixture
def stream(name: str, settings: Settings) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.ConnectionError:
        pytest.skip(f"no Redis at {REDIS.rpartition('@')[2]}")
    settings.EVENTS_STREAM_URL = f"{REDIS}?stream={name}"
    yield client
    client.delete(name)
    client.close()


@pytest.fixture
def queue(name: str, settings: Settings) -> Iterator[Queue]:
    """Bound to the exchange for payments alone."""
    settings.EVENTS_STREAM_URL = f"{RABBITMQ}?exchange={name}"
    with Connection(RABBITMQ, connect_timeout=1) as broker:
        try:
            broker.ensure_connection(max_retries=1, timeout=2)
        except OSError:
            pytest.skip(f"no RabbitMQ at {RABBITMQ.rpartition('@')[2]}")
        exchange = Exchange(name, type="topic", durable=True)
        bound = Queue(name, exchange, routing_key="payment.*", exclusive=True).bind(broker.channel())
        bound.declare()
        yield bound
        bound.delete()
        exchange.bind(broker.channel()).delete()


def test_events_go_to_a_redis_stream_in_their_order(tenant: Tenant, name: str, stream: redis.Redis) -> None:
    for kind in (catalog.PAYMENT_CREATED, catalog.PAYMENT_COMPLETED, catalog.WALLET_CREDITED):
        tell(tenant, kind=kind)
    dispatch.dispatch(now=clock.now())

    assert streaming.publish(now=clock.now()) == 3

    entries = [fields for _, fields in stream.xrange(name)]
    assert [fields[b"type"].decode() for fields in entries] == [
        "payment.created",
        "payment.completed",
        "wallet.credited",
    ]
    body = orjson.loads(entries[0][b"body"])
    assert body["id"] == entries[0][b"id"].decode()
    assert entries[0][b"tenant"].decode() == ids.show(ids.TENANT, tenant.public_id)
    assert (StreamEntry.objects.count(), streaming.publish(now=clock.now())) == (0, 0)


def test_events_go_to_a_topic_exchange_of_rabbitmq(tenant: Tenant, queue: Queue) -> None:
    event = told(tenant, kind=catalog.PAYMENT_COMPLETED)
    told(tenant, kind=catalog.WALLET_CREDITED)

    assert streaming.publish(now=clock.now()) == 2

    message = queue.get(no_ack=True)
    assert message.delivery_info["routing_key"] == "payment.completed"
    assert message.properties["message_id"] == ids.show(ids.EVENT, event.public_id)
    assert message.properties["delivery_mode"] == 2
    assert orjson.loads(message.body)["data"] == catalog.EXAMPLES[catalog.PAYMENT_COMPLETED]
    assert queue.get(no_ack=True) is None


def test_without_a_stream_no_entry_is_made(tenant: Tenant) -> None:
    told(tenant)

    assert (StreamEntry.objects.count(), streaming.publish(now=clock.now())) == (0, 0)


def test_a_broker_that_is_away_loses_nothing(tenant: Tenant, settings: Settings) -> None:
    settings.EVENTS_STREAM_URL = "redis://127.0.0.1:1/0"
    told(tenant)

    with pytest.raises(redis.ConnectionError):
        streaming.publish(now=clock.now())

    assert StreamEntry.objects.count() == 1
    assert streaming.claim(now=clock.now()) == []
    assert len(streaming.claim(now=clock.now() + streaming.LEASE)) == 1


def test_who_dies_after_publishing_leaves_it_to_be_published_again(
    tenant: Tenant, name: str, stream: redis.Redis
) -> None:
    told(tenant)
    entries = streaming.claim(now=clock.now() - streaming.LEASE)
    with connect(streaming.settings.EVENTS_STREAM_URL) as publisher:
        publisher.publish(list(OutboxEvent.objects.select_related("tenant").filter(pk__in=entries)))

    assert streaming.publish(now=clock.now() + timedelta(seconds=1)) == 1

    assert len({fields[b"id"] for _, fields in stream.xrange(name)}) == 1
    assert stream.xlen(name) == 2


@pytest.mark.django_db(transaction=True)
def test_two_claimers_share_the_entries(settings: Settings) -> None:
    from tests.support.factories import make_tenant

    settings.EVENTS_STREAM_URL = "redis://127.0.0.1:1/0"
    tenant = make_tenant()
    for number in range(40):
        tell(tenant, subject_id=number)
    dispatch.dispatch(now=clock.now())
    now = clock.now()

    results = together([lambda: streaming.claim(now=now, limit=10)] * 4)

    assert raised(results) == []
    taken = [entry for result in results for entry in result]  # type: ignore[union-attr]
    assert len(taken) == len(set(taken)) > 0


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(StreamUrlInvalid), connect("kafka://127.0.0.1"):
        pass

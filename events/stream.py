"""Where events are published beside webhooks: a topic exchange of RabbitMQ or a stream of Redis, by EVENTS_STREAM_URL.

`amqp://user:password@host:5672/vhost?exchange=payments.events` · `redis://host:6379/0?stream=payments.events`
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit, urlunsplit

import redis
from kombu import Connection, Exchange, Producer

from common import ids
from events.body import body_of
from events.models import OutboxEvent

DEFAULT_NAME = "payments.events"
_CONNECT_SECONDS = 5
_STREAM_LENGTH_MAX = 1_000_000
_PERSISTENT = 2


class Publisher(Protocol):
    def publish(self, events: Sequence[OutboxEvent]) -> None:
        """Returns when the broker has them all; raises when it may not."""
        ...


class StreamUrlInvalid(Exception):
    """EVENTS_STREAM_URL is of no kind that we publish to."""


@contextmanager
def connect(url: str) -> Iterator[Publisher]:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    address = urlunsplit(parts._replace(query=""))
    if parts.scheme in ("amqp", "amqps"):
        with Connection(
            address, connect_timeout=_CONNECT_SECONDS, transport_options={"confirm_publish": True}
        ) as broker:
            yield _Topic(broker, options.get("exchange", DEFAULT_NAME))
    elif parts.scheme in ("redis", "rediss"):
        client = redis.Redis.from_url(address, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_CONNECT_SECONDS)
        with client:
            yield _Stream(client, options.get("stream", DEFAULT_NAME))
    else:
        raise StreamUrlInvalid("EVENTS_STREAM_URL starts with amqp://, amqps://, redis:// or rediss://.")


class _Topic:
    """Routing key: the type of the event. The broker confirms each message after it is stored."""

    def __init__(self, broker: Connection, name: str) -> None:
        self._producer = Producer(broker, exchange=Exchange(name, type="topic", durable=True), auto_declare=True)

    def publish(self, events: Sequence[OutboxEvent]) -> None:
        for event in events:
            self._producer.publish(
                body_of(event),
                routing_key=event.type,
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=_PERSISTENT,
                message_id=ids.show(ids.EVENT, event.public_id),
                headers=_about(event),
            )


class _Stream:
    """One entry per event, its fields as a webhook's headers and body."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._client = client
        self._name = name

    def publish(self, events: Sequence[OutboxEvent]) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for event in events:
                pipeline.xadd(self._name, _fields(event), maxlen=_STREAM_LENGTH_MAX, approximate=True)
            pipeline.execute()


def _fields(event: OutboxEvent) -> dict[Any, Any]:
    return {"id": ids.show(ids.EVENT, event.public_id), "type": event.type, "body": body_of(event), **_about(event)}


def _about(event: OutboxEvent) -> dict[str, str]:
    return {"tenant": ids.show(ids.TENANT, event.tenant.public_id)}

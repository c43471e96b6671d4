"""What is measured of webhooks out: how each try ended and how long it took, and what waits, read when asked for."""

from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

DELIVERIES = Counter("webhook_deliveries_total", "Tries to deliver a webhook, by how they ended.", ["result"])
LATENCY = Histogram(
    "webhook_delivery_seconds",
    "Seconds from resolving the name of an endpoint to its answer or its end without one.",
)

# Each count reads a partial index of the rows that wait, and no more of them than this.
_COUNTED_MAX = 10_000
_WAITING = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM events_outboxevent WHERE dispatched_at IS NULL LIMIT %(most)s) o),
       (SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0) FROM
           (SELECT recorded_at FROM events_outboxevent WHERE dispatched_at IS NULL ORDER BY id LIMIT 1) o),
       (SELECT count(*) FROM (SELECT 1 FROM events_delivery d JOIN events_webhookendpoint e ON e.id = d.endpoint_id
           WHERE e.state = 'active' AND d.state = 'waiting' LIMIT %(most)s) d),
       (SELECT coalesce(extract(epoch FROM now() - min(d.oldest)), 0) FROM events_webhookendpoint e CROSS JOIN LATERAL
           (SELECT min(created_at) AS oldest FROM
               (SELECT created_at FROM events_delivery WHERE endpoint_id = e.id AND state = 'waiting'
                ORDER BY next_try_at LIMIT %(most)s) w) d WHERE e.state = 'active'),
       (SELECT count(*) FROM events_webhookendpoint WHERE state = 'paused')
"""
_GAUGES = (
    ("outbox_undispatched", "Events that have no deliveries yet."),
    ("outbox_oldest_seconds", "Age of the oldest of them."),
    ("webhook_deliveries_waiting", "Deliveries to active endpoints that are still to be made."),
    ("webhook_oldest_waiting_seconds", "Age of the oldest of them."),
    ("webhook_endpoints_paused", "Endpoints that are not called for now."),
)


class WaitingCollector(Collector):
    """Counts up to 10,000 of each; a database that is away leaves them out and fails no scrape."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(_WAITING, {"most": _COUNTED_MAX})
                values = cursor.fetchone()
        except DatabaseError:
            return
        for (name, words), value in zip(_GAUGES, values, strict=True):
            yield GaugeMetricFamily(name, words, value=value)


def register() -> None:
    """Once per process, where metrics are asked for."""
    if not _registered:
        REGISTRY.register(WaitingCollector())
        _registered.append(True)


_registered: list[bool] = []

"""What monitors read about webhooks: counted at the door, and looked up in the inbox when they ask.

What workers do is looked up, because monitors ask the web process; only failures and what waits are counted there, by
their partial indexes.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import Error
from django.db.models import Count, Min
from prometheus_client import REGISTRY, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common import clock
from gateways.models import InboundEvent, InboundState, UnusedEventType

logger = logging.getLogger(__name__)

RECEIVED = Counter("payment_webhooks_received_total", "Genuine webhooks, new or known already.", ["gateway", "kind"])
REFUSED = Counter(
    "payment_webhooks_refused_total", "Webhooks that were not taken, by the code answered.", ["gateway", "code"]
)

_UNFINISHED = (InboundState.RECEIVED, InboundState.PARKED, InboundState.DEAD)


class InboxCollector(Collector):
    """Reads when it is asked. Where the database does not answer, the other metrics still do."""

    def describe(self) -> list[Metric]:
        """Nothing, so that registering asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            metrics = [*_unfinished(now=clock.now()), _unused()]
        except Error:
            logger.warning("the inbox could not be read for monitors", exc_info=True)
            return
        yield from metrics


def register() -> None:
    REGISTRY.register(InboxCollector())


def _unfinished(*, now: datetime) -> list[Metric]:
    count = GaugeMetricFamily("payment_webhooks_unfinished", "Webhooks not yet applied, by state.", labels=["state"])
    age = GaugeMetricFamily("payment_webhooks_oldest_seconds", "Age of the oldest of these.", labels=["state"])
    rows = InboundEvent.objects.filter(state__in=_UNFINISHED).order_by("state").values("state")
    found = {row["state"]: row for row in rows.annotate(count=Count("pk"), oldest=Min("received_at"))}
    for state in _UNFINISHED:
        row = found.get(state)
        count.add_metric([state], row["count"] if row else 0)
        age.add_metric([state], (now - row["oldest"]).total_seconds() if row else 0)
    return [count, age]


def _unused() -> Metric:
    family = CounterMetricFamily(
        "payment_webhooks_unused", "Webhooks of types that told nothing about money.", labels=["gateway", "event_type"]
    )
    for row in UnusedEventType.objects.order_by("gateway", "event_type"):
        family.add_metric([row.gateway, row.event_type], row.count)
    return family

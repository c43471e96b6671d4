"""A process that settles what has arrived, by the service's rule or the naive one, each time a line asks for it.

Answers each line with one line of JSON.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from bench.naive_settle import settle_stored
from common import clock
from gateways.models import InboundEvent
from reconciliation.apply import apply_inbox


class Command(BaseCommand):
    help = "Settle on request, and say how long it took."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rule", choices=("service", "naive"))

    def handle(self, *args: Any, **options: Any) -> None:
        settle = settle_as_service if options["rule"] == "service" else settle_naively
        _answer(ready=True)
        for _ in sys.stdin:
            _measure(settle)


def settle_as_service() -> int:
    events = 0
    while taken := apply_inbox(now=clock.now()):
        events += taken
    return events


def settle_naively() -> int:
    ids = list(
        InboundEvent.objects.filter(state="received", event_type="payment_intent.succeeded")
        .order_by("id")
        .values_list("id", flat=True)
    )
    for event_id in ids:
        settle_stored(event_id)
    return len(ids)


def _measure(settle: Callable[[], int]) -> None:
    cpu, started = time.process_time(), time.perf_counter()
    try:
        events = settle()
    except Exception as error:  # noqa: BLE001 - whatever it is, the benchmark reports it
        _answer(error=f"{type(error).__name__}: {error}")
        return
    _answer(events=events, seconds=time.perf_counter() - started, cpu_seconds=time.process_time() - cpu)


def _answer(**values: object) -> None:
    print(json.dumps(values), flush=True)

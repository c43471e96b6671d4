"""Play the demo against the running service and check every claim; exit code 0 only when all hold."""

import json
import statistics
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import clock
from demo import gateway_books
from demo.eight_ways import eight_ways
from demo.fallback_scenes import safe_fallback, unknown_outcome
from demo.scenes import SCENES, evening_rush, together, webhook_never
from demo.simulator import Simulator
from demo.stage import Stage
from demo.story import Story
from gateways.models import InboundEvent
from reconciliation.invariants import CHECKS, verify_books


class Command(BaseCommand):
    help = "Cards, webhooks that misbehave, eight gateways, a fallback and one that must not be: played and checked."

    def handle(self, *args: Any, **options: Any) -> None:
        access = json.loads((Path(settings.DATA_DIR) / "demo_access.json").read_text())
        simulator = Simulator(settings.SIMULATOR_URL)
        simulator.wait(seconds=10)
        simulator.clear_faults()
        stage = Stage(address=settings.PUBLIC_URL, api_key=access["api_key"], simulator=simulator)
        story = Story(out=sys.stdout)
        started_at = clock.now()
        for scene in (*SCENES, eight_ways, safe_fallback):
            scene(stage, story)
        together(stage, story, webhook_never, unknown_outcome)
        evening_rush(stage, story)
        simulator.clear_faults()
        _check_books(story, stage, started_at=started_at)
        latency = _received_to_settled(story, since=started_at)
        _write(story, latency)
        story.say("")
        if not story.holds:
            raise CommandError("Not every claim holds: see ✗ above.")
        story.say("BOOKS BALANCE")


def _check_books(story: Story, stage: Stage, *, started_at: datetime) -> None:
    story.begin("The books", "Everything ever booked, checked in one snapshot and against every gateway's own book.")
    found = verify_books(now=clock.now())
    wrong = {difference["check"] for difference in found.differences}
    for check in CHECKS:
        story.claim(check.claim, check.name not in wrong)
    story.say(f"   {found.transactions} transactions, {found.entries} entries, {found.seconds} s")
    for account in gateway_books.compared(stage.simulator.books(), since=started_at):
        words = f"{account.account}: its own book says the same as ours, {account.text or 'nothing taken'}"
        story.claim(words, account.ours == account.theirs)


def _received_to_settled(story: Story, *, since: datetime) -> dict[str, float]:
    """Milliseconds between a webhook's arrival and its settlement, of this run's successes."""
    rows = InboundEvent.objects.filter(
        received_at__gte=since, event_type="payment_intent.succeeded", settled_at__isnull=False, tries=1
    ).values_list("received_at", "settled_at")
    waits = sorted((settled - received).total_seconds() * 1000 for received, settled in rows if settled)
    cuts = statistics.quantiles(waits, n=20, method="inclusive")
    latency = {"p50": round(statistics.median(waits), 1), "p95": round(cuts[18], 1)}
    story.say(
        f"   From webhook received to settled: p50 {latency['p50']} ms, p95 {latency['p95']} ms (n = {len(waits)})"
    )
    return latency


def _write(story: Story, latency: dict[str, float]) -> None:
    result = {
        "checks": [{"name": name, "holds": holds} for name, holds in story.checks],
        "received_to_settled_ms": latency,
    }
    (Path(settings.DATA_DIR) / "demo.json").write_text(json.dumps(result, indent=2, ensure_ascii=False))

"""`manage.py unused_webhooks`: types of webhooks that said nothing about money, by gateway, the newest type first."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gateways.models import UnusedEventType


class Command(BaseCommand):
    help = "List the types of webhooks that told us nothing about a payment: how many, since when, and when last."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--gateway", default="", help="of one gateway, such as stripe")
        parser.add_argument("--json", action="store_true", help="print as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = UnusedEventType.objects.order_by("gateway", "-first_seen_at", "event_type")
        if options["gateway"]:
            rows = rows.filter(gateway=options["gateway"])
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(row) for row in rows]))
            return
        for row in rows:
            seen = f"first {row.first_seen_at:%Y-%m-%d %H:%M}, last {row.last_seen_at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(f"{row.gateway:<14} {row.event_type:<50} {row.count:>8}  {seen}")
        if not rows:
            self.stdout.write("Every webhook so far told us something, or none has come yet.")


def _as_json(row: UnusedEventType) -> dict[str, Any]:
    return {
        "gateway": row.gateway,
        "type": row.event_type,
        "count": row.count,
        "firstSeenAt": row.first_seen_at.isoformat(),
        "lastSeenAt": row.last_seen_at.isoformat(),
    }

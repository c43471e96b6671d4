"""`manage.py replay_webhooks`: have stored webhooks applied again, those that failed unless told otherwise."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from common import clock, ids
from gateways.models import InboundState
from gateways.replay import FAILED, Wanted, count_by_state, replay

_STATES = ("failed", *(state.value for state in InboundState if state is not InboundState.RECEIVED), "all")
_ALL = tuple(state for state in InboundState if state is not InboundState.RECEIVED)


class Command(BaseCommand):
    help = (
        "Have stored webhooks applied again, the oldest first. Harmless: what was applied before changes nothing. "
        "Without --id and --state those that failed (parked and given up)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--id", action="append", default=[], help="the gateway's event id; may be repeated")
        parser.add_argument("--account", type=_account, help="of one gateway account: gwa_…")
        parser.add_argument("--gateway", default="", help="of one gateway, such as stripe")
        parser.add_argument("--state", action="append", choices=_STATES, help="may be repeated (default: failed)")
        parser.add_argument("--type", default="", help="of one event type, such as payment_intent.succeeded")
        parser.add_argument("--since", type=_moment, help="received from then on: 2026-11-21 or 2026-11-21T14:00, UTC")
        parser.add_argument("--until", type=_moment, help="received before then")
        parser.add_argument("--limit", type=int, default=10_000, help="at most so many (default: %(default)s)")
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        rows = _wanted(options).rows()
        found = count_by_state(rows, limit=options["limit"])
        for state, count in found.items():
            self.stdout.write(f"{state:<10} {count}")
        if options["dry_run"]:
            self.stdout.write(f"{sum(found.values())} webhooks would be applied again.")
            return
        done = replay(rows, limit=options["limit"], now=clock.now())
        self.stdout.write(f"{done} webhooks are applied again now.")


def _wanted(options: dict[str, Any]) -> Wanted:
    return Wanted(
        event_ids=options["id"],
        account=options["account"],
        gateway=options["gateway"],
        states=_states(options["state"], has_ids=bool(options["id"])),
        event_type=options["type"],
        since=options["since"],
        until=options["until"],
    )


def _states(words: list[str] | None, *, has_ids: bool) -> tuple[InboundState, ...]:
    if not words:
        return _ALL if has_ids else FAILED
    found: set[InboundState] = set()
    for word in words:
        found.update({"all": _ALL, "failed": FAILED}.get(word) or (InboundState(word),))
    return tuple(state for state in _ALL if state in found)


def _account(text: str) -> UUID:
    found = ids.read(ids.GATEWAY_ACCOUNT, text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not a gateway account: gwa_ and 32 hexadecimal digits")
    return found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day or a time such as 2026-11-21T14:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

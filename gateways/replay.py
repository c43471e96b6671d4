"""Having stored webhooks applied again. Always harmless: what was applied before moves nothing a second time.

A replayed success finds its payment paid. Replayed news of any other kind is old by now, so the gateway is asked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from common.queue import wake
from gateways.models import InboundEvent, InboundState

FAILED = (InboundState.PARKED, InboundState.DEAD)
SETTLE_TASK = "reconciliation.tasks.settle_inbox"
# So few rows are locked at once that the settle worker never waits long.
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which webhooks; what is left empty matches all. `until` itself is not included."""

    event_ids: Sequence[str] = ()
    account: UUID | None = None
    gateway: str = ""
    states: Sequence[InboundState] = ()
    event_type: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def rows(self) -> QuerySet[InboundEvent]:
        wanted: dict[str, object] = {
            "dedupe_key__in": self.event_ids,
            "gateway_account__public_id": self.account,
            "gateway_account__gateway": self.gateway,
            "state__in": self.states,
            "event_type": self.event_type,
            "received_at__gte": self.since,
            "received_at__lt": self.until,
        }
        return InboundEvent.objects.filter(**{name: value for name, value in wanted.items() if value})


def count_by_state(rows: QuerySet[InboundEvent], *, limit: int) -> Mapping[str, int]:
    """How many of the oldest `limit` rows stand where. What is only just received is applied anyway, and left out."""
    states = _replayable(rows).order_by("pk").values_list("state", flat=True)[:limit]
    return dict(sorted(Counter(states).items()))


def replay(rows: QuerySet[InboundEvent], *, limit: int, now: datetime) -> int:
    """Have the oldest `limit` of these applied again, in the order in which they came. Returns how many."""
    keys = list(_replayable(rows).order_by("pk").values_list("pk", flat=True)[:limit])
    done = 0
    for start in range(0, len(keys), _SLICE):
        # Chosen again by state: a worker may have been quicker.
        chosen = InboundEvent.objects.filter(pk__in=keys[start : start + _SLICE]).exclude(state=InboundState.RECEIVED)
        done += chosen.update(
            state=InboundState.RECEIVED, reason="", tries=0, next_try_at=now, settled_at=None, replayed_at=now
        )
    if done:
        wake(SETTLE_TASK)
    return done


def _replayable(rows: QuerySet[InboundEvent]) -> QuerySet[InboundEvent]:
    return rows.exclude(state=InboundState.RECEIVED)

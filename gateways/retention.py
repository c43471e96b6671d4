"""How long webhooks are kept: the settled ones for INBOX_KEEP_DAYS, those that failed until a person has decided."""

from datetime import datetime, timedelta

from gateways.models import InboundEvent, InboundState

_SETTLED = (InboundState.APPLIED, InboundState.IGNORED)
# Rows are removed a few at a time, so that nobody waits for a long transaction.
_SLICE = 1_000


def prune(*, now: datetime, keep: timedelta) -> int:
    """Remove what was settled and came before `keep` ago. Returns how many.

    Walks the rows in the order of their arrival and ends at the first that is young: no index is needed for it.
    """
    before = now - keep
    removed = last = 0
    while True:
        rows = list(
            InboundEvent.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "received_at", "state")[:_SLICE]
        )
        old = [pk for pk, received_at, state in rows if received_at < before and state in _SETTLED]
        if old:
            removed += InboundEvent.objects.filter(pk__in=old, state__in=_SETTLED).delete()[0]
        if len(rows) < _SLICE or rows[-1][1] >= before:
            return removed
        last = rows[-1][0]

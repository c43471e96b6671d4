"""Cursor lists as Stripe gives them: newest first, `limit`, `starting_after`, `ending_before`, `created` bounds."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simulator.stripe.errors import ParameterRefused, missing_resource
from simulator.stripe.objects import list_shape
from simulator.stripe.params import Fields, Spec, Text, Texts, Whole
from simulator.wire import Json

LIMIT, LIMIT_MAX = 10, 100
PAGING: Spec = {
    "limit": Whole(),
    "starting_after": Text(),
    "ending_before": Text(),
    "expand": Texts(),
    "created": Fields({"gt": Whole(), "gte": Whole(), "lt": Whole(), "lte": Whole()}),
}
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}


def page(
    records: Mapping[str, Any],
    *,
    params: Json,
    url: str,
    show: Callable[[Any], Json],
    keep: Callable[[Any], bool] = lambda _: True,
) -> Json:
    """One page of records that are stored oldest first."""
    limit = params.get("limit", LIMIT)
    if not 1 <= limit <= LIMIT_MAX:
        raise ParameterRefused(f"Invalid limit: must be between 1 and {LIMIT_MAX}", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise ParameterRefused("You may only specify one of these parameters: starting_after, ending_before.")
    bounds = params.get("created", {})
    found = _matching(_candidates(records, params=params), bounds=bounds, keep=keep, count=limit + 1)
    has_more = len(found) > limit
    chosen = found[:limit]
    if "ending_before" in params:
        chosen.reverse()
    return list_shape([show(record) for record in chosen], url=url, has_more=has_more)


def _candidates(records: Mapping[str, Any], *, params: Json) -> Iterable[Any]:
    """Newest first after a cursor; oldest first, to be turned round, before one."""
    cursor = params.get("starting_after") or params.get("ending_before")
    if cursor is None:
        return reversed(records.values())  # type: ignore[call-overload]
    if cursor not in records:
        raise missing_resource("object", cursor, param="starting_after")
    ordered = list(records.values())
    position = list(records).index(cursor)
    return ordered[:position][::-1] if "starting_after" in params else ordered[position + 1 :]


def _matching(
    records: Iterable[Any], *, bounds: Mapping[str, int], keep: Callable[[Any], bool], count: int
) -> list[Any]:
    found: list[Any] = []
    oldest = max((bounds[name] for name in ("gt", "gte") if name in bounds), default=None)
    for record in records:
        if oldest is not None and record.created < oldest:
            continue
        if all(_BOUNDS[name](record.created, bound) for name, bound in bounds.items()) and keep(record):
            found.append(record)
            if len(found) == count:
                break
    return found

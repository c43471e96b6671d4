"""Looking for one of our references in Stripe's lists: its search lags by a minute and would miss a fresh one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from gateways.adapters.stripe.client import StripeApi
from gateways.adapters.stripe.refusals import error_code_of, is_json
from gateways.http import HttpAnswer

PAGES_MAX = 5
PAGE_SIZE = 100
# Our clock and Stripe's need not agree to the second.
_SKEW = timedelta(seconds=60)
UNREADABLE = (msgspec.MsgspecError, RecursionError)


class _Listed(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def reference(self) -> str: ...


Item = TypeVar("Item")
Listed = TypeVar("Listed", bound=_Listed)


class Page(msgspec.Struct, Generic[Item], frozen=True):
    data: list[Item]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Found(Generic[Listed]):
    """What was found, or in `code` why nothing was."""

    matches: list[Listed]
    answer: HttpAnswer
    code: str = ""


def find_by_reference(
    api: StripeApi,
    path: str,
    *,
    decode: Callable[[bytes], Page[Listed]],
    reference: str,
    since: datetime | None,
    expand: tuple[str, ...] = (),
) -> Found[Listed]:
    fields: dict[str, Any] = {"limit": PAGE_SIZE}
    if expand:
        fields["expand"] = list(expand)
    if since is not None:
        fields["created"] = {"gte": seconds(since - _SKEW)}
    for _number in range(PAGES_MAX):
        answer = api.get(path, fields)
        page = read_page(answer, decode)
        if page is None:
            return Found([], answer, error_code_of(answer) or "unreadable_answer")
        matches = [item for item in page.data if item.reference == reference]
        if matches:
            return Found(matches, answer)
        if not page.has_more or not page.data:
            return Found([], answer, "not_found")
        fields["starting_after"] = page.data[-1].id
    # There was more to read, so nobody can say that it is not there.
    return Found([], answer, "look_up_incomplete")


def read_page(answer: HttpAnswer, decode: Callable[[bytes], Page[Item]]) -> Page[Item] | None:
    if answer.status != 200 or not is_json(answer):
        return None
    try:
        return decode(answer.body)
    except UNREADABLE:
        return None


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())

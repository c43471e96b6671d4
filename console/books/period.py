"""Days in an address: `?from=2026-11-01&to=2026-11-21`, both included, on the console's clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils import timezone

from common import clock
from common.admin_filters import start_of

_YEAR_MIN, _YEAR_MAX = 2000, 2199


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last; None is no limit."""

    first: date | None = None
    last: date | None = None

    @property
    def start(self) -> datetime | None:
        return start_of(self.first) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The moment after the last day."""
        return start_of(self.last + timedelta(days=1)) if self.last else None

    @property
    def words(self) -> dict[str, str]:
        """As it stands in an address."""
        named = {"from": self.first, "to": self.last}
        return {name: day.isoformat() for name, day in named.items() if day}

    @property
    def before(self) -> "Period":
        """Everything before the first day."""
        return Period(last=self.first - timedelta(days=1)) if self.first else Period()

    @property
    def until(self) -> "Period":
        """Everything up to the last day."""
        return Period(last=self.last)


def asked(request: HttpRequest) -> Period:
    """Raises BadRequest when what stands there is no day."""
    return Period(first=_day(request, "from"), last=_day(request, "to"))


def this_month() -> Period:
    today = timezone.localdate(clock.now())
    return Period(first=today.replace(day=1), last=today)


def whole_number(request: HttpRequest, name: str) -> int | None:
    """The row at the edge of a page; None when there is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _day(request: HttpRequest, name: str) -> date | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{name} is a day such as 2026-11-21") from error
    if not _YEAR_MIN <= day.year <= _YEAR_MAX:
        raise BadRequest(f"{name} is outside the years that books are kept for")
    return day

"""Filters of the console's lists: one choice, a range of days, a saved queue. Each has its words in the address."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib.admin import ListFilter, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from common.admin_columns import Words


class ChoiceFilter(SimpleListFilter):
    """`?parameter=value`. A subclass names the column or says what the value means."""

    template = "console/filter_choice.html"
    column: ClassVar[str] = ""
    is_hidden: ClassVar[bool] = False

    def options(self) -> list[tuple[str, Words]]:
        return [(str(value), words) for value, words in self.lookup_choices]

    def chosen(self) -> Words | None:
        """What is chosen, in words; None when nothing is."""
        value = self.value()
        return dict(self.options()).get(value, value) if value else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        if value not in dict(self.options()):
            raise IncorrectLookupParameters
        return self.narrow(queryset, value)

    def narrow(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{self.column: value})


class TextFilter(ChoiceFilter):
    """`?parameter=text`, compared as a whole. A subclass names the column or says what the text means."""

    template = "console/filter_text.html"
    length_max: ClassVar[int] = 200

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return []

    def has_output(self) -> bool:
        return True

    def chosen(self) -> Words | None:
        return self.value() or None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        text = (self.value() or "").strip()
        if len(text) > self.length_max or "\0" in text:
            raise IncorrectLookupParameters
        return self.narrow(queryset, text) if text else queryset


class DayFilter(ListFilter):
    """`?from=2026-11-01&to=2026-11-21&by=…`: whole days on the console's clock, both ends included."""

    title = ""
    template = "console/filter_days.html"
    moments: ClassVar[Sequence[tuple[str, Words]]] = ()
    is_hidden = False

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.first = _day(str(self.used_parameters.get("from", "")))
        self.last = _day(str(self.used_parameters.get("to", "")))
        self.by = str(self.used_parameters.get("by") or self.moments[0][0])

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return ["from", "to", "by"]

    def choices(self, changelist: Any) -> Iterator[Any]:
        return iter(())

    def options(self) -> Sequence[tuple[str, Words]]:
        return self.moments

    def chosen(self) -> str | None:
        if not (self.first or self.last):
            return None
        words = dict(self.moments).get(self.by, "")
        return f"{words} {self.first or '…'} – {self.last or _('today')}"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.by not in dict(self.moments):
            raise IncorrectLookupParameters
        if self.first:
            queryset = queryset.filter(**{f"{self.by}__gte": start_of(self.first)})
        if self.last:
            queryset = queryset.filter(**{f"{self.by}__lt": start_of(self.last + timedelta(days=1))})
        return queryset


def start_of(day: date) -> datetime:
    """Midnight at which the day begins on the console's clock."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise IncorrectLookupParameters from error

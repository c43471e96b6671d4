"""What every list and record of the console shares: nothing is added, changed or deleted here, and no page counts rows.

An app declares columns; `console` decides how each kind of cell looks. A list has keyset pages: its cost does not grow
with the page or the table.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from django.contrib.admin import ShowFacets
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from common import ids
from common.admin_columns import Column, Link, Tab, Total, Words

PER_PAGE = 50


class KeysetChangeList(ChangeList):
    """Pages by key: `?after=` and `?before=` name the row at the edge. Order is always newest first."""

    has_next = False
    has_previous = False

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in ("after", "before")}

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        before, after = _whole_number(request, "before"), _whole_number(request, "after")
        size = self.list_per_page
        if before is not None:
            rows = list(self.queryset.filter(pk__gt=before).order_by("pk")[: size + 1])
            self.has_next, self.has_previous = True, len(rows) > size
            rows = rows[:size][::-1]
        else:
            earlier = self.queryset if after is None else self.queryset.filter(pk__lt=after)
            rows = list(earlier[: size + 1])
            self.has_next, self.has_previous = len(rows) > size, after is not None
            rows = rows[:size]
        self.result_list = rows
        self.result_count = self.full_result_count = len(rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_all = True

    @property
    def next_address(self) -> str:
        return self.get_query_string({"after": self.result_list[-1].pk}, ["before"]) if self.has_next else ""

    @property
    def previous_address(self) -> str:
        return self.get_query_string({"before": self.result_list[0].pk}, ["after"]) if self.has_previous else ""


class ReadOnlyAdmin(ModelAdmin):
    """A list and a record of one model, to be read. Two addresses; none of them changes a row."""

    columns: ClassVar[Sequence[Column]] = ()
    lines: ClassVar[Sequence[Column]] = ()
    tabs: ClassVar[Sequence[Tab]] = ()
    id_prefix: ClassVar[str] = ""
    search_hint: ClassVar[Words] = _("Exact id")
    empty_hint: ClassVar[Words] = ""
    change_list_template = "console/list.html"
    record_template: ClassVar[str] = "console/record.html"

    actions = None
    list_per_page = PER_PAGE
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name=f"{name}_changelist"),
            path("<path:object_id>/", view(self.record_view), name=f"{name}_change"),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = super().changelist_view(request, {"console_title": self.list_title(), **(extra_context or {})})
        context = response.context_data if isinstance(response, TemplateResponse) else None
        if context and "cl" in context:
            context |= {"admin": self, "total": self.total(context["cl"].queryset)}
        return response

    def record_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = self.find(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "admin": self,
            "record": record,
            "title": str(record),
            "console_title": str(record),
            "crumbs": [Link(str(self.list_title()), self.list_address())],
        }
        return TemplateResponse(request, self.record_template, context | self.record_context(request, record))

    def find(self, request: HttpRequest, object_id: str) -> Any:
        """The row of this key or public id. Raises Http404."""
        public_id = ids.read(self.id_prefix, object_id) if self.id_prefix else None
        if public_id is None and not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        named = {"public_id": public_id} if public_id else {"pk": int(object_id)}
        record = self.get_queryset(request).filter(**named).first()
        if record is None:
            raise Http404
        return record

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        """What the record's page needs beyond `lines`."""
        return {}

    def total(self, rows: QuerySet[Any]) -> Total | None:
        """What stands under the list; None where rows have no amount to sum."""
        return None

    def exact(self, request: HttpRequest, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows with exactly this id, of whatever kind; case kept."""
        return rows.none()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found = self.exact(request, queryset, search_term.strip()) if search_term.strip() else queryset
        return found, False

    def list_title(self) -> str:
        return capfirst(str(self.opts.verbose_name_plural))

    def list_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def address_of(self, record: Any) -> str:
        """Where the record's page is, by its public id where it has one."""
        key = ids.show(self.id_prefix, record.public_id) if self.id_prefix else str(record.pk)
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(key, safe="")])


def _whole_number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

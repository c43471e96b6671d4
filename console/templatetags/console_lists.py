"""Parts of a list page: where a row leads, tabs, filter fields, and chips that say in words what is filtered."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common.admin_columns import Tab

# Unfold loads this library while it is being imported: what needs Unfold is named for types only.
if TYPE_CHECKING:
    from common.admin import KeysetChangeList, ReadOnlyAdmin
    from common.admin_filters import ChoiceFilter, DayFilter

register = template.Library()


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    address: str


@register.simple_tag
def row_address(admin: "ReadOnlyAdmin", row: object) -> str:
    return admin.address_of(row)


@register.simple_tag
def tab_link(changelist: "KeysetChangeList", tab: Tab) -> SafeString:
    """A tab is current when its words are all that the address filters by."""
    current = dict(changelist.params) | _used(changelist)
    asked = "&".join(f"{name}={value}" for name, value in sorted(current.items()))
    mark = mark_safe(' aria-current="page"') if asked == tab.query else ""
    return format_html('<a href="?{}"{}>{}</a>', tab.query, mark, tab.title)


@register.simple_tag
def filter_field(spec: "ChoiceFilter | DayFilter") -> SafeString:
    name = "console/filter_hidden.html" if spec.is_hidden else spec.template
    return render_to_string(name, {"spec": spec})


@register.simple_tag
def filter_chips(changelist: "KeysetChangeList") -> list[Chip]:
    found = []
    for spec in changelist.filter_specs:
        text = spec.chosen()
        if text is not None:
            address = changelist.get_query_string(remove=[*spec.expected_parameters(), "after", "before"])
            found.append(Chip(f"{spec.title}: {text}" if spec.title else str(text), address))
    return found


def _used(changelist: "KeysetChangeList") -> dict[str, str]:
    return {
        name: str(value)
        for spec in changelist.filter_specs
        for name, value in spec.used_parameters.items()
        if value not in (None, "")
    }

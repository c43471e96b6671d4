"""From any id to its page, for the finder: exact ids only, upper and lower case as written, a few per kind."""

from django.contrib import admin
from django.http import HttpRequest

from common import ids
from common.admin import ReadOnlyAdmin
from common.admin_columns import Link

PER_KIND_MAX = 5


def found(request: HttpRequest, term: str) -> list[tuple[str, list[Link]]]:
    """What this person may see that has exactly this id, by kind."""
    groups = []
    for model_admin in _asked(term):
        if not model_admin.has_view_permission(request):
            continue
        rows = model_admin.exact(request, model_admin.get_queryset(request), term)[:PER_KIND_MAX]
        links = [Link(str(row), model_admin.address_of(row)) for row in rows]
        if links:
            groups.append((model_admin.list_title(), links))
    return groups


def _asked(term: str) -> list[ReadOnlyAdmin]:
    """An id with our prefix is one thing and opens that alone; any other is looked for everywhere."""
    searched = [
        known for known in admin.site._registry.values() if isinstance(known, ReadOnlyAdmin) and known.search_fields
    ]
    own = [known for known in searched if known.id_prefix and ids.read(known.id_prefix, term)]
    return own or searched

"""An app registers its own list; a page that shows what other apps know takes its place."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import admin
from django.db.models import Model

from common.admin import ReadOnlyAdmin

_Admin = TypeVar("_Admin", bound=type[ReadOnlyAdmin])


def takes_the_place_of(model: type[Model]) -> Callable[[_Admin], _Admin]:
    def register(page: _Admin) -> _Admin:
        admin.site.unregister(model)
        admin.site.register(model, page)
        return page

    return register

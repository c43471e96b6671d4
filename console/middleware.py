"""What a person's browser needs, for console pages only: sessions, CSRF and languages would cost the API dearly."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.module_loading import import_string

GetResponse = Callable[[HttpRequest], Any]


class ConsoleMiddleware:
    """The middleware of CONSOLE_MIDDLEWARE, one within the other as Django nests them; API requests pass by all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._paths: tuple[str, ...] = settings.CONSOLE_PATHS
        self._view_checks: list[Callable[..., HttpResponseBase | None]] = []
        self._console: GetResponse = get_response
        for name in reversed(settings.CONSOLE_MIDDLEWARE):
            middleware = import_string(name)(self._console)
            if hasattr(middleware, "process_view"):
                self._view_checks.insert(0, middleware.process_view)
            self._console = convert_exception_to_response(middleware)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        respond = self._console if request.path_info.startswith(self._paths) else self.get_response
        response: HttpResponseBase = respond(request)
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        if request.path_info.startswith(self._paths):
            for check in self._view_checks:
                if (refusal := check(request, *view)) is not None:
                    return refusal
        return None


class Locale(LocaleMiddleware):
    """The reader's language ends with the answer: the thread's next request may be the API's, which has none."""

    def __call__(self, request: HttpRequest) -> Any:
        try:
            return super().__call__(request)
        finally:
            translation.deactivate()

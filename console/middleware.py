"""Which middleware runs for console pages only. API routes pass it by: sessions and CSRF would cost them dearly."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.module_loading import import_string


def is_console_path(path: str) -> bool:
    return path.startswith(settings.CONSOLE_PATHS)


def _only_for_console(dotted_path: str) -> type:
    """The named middleware, passed by for every request that is not the console's."""
    base = import_string(dotted_path)

    class OnlyForConsole(base):  # type: ignore[misc, valid-type]
        def __call__(self, request: HttpRequest) -> HttpResponseBase:
            return super().__call__(request) if is_console_path(request.path_info) else self.get_response(request)

        if hasattr(base, "process_view"):

            def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
                return super().process_view(request, *view) if is_console_path(request.path_info) else None

    return OnlyForConsole


StaticFiles = _only_for_console("whitenoise.middleware.WhiteNoiseMiddleware")
ContentSecurityPolicy = _only_for_console("csp.middleware.CSPMiddleware")
Session = _only_for_console("django.contrib.sessions.middleware.SessionMiddleware")


class Locale(_only_for_console("django.middleware.locale.LocaleMiddleware")):  # type: ignore[misc]
    """The reader's language ends with the answer: the thread's next request may be the API's, which has none."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return super().__call__(request)
        finally:
            translation.deactivate()


Common = _only_for_console("django.middleware.common.CommonMiddleware")
Csrf = _only_for_console("django.middleware.csrf.CsrfViewMiddleware")
Authentication = _only_for_console("django.contrib.auth.middleware.AuthenticationMiddleware")
Messages = _only_for_console("django.contrib.messages.middleware.MessageMiddleware")
Frames = _only_for_console("django.middleware.clickjacking.XFrameOptionsMiddleware")

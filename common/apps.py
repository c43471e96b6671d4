"""The app label of what every other app shares."""

from django.apps import AppConfig
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Have no signals around a request: RequestIdMiddleware looks after the connection, nothing else needs to be.

        Caches are in memory, the URLconf is set anew by each request, and only DEBUG keeps queries.
        """
        request_started.disconnect(close_old_connections)
        request_finished.disconnect(close_old_connections)
        request_finished.disconnect(close_caches)
        request_finished.disconnect(reset_urlconf)
        if not settings.DEBUG:
            request_started.disconnect(reset_queries)

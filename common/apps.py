"""The app label of what every other app shares."""

import gc

from django.apps import AppConfig
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

# Requests and batches make many small objects that go without help: Python's own 700 looked for circles all the time.
_NEW_OBJECTS_BEFORE_COLLECTING = 20_000


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTING, *gc.get_threshold()[1:])
        _listen_to_no_signals()


def _listen_to_no_signals() -> None:
    """Have no signals around a request: RequestIdMiddleware looks after the connection, nothing else needs to be.

    Caches are in memory, the URLconf is set anew by each request, and only DEBUG keeps queries.
    """
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)
    request_finished.disconnect(reset_urlconf)
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)

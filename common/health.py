"""Is this process alive, and can it do its work."""

from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from common.api.envelope import success
from common.api.problems import Unavailable, problem_response


def live(_request: HttpRequest) -> HttpResponse:
    """The process answers. Says nothing about what it depends on: a restart would not mend that."""
    return success({"status": "live"}, message="Alive.")


def ready(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers, and nobody is about to stop it."""
    if settings.DRAIN_FILE and Path(settings.DRAIN_FILE).exists():
        return problem_response(request, Unavailable("This process is being taken out of service."))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return problem_response(request, Unavailable("The database does not answer."))
    return success({"status": "ready", "database": "ok"}, message="Ready.")

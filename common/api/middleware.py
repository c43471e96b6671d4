"""What every request passes: it gets an id, and no API path ever answers with an HTML error page."""

import logging
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from common.api.problems import InternalError, Unavailable, from_exception, from_status, is_api_path, problem_response
from common.api.request_id import choose_request_id, current_request_id, request_id
from common.database import drop_failed_connection

__all__ = ["ApiErrorsMiddleware", "RequestIdMiddleware", "current_request_id"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger(__name__)


class RequestIdMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = choose_request_id(request.META.get("HTTP_X_REQUEST_ID"))
        token = request_id.set(chosen)
        drop_failed_connection()
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response.headers["X-Request-Id"] = chosen
        if isinstance(response, HttpResponse) and "Content-Length" not in response.headers:
            # Without it the server would send every answer in chunks.
            response.headers["Content-Length"] = str(len(response.content))
        return response


class ApiErrorsMiddleware:
    """Django answers its own 400, 403, 404, 405 and 500 in HTML; callers of the API get a problem instead."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 500:
            _forget_failed_connection()
        if response.status_code < 400 or not is_api_path(request.path):
            return response
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return problem_response(request, from_status(response))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django with what a view raised; returning None leaves console pages to Django."""
        if not is_api_path(request.path):
            return None
        error = from_exception(exception)
        if isinstance(error, (InternalError, Unavailable)):
            logger.error(
                "request failed", exc_info=exception, extra={"method": request.method, "route": _route(request)}
            )
        return problem_response(request, error)


def _forget_failed_connection() -> None:
    """Django keeps a connection that still answers, such as one to a server that may no longer write."""
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close()


def _route(request: HttpRequest) -> str:
    """The pattern and not the path: paths hold ids and whatever a caller put into them."""
    return request.resolver_match.route if request.resolver_match else ""

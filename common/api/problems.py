"""Every error answer: one body, one table from kinds and codes to HTTP statuses, and the refusals that HTTP knows.

The body is the error form of the API and an RFC 9457 problem in one object. It never repeats what the caller sent.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar

import orjson
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from common.api.request_id import current_request_id
from common.database import is_away
from common.errors import DomainError, Invalid, Kind, NotFound, Refused

PROBLEM_TYPE = "application/problem+json"
_HTML_PATHS = ("/admin", "/static")

STATUS_BY_KIND = MappingProxyType(
    {Kind.INVALID: 400, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409, Kind.REFUSED: 422},
)
STATUS_BY_CODE = MappingProxyType(
    {
        "UNAUTHENTICATED": 401,
        "PAYMENT_DECLINED": 402,
        "FORBIDDEN": 403,
        "WEBHOOK_SOURCE_REFUSED": 403,
        "METHOD_NOT_ALLOWED": 405,
        "LENGTH_REQUIRED": 411,
        "BODY_TOO_LARGE": 413,
        "UNSUPPORTED_MEDIA_TYPE": 415,
        "IDEMPOTENCY_KEY_REUSED": 422,
        "RATE_LIMITED": 429,
        "INTERNAL_ERROR": 500,
        "UNAVAILABLE": 503,
        "GATEWAY_UNAVAILABLE": 503,
    }
)
# What goes with a code whoever raises it.
HEADERS_BY_CODE = MappingProxyType(
    {
        "IDEMPOTENCY_REQUEST_IN_PROGRESS": {"Retry-After": "1"},
        "GATEWAY_UNAVAILABLE": {"Retry-After": "5"},
    }
)


class HttpRefusal(Refused):
    """A refusal that says more in headers of its own."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})


class BadRequestRefused(Invalid):
    code = "BAD_REQUEST"


class Unauthenticated(HttpRefusal):
    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Send a valid API key or token as `Authorization: Bearer …`.") -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(HttpRefusal):
    code = "FORBIDDEN"


class MethodNotAllowed(HttpRefusal):
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, *, allowed: Iterable[str]) -> None:
        verbs = ", ".join(sorted(verb.upper() for verb in allowed))
        super().__init__(f"This address answers to: {verbs}.", headers={"Allow": verbs})


class RateLimited(HttpRefusal):
    code = "RATE_LIMITED"

    def __init__(self, *, retry_after_seconds: int) -> None:
        super().__init__("Too many requests: wait before the next.", headers=_retry_after(retry_after_seconds))


class Unavailable(HttpRefusal):
    """We cannot do this now. Nothing was done that the same request could not safely ask for again."""

    code = "UNAVAILABLE"

    def __init__(self, message: str = "The service is busy: try again soon.", *, retry_after_seconds: int = 5) -> None:
        super().__init__(message, headers=_retry_after(retry_after_seconds))


class InternalError(HttpRefusal):
    code = "INTERNAL_ERROR"

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. It was recorded: name the X-Request-Id when you ask.")


class BodyTooLarge(Invalid):
    code = "BODY_TOO_LARGE"


def is_api_path(path: str) -> bool:
    """Everything is the API, except the pages that people open in a browser."""
    return not path.startswith(_HTML_PATHS)


def status_of(error: DomainError | type[DomainError]) -> int:
    return STATUS_BY_CODE.get(error.code) or STATUS_BY_KIND[error.kind]


def problem_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a request that ended in this error."""
    body = problem_body(error, instance=request.path)
    response = HttpResponse(body, content_type=PROBLEM_TYPE, status=status_of(error))
    response.headers["Cache-Control"] = "no-store"
    own = error.headers if isinstance(error, HttpRefusal) else {}
    for name, value in (HEADERS_BY_CODE.get(error.code, {}) | own).items():
        response.headers[name] = value
    # Django would log each of these as "Bad Request: /path", and a failure that we logged with its cause a second time.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def from_exception(error: Exception) -> DomainError:
    """What the caller may be told about an exception that reached the top."""
    match error:
        case DomainError():
            return error
        case Http404():
            return NotFound("There is nothing at this address.")
        case PermissionDenied():
            return Forbidden("This is not allowed with these credentials.")
        case RequestDataTooBig():
            return BodyTooLarge("The body is larger than this address takes.")
        case SuspiciousOperation() | BadRequest():
            return BadRequestRefused("The request cannot be understood.")
        case DatabaseError() | InterfaceError() if is_away(error):
            return Unavailable("The database could not do this now: send the same request again.")
        case _:
            return InternalError()


def from_status(response: HttpResponseBase) -> DomainError:
    """The problem behind an error page that Django made on its own."""
    match response.status_code:
        case 403:
            return from_exception(PermissionDenied())
        case 404:
            return from_exception(Http404())
        case 405:
            return MethodNotAllowed(allowed=response.headers.get("Allow", "").split(", "))
        case 413:
            return from_exception(RequestDataTooBig())
        case status if status < 500:
            return from_exception(BadRequest())
        case _:
            return InternalError()


def method_not_allowed(request: HttpRequest, *, allowed: Iterable[str]) -> HttpResponse:
    return problem_response(request, MethodNotAllowed(allowed=allowed))


def handler400(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api_path(request.path):
        return problem_response(request, from_exception(exception))
    return defaults.bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api_path(request.path):
        return problem_response(request, from_exception(exception))
    return defaults.permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api_path(request.path):
        return problem_response(request, from_exception(exception))
    return defaults.page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponseBase:
    if is_api_path(request.path):
        return problem_response(request, InternalError())
    return defaults.server_error(request)


def problem_body(error: DomainError, *, instance: str = "", data: object = None) -> bytes:
    """The error form; `data` shows the resource that the refused request made all the same, as a declined payment."""
    request_id = current_request_id()
    body: dict[str, object] = {
        "success": False,
        "error": error.code,
        "message": error.message,
        "details": error.details,
        "type": f"urn:problem-type:{error.code.lower().replace('_', '-')}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status_of(error),
        "detail": error.message,
        "instance": f"urn:request:{request_id}" if request_id else instance,
    }
    return orjson.dumps(body if data is None else body | {"data": data})


def _retry_after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}

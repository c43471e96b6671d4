"""Every error answer has one body and the right status and headers, whoever made the error."""

import logging
import uuid
from collections.abc import Callable
from types import SimpleNamespace

import orjson
import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
)
from django.test import RequestFactory

from common.api import problems
from common.api.middleware import ApiErrorsMiddleware, RequestIdMiddleware, current_request_id
from common.api.problems import (
    Forbidden,
    MethodNotAllowed,
    RateLimited,
    Unauthenticated,
    Unavailable,
    from_exception,
    method_not_allowed,
    problem_response,
)
from common.api.request_id import request_id
from common.errors import Conflict, DomainError, Invalid, NotFound, Refused

CANARY = "canary-5f2d9c71"


def get(path: str = "/api/v1/payments/pay_1", **headers: str) -> HttpRequest:
    return RequestFactory().get(path, headers=headers)


def body_of(response: HttpResponseBase) -> dict[str, object]:
    assert isinstance(response, HttpResponse)
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    loaded: dict[str, object] = orjson.loads(response.content)
    assert loaded["status"] == response.status_code
    assert loaded["success"] is False
    return loaded


def test_body_is_the_error_form_and_a_problem_in_one() -> None:
    token = request_id.set("req-12345678")
    try:
        error = Invalid("amount is missing.", details=[{"field": "$.amount", "message": "is missing"}])
        response = problem_response(get(), error)
    finally:
        request_id.reset(token)

    assert body_of(response) == {
        "success": False,
        "error": "VALIDATION_ERROR",
        "message": "amount is missing.",
        "details": [{"field": "$.amount", "message": "is missing"}],
        "type": "urn:problem-type:validation-error",
        "title": "Validation error",
        "status": 400,
        "detail": "amount is missing.",
        "instance": "urn:request:req-12345678",
    }


def test_instance_is_the_path_outside_of_a_request() -> None:
    assert body_of(problem_response(get(), NotFound("No such payment.")))["instance"] == "/api/v1/payments/pay_1"


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (Invalid("x"), 400, {}),
        (Unauthenticated(), 401, {"WWW-Authenticate": "Bearer"}),
        (Forbidden("x"), 403, {}),
        (NotFound("x"), 404, {}),
        (MethodNotAllowed(allowed=["post", "get"]), 405, {"Allow": "GET, POST"}),
        (Conflict("x"), 409, {}),
        (Refused("x"), 422, {}),
        (RateLimited(retry_after_seconds=7), 429, {"Retry-After": "7"}),
        (Unavailable(retry_after_seconds=3), 503, {"Retry-After": "3"}),
    ],
)
def test_kind_and_code_decide_the_status(error: DomainError, status: int, headers: dict[str, str]) -> None:
    response = problem_response(get(), error)

    assert response.status_code == status
    assert headers.items() <= response.headers.items()
    body_of(response)


@pytest.mark.parametrize(
    ("exception", "code"),
    [
        (Http404("secret"), "NOT_FOUND"),
        (PermissionDenied("secret"), "FORBIDDEN"),
        (RequestDataTooBig("secret"), "BODY_TOO_LARGE"),
        (SuspiciousOperation("secret"), "BAD_REQUEST"),
        (BadRequest("secret"), "BAD_REQUEST"),
        (ValueError("secret"), "INTERNAL_ERROR"),
        (OperationalError("secret"), "UNAVAILABLE"),
        (InterfaceError("secret"), "UNAVAILABLE"),
        (DataError("secret"), "INTERNAL_ERROR"),
        (Conflict("said"), "CONFLICT"),
    ],
)
def test_exception_is_told_without_its_text(exception: Exception, code: str) -> None:
    error = from_exception(exception)

    assert error.code == code
    assert "secret" not in error.message


def test_wrong_verb_names_the_right_ones() -> None:
    response = method_not_allowed(get(), allowed=["POST"])

    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("handler", "exception", "status"),
    [
        (problems.handler400, BadRequest(), 400),
        (problems.handler403, PermissionDenied(), 403),
        (problems.handler404, Http404(), 404),
    ],
)
def test_handlers_answer_problems_to_the_api_and_pages_to_people(
    handler: Callable[[HttpRequest, Exception], HttpResponseBase], exception: Exception, status: int
) -> None:
    to_api = handler(get("/api/v1/nothing"), exception)
    to_person = handler(get("/admin/nothing"), exception)

    assert to_api.status_code == to_person.status_code == status
    assert to_api["Content-Type"] == "application/problem+json"
    assert to_person["Content-Type"].startswith("text/html")


def test_failure_handler_answers_problems_to_the_api_and_pages_to_people() -> None:
    assert body_of(problems.handler500(get("/webhooks/stripe/gwa_1")))["error"] == "INTERNAL_ERROR"
    assert problems.handler500(get("/admin/")).status_code == 500
    assert problems.handler500(get("/admin/"))["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("asked", ["abcdefgh", "A-b_9" * 5, "x" * 64, str(uuid.UUID(int=7))])
def test_harmless_request_id_is_kept(asked: str) -> None:
    seen: list[str] = []

    def view(_: HttpRequest) -> HttpResponse:
        seen.append(current_request_id())
        return HttpResponse()

    response = RequestIdMiddleware(view)(get(**{"X-Request-Id": asked}))

    assert response["X-Request-Id"] == asked
    assert seen == [asked]
    assert current_request_id() == ""


@pytest.mark.parametrize(
    "asked", ["", "short", "x" * 65, "has spaces here", "line\nbreak-line", "ünïcödé-id", "<script>alert"]
)
def test_odd_request_id_is_replaced(asked: str) -> None:
    response = RequestIdMiddleware(lambda _: HttpResponse())(get(**{"X-Request-Id": asked}))

    assert response["X-Request-Id"] != asked
    assert len(response["X-Request-Id"]) == 32


def test_request_id_ends_with_a_request_that_failed() -> None:
    def view(_: HttpRequest) -> HttpResponse:
        raise ValueError

    with pytest.raises(ValueError):
        RequestIdMiddleware(view)(get())

    assert current_request_id() == ""


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (HttpResponseNotFound("<h1>Not found</h1>"), "NOT_FOUND"),
        (HttpResponse("<h1>Bad</h1>", status=400), "BAD_REQUEST"),
        (HttpResponse("<h1>No</h1>", status=403), "FORBIDDEN"),
        (HttpResponse("<h1>Big</h1>", status=413), "BODY_TOO_LARGE"),
        (HttpResponse(f"<h1>{CANARY}</h1>", status=500), "INTERNAL_ERROR"),
    ],
)
def test_html_error_page_becomes_a_problem_on_api_paths_only(made: HttpResponse, code: str) -> None:
    middleware = ApiErrorsMiddleware(lambda _: made)

    answer = middleware(get())

    assert isinstance(answer, HttpResponse)
    assert body_of(answer)["error"] == code
    assert CANARY.encode() not in answer.content
    assert middleware(get("/admin/x")) is made
    assert middleware(get("/static/x.css")) is made


def test_wrong_verb_page_keeps_the_right_ones() -> None:
    answer = ApiErrorsMiddleware(lambda _: HttpResponseNotAllowed(["GET", "POST"]))(get())

    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("made", [HttpResponse("{}"), HttpResponse("{}", status=404, content_type="application/json")])
def test_other_answers_pass_untouched(made: HttpResponse) -> None:
    assert ApiErrorsMiddleware(lambda _: made)(get()) is made


def test_unexpected_failure_is_logged_once_and_told_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    request = get()
    request.resolver_match = SimpleNamespace(route="api/v1/payments/<id>")  # type: ignore[assignment]

    with caplog.at_level(logging.ERROR):
        answer = ApiErrorsMiddleware(lambda _: HttpResponse()).process_exception(request, ValueError(CANARY))

    assert answer is not None
    assert body_of(answer)["error"] == "INTERNAL_ERROR"
    assert CANARY.encode() not in answer.content
    (line,) = caplog.records
    assert (line.getMessage(), line.__dict__["route"]) == ("request failed", "api/v1/payments/<id>")
    assert line.exc_info is not None


def test_refusal_that_escapes_a_view_is_answered_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    answer = ApiErrorsMiddleware(lambda _: HttpResponse()).process_exception(get(), Conflict("Already paid."))

    assert answer is not None
    assert body_of(answer)["error"] == "CONFLICT"
    assert not caplog.records


def test_failure_without_a_route_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    ApiErrorsMiddleware(lambda _: HttpResponse()).process_exception(get(), ValueError("x"))

    assert caplog.records[0].__dict__["route"] == ""


def test_failure_of_a_console_page_is_left_to_django() -> None:
    assert ApiErrorsMiddleware(lambda _: HttpResponse()).process_exception(get("/admin/"), ValueError("x")) is None

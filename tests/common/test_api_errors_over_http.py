"""Through the whole of Django's handler: an API path answers problems for everything that can go wrong."""

import logging

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.http import require_POST

from common.api.parsing import read_object
from common.api.problems import handler400, handler403, handler404, handler500  # noqa: F401 named by Django's resolver
from common.errors import Conflict


def failing(_: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary-5f2d9c71")


def contradicting(_: HttpRequest) -> HttpResponse:
    raise Conflict("Already paid.")


def missing(_: HttpRequest) -> HttpResponse:
    raise Http404("canary-5f2d9c71")


def reading(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def strict(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(read_object(request)))


def host(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.get_host())


urlpatterns = [
    path("api/failing", failing),
    path("api/contradicting", contradicting),
    path("api/missing", missing),
    path("api/reading", reading),
    path("api/strict", strict),
    path("api/host", host),
    path("api/post-only", require_POST(reading)),
    path("admin/missing", missing),
    path("admin/failing", failing),
]

pytestmark = pytest.mark.usefixtures("own_routes")


@pytest.fixture(params=[False, True], ids=["production", "debug"])
def own_routes(request: pytest.FixtureRequest) -> object:
    middleware = ["common.api.middleware.RequestIdMiddleware", "common.api.middleware.ApiErrorsMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware, DEBUG=request.param):
        yield


@pytest.mark.parametrize(
    ("verb", "address", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "NOT_FOUND"),
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/api/missing", 404, "NOT_FOUND"),
        ("GET", "/api/post-only", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/contradicting", 409, "CONFLICT"),
        ("GET", "/api/failing", 500, "INTERNAL_ERROR"),
        ("POST", "/api/strict", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("GET", "/api/%00%ff%0a", 404, "NOT_FOUND"),
    ],
)
def test_error_is_a_problem_with_the_request_id(verb: str, address: str, status: int, code: str) -> None:
    response = Client().generic(verb, address, data=b"x", headers={"X-Request-Id": "req-12345678"})

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Request-Id"] == "req-12345678"
    assert response.json()["error"] == code
    assert response.json()["instance"] == "urn:request:req-12345678"
    assert b"canary" not in response.content


def test_body_beyond_the_limit_of_django_is_too_large() -> None:
    response = Client().post("/api/reading", data=b"x" * 3_000_000, content_type="application/octet-stream")

    assert (response.status_code, response.json()["error"]) == (413, "BODY_TOO_LARGE")


def test_foreign_host_is_refused() -> None:
    with override_settings(ALLOWED_HOSTS=["pay.example.org"], DEBUG=False):
        response = Client().get("/api/host", headers={"Host": "evil.example.org"})

    assert (response.status_code, response.json()["error"]) == (400, "BAD_REQUEST")


def test_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Client().get("/api/failing")
        Client().get("/api/contradicting")

    assert [line.getMessage() for line in caplog.records if line.levelno >= logging.WARNING] == ["request failed"]


def test_console_keeps_its_pages() -> None:
    response = Client().get("/admin/missing")

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_failure_of_the_console_is_left_to_django() -> None:
    with pytest.raises(RuntimeError):
        Client().get("/admin/failing")

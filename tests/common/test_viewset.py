"""A view is called only for who may call it, by the right verb; refusals become problems; the schema is complete."""

from dataclasses import dataclass

import orjson
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.routers import SimpleRouter

from common.api.envelope import success
from common.api.problems import Unauthenticated
from common.api.viewset import LeanViewSet
from common.errors import Conflict


@dataclass(frozen=True)
class Caller:
    scopes: frozenset[str]


class PaymentViews(LeanViewSet):
    required_scopes = {
        "list": "payments:read",
        "retrieve": "payments:read",
        "create": "payments:write",
        "health": LeanViewSet.PUBLIC,
        "whoami": LeanViewSet.ANY_PRINCIPAL,
    }

    def authenticate(self, request: HttpRequest, /) -> Caller:
        if "Authorization" not in request.headers:
            raise Unauthenticated
        return Caller(frozenset(request.headers["Authorization"].split()))

    def list(self, _request: HttpRequest, *, principal: Caller) -> HttpResponse:
        return success(sorted(principal.scopes), message="Payments.")

    def retrieve(self, _request: HttpRequest, *, principal: Caller, pk: str) -> HttpResponse:
        return success({"id": pk, "action": self.action}, message="Payment.")

    def create(self, _request: HttpRequest, *, principal: Caller) -> HttpResponse:
        raise Conflict("Already paid.")

    def health(self, _request: HttpRequest, *, principal: None) -> HttpResponse:
        return success(principal, message="Well.")

    def whoami(self, _request: HttpRequest, *, principal: Caller) -> HttpResponse:
        return success(len(principal.scopes), message="You.")


class ClosedViews(LeanViewSet):
    required_scopes = {"list": "payments:read"}

    def list(self, _request: HttpRequest, *, principal: object) -> HttpResponse:
        raise AssertionError


collection = PaymentViews.as_view({"get": "list", "post": "create"})
one = PaymentViews.as_view({"get": "retrieve"})


def ask(verb: str = "GET", scopes: str | None = "payments:read payments:write") -> HttpRequest:
    headers = {} if scopes is None else {"Authorization": scopes}
    return RequestFactory().generic(verb, "/payments", headers=headers)


def test_action_gets_the_principal_and_the_path() -> None:
    response = one(ask(), pk="pay_1")

    assert orjson.loads(response.content)["data"] == {"id": "pay_1", "action": "retrieve"}


def test_head_is_answered_as_get() -> None:
    assert one(ask("HEAD"), pk="pay_1").status_code == 200


def test_refusal_becomes_a_problem() -> None:
    response = collection(ask("POST"))

    assert (response.status_code, orjson.loads(response.content)["error"]) == (409, "CONFLICT")


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POTATO"])
def test_wrong_verb_is_refused_before_anybody_is_asked_who_they_are(verb: str) -> None:
    response = collection(ask(verb, scopes=None))

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"


def test_stranger_is_refused() -> None:
    response = collection(ask(scopes=None))

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")


def test_caller_without_the_scope_is_refused() -> None:
    response = collection(ask("POST", scopes="payments:read"))

    assert (response.status_code, orjson.loads(response.content)["error"]) == (403, "FORBIDDEN")


def test_views_that_know_nobody_are_closed() -> None:
    assert ClosedViews.as_view({"get": "list"})(ask()).status_code == 401


def test_public_action_asks_nobody() -> None:
    assert PaymentViews.as_view({"get": "health"})(ask(scopes=None)).status_code == 200


def test_action_for_any_principal_still_needs_one() -> None:
    whoami = PaymentViews.as_view({"get": "whoami"})

    assert whoami(ask(scopes="nothing")).status_code == 200
    assert whoami(ask(scopes=None)).status_code == 401


def test_action_without_a_scope_cannot_be_routed() -> None:
    with pytest.raises(ImproperlyConfigured, match="destroy"):
        PaymentViews.as_view({"delete": "destroy"})


def test_requests_need_no_csrf_token() -> None:
    assert collection.csrf_exempt


def test_routes_and_schema_are_those_of_the_framework() -> None:
    router = SimpleRouter(trailing_slash=False)
    router.register("payments", PaymentViews, basename="payment")

    schema = SchemaGenerator(patterns=[path("api/v1/", include(router.urls))]).get_schema(public=True)

    assert set(schema["paths"]) == {"/api/v1/payments", "/api/v1/payments/{id}"}
    assert set(schema["paths"]["/api/v1/payments"]) == {"get", "post"}

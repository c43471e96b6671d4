"""The one way an API view is called: who asks, may they, do it, answer; errors become problems.

It keeps Django REST framework's routing and schema, and leaves out its request wrapper, negotiation, parsers and
renderers: they cost more than the work itself (`bench/`).
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase
from rest_framework.viewsets import ViewSet

from common.api.problems import Forbidden, MethodNotAllowed, Unauthenticated, problem_response
from common.errors import DomainError


class Principal(Protocol):
    """Who asks, as far as a view must know: what they may do."""

    @property
    def scopes(self) -> Collection[str]: ...


class LeanViewSet(ViewSet):
    """Actions are `def name(self, request, *, principal, **path_arguments) -> HttpResponseBase`.

    `required_scopes` names the scope of each action. A route to an action that it does not name is refused when routes
    are built, so that nothing is open by oversight; PUBLIC and ANY_PRINCIPAL are said in words.
    """

    PUBLIC: ClassVar[str] = "<public>"
    ANY_PRINCIPAL: ClassVar[str] = "<any principal>"
    required_scopes: ClassVar[Mapping[str, str]] = {}
    authentication_classes = ()
    permission_classes = ()

    @classmethod
    def as_view(cls, actions: dict[str, Any] | None = None, **initkwargs: Any) -> Any:
        unnamed = set((actions or {}).values()) - set(cls.required_scopes)
        if unnamed:
            raise ImproperlyConfigured(f"{cls.__name__}.required_scopes does not name {', '.join(sorted(unnamed))}")
        return super().as_view(actions, **initkwargs)

    def authenticate(self, _request: HttpRequest, /) -> Principal:
        """Who sent this request. Raises Unauthenticated, as here, where nobody is known."""
        raise Unauthenticated

    def dispatch(self, request: HttpRequest, *_args: object, **kwargs: object) -> HttpResponseBase:
        try:
            action = self.action_map.get((request.method or "").lower())
            if action is None:
                raise MethodNotAllowed(allowed=self.action_map)
            self.action = action
            principal = self._admit(request, action)
            answer: HttpResponseBase = getattr(self, action)(request, principal=principal, **kwargs)
        except DomainError as error:
            return problem_response(request, error)
        return answer

    def _admit(self, request: HttpRequest, action: str) -> Principal | None:
        scope = self.required_scopes[action]
        if scope == self.PUBLIC:
            return None
        principal = self.authenticate(request)
        if scope != self.ANY_PRINCIPAL and scope not in principal.scopes:
            raise Forbidden(f"These credentials lack the scope {scope}.")
        return principal

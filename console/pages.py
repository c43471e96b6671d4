"""What the console answers beside the apps' lists and records: login, permission, frame and title in one place."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise

Context = dict[str, object]


class Answer(ABC):
    """Subclass, name it in `console.site.PAGES`, and it has an address before the admin's catch-all.

    `permission` is required beyond being staff; `respond` reads and changes nothing, but in a `FormPage`.
    """

    path: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[Promise | str]
    permission: ClassVar[str]
    methods: ClassVar[tuple[str, ...]] = ("GET", "HEAD")

    @abstractmethod
    def respond(self, request: HttpRequest, frame: Context, **captured: str) -> HttpResponse:
        """What is sent; `frame` is what every page of the console shows around its own."""

    @classmethod
    def view(cls, site: AdminSite) -> Callable[..., HttpResponseBase]:
        def answer(request: HttpRequest, **captured: str) -> HttpResponseBase:
            if request.method not in cls.methods:
                return HttpResponseNotAllowed(cls.methods)
            if not request.user.has_perm(cls.permission):
                raise PermissionDenied
            request.current_app = site.name
            frame: Context = {**site.each_context(request), "title": cls.title, "console_title": cls.title}
            return cls().respond(request, frame, **captured)

        return answer


class Page(Answer):
    """An answer that is a template in the console's frame."""

    template: ClassVar[str]

    @abstractmethod
    def context(self, request: HttpRequest, **captured: str) -> Context:
        """What the template shows."""

    def respond(self, request: HttpRequest, frame: Context, **captured: str) -> HttpResponse:
        return TemplateResponse(request, self.template, frame | self.context(request, **captured))


class FormPage(Page):
    """A form that changes something when it is posted, and then leads to where the change is seen."""

    methods = ("GET", "HEAD", "POST")

    @abstractmethod
    def form(self, request: HttpRequest, **captured: str) -> Form:
        """Bound to what was posted, if anything was. Raises Http404 where there is nothing to change."""

    @abstractmethod
    def save(self, request: HttpRequest, form: Form) -> str | None:
        """Do what the valid form asks and say where to go; None where it was refused and the form says why."""

    def context(self, request: HttpRequest, **captured: str) -> Context:
        return {}

    def respond(self, request: HttpRequest, frame: Context, **captured: str) -> HttpResponse:
        form = self.form(request, **captured)
        address = self.save(request, form) if request.method == "POST" and form.is_valid() else None
        if address is not None:
            return redirect(address)
        context = frame | {"form": form} | self.context(request, **captured)
        return TemplateResponse(request, self.template, context, status=422 if form.errors else 200)

"""The console's admin site: its pages, its clock, and who finds what by an id."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language
from unfold.sites import UnfoldAdminSite

from console import environment

# Dotted paths of the `Answer` classes; each gets an address before the admin's catch-all.
PAGES: tuple[str, ...] = (
    "console.books.trial_balance.TrialBalancePage",
    "console.books.entries.EntriesPage",
    "console.books.statement_file.StatementFile",
    "console.gateways.overview.GatewaysPage",
    "console.gateways.rules.RulesPage",
    "console.gateways.rules.AddRulePage",
    "console.gateways.rules.ChangeRulePage",
    "console.gateways.opening.ChooseGatewayPage",
    "console.gateways.opening.OpenAccountPage",
    "console.gateways.account_settings.AccountSettingsPage",
    "console.gateways.credentials.CredentialsPage",
)


class ConsoleSite(UnfoldAdminSite):
    index_title = _("Home")
    index_template = "console/home.html"
    enable_nav_sidebar = True

    def extra_urls(self) -> list[URLPattern]:
        pages = [import_string(dotted) for dotted in PAGES]
        own = [path(page.path, self.admin_view(page.view(self)), name=page.name) for page in pages]
        return [path("language/", set_language, name="set_language"), *own]

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Callable[..., Any]:
        """Show times on the tenants' clock. Rendered here, because the zone ends with this call."""
        inner = super().admin_view(view, cacheable)

        def on_the_tenants_clock(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(environment.scope().zone):
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return update_wrapper(on_the_tenants_clock, view)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "scope": environment.scope()}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from console import home

        context = {**home.context(request), "console_title": self.index_title, **(extra_context or {})}
        return super().index(request, context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Exact ids, case kept. One hit opens at once."""
        from console import search

        term = request.GET.get("s", "").strip()
        groups = search.found(request, term) if term else []
        links = [link for _kind, links in groups for link in links]
        if len(links) == 1:
            return redirect(links[0].address)
        frame = {**self.each_context(request), "title": _("Find by id"), "console_title": _("Find by id")}
        context = {**frame, "term": term, "groups": groups, **(extra_context or {})}
        return TemplateResponse(request, "console/search.html", context)

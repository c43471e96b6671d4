"""Having webhooks applied again from the console: one, or all that a list shows. Asks why, and is written down."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import clock
from common.admin import ReadOnlyAdmin
from common.admin_columns import Link
from gateways.models import InboundEvent
from gateways.replay import count_by_state, replay

PERMISSION = "gateways.replay_inboundevent"
AT_ONCE_MAX = 10_000


class ReplayForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why are they applied again?"), max_length=200)


class Replays(ReadOnlyAdmin):
    """The two addresses of replaying, beside the list and the record."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("replay/", view(self.replay_list_view), name="gateways_inboundevent_replay"),
            path("<int:pk>/replay/", view(self.replay_one_view), name="gateways_inboundevent_replay_one"),
            *super().get_urls(),
        ]

    def replay_one_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        _require(request)
        record: InboundEvent = self.find(request, str(pk))
        form = ReplayForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Say why: it is kept with your name."))
        elif _done(request, InboundEvent.objects.filter(pk=record.pk), form=form, about=str(record), record=record):
            messages.success(request, _("The webhook is applied again now."))
        else:
            messages.info(request, _("The webhook waits to be applied already."))
        return redirect(self.address_of(record))

    def replay_list_view(self, request: HttpRequest) -> HttpResponse:
        """What the list shows with the same words in its address, the oldest first."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        _require(request)
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect(self.list_address())
        form = ReplayForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            done = _done(request, rows, form=form, about=request.GET.urlencode() or "*")
            text = ngettext("%(n)s webhook is applied again now.", "%(n)s webhooks are applied again now.", done)
            messages.success(request, text % {"n": done})
            return redirect(self.list_address())
        states = count_by_state(rows, limit=AT_ONCE_MAX)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Apply webhooks again"),
            "console_title": _("Apply webhooks again"),
            "crumbs": [Link(str(self.list_title()), f"{self.list_address()}?{request.GET.urlencode()}")],
            "form": form,
            "states": states,
            "count": sum(states.values()),
            "at_once_max": AT_ONCE_MAX,
            "filters": sorted(request.GET.items()),
        }
        return TemplateResponse(
            request, "console/replay.html", context, status=422 if request.method == "POST" else 200
        )


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def _done(request: HttpRequest, rows: Any, *, form: ReplayForm, about: str, record: InboundEvent | None = None) -> int:
    """Written down before it is done, so that nothing is done that is not written down."""
    assert isinstance(request.user, User)
    told = {"changed": {"name": "replay", "object": about[:500], "fields": []}, "reason": form.cleaned_data["reason"]}
    LogEntry.objects.create(
        user=request.user,
        content_type=ContentType.objects.get_for_model(InboundEvent),
        object_id=str(record.pk) if record else None,
        object_repr=about[:200],
        action_flag=CHANGE,
        change_message=json.dumps([told]),
    )
    return replay(rows, limit=AT_ONCE_MAX, now=clock.now())

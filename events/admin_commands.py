"""What a person may do about webhooks out: pause, resume, try an endpoint, have deliveries sent again.

Each asks why and is written down with the name before it is done.
"""

import json
from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import clock
from common.admin import ReadOnlyAdmin
from common.errors import DomainError
from common.queue import wake
from events.models import Delivery, DeliveryState, WebhookEndpoint
from events.services import endpoints, pausing, replay
from events.services.replay import Wanted

PERMISSION = "events.operate_webhookendpoint"
_DELIVER_TASK = "events.tasks.deliver_webhooks"


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=200)


class OperatesEndpoints(ReadOnlyAdmin):
    """The address of an endpoint's commands, beside its list and record."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.command_view)
        return [path("<int:pk>/command/", view, name="events_webhookendpoint_command"), *super().get_urls()]

    def command_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        endpoint: WebhookEndpoint = self.find(request, str(pk))
        command = request.POST.get("command", "")
        run = _COMMANDS.get(command)
        if run is None:
            messages.error(request, _("This is not a command for an endpoint."))
        else:
            _perform(request, endpoint, name=command, act=lambda now: run(endpoint, now))
        return redirect(self.address_of(endpoint))


class ReplaysDeliveries(ReadOnlyAdmin):
    """The address that sends one delivery again."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.replay_view)
        return [path("<int:pk>/replay/", view, name="events_delivery_replay"), *super().get_urls()]

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        delivery: Delivery = self.find(request, str(pk))
        _perform(request, delivery, name="replay", act=lambda now: _replay_one(delivery, now))
        return redirect(self.address_of(delivery))


def _perform(request: HttpRequest, record: Model, *, name: str, act: Callable[[datetime], str]) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why: it is kept with your name."))
        return
    _note(request, record, name=name, reason=form.cleaned_data["reason"])
    try:
        messages.success(request, act(clock.now()))
    except DomainError as refused:
        messages.error(request, refused.message)
    wake(_DELIVER_TASK)


def _note(request: HttpRequest, record: Model, *, name: str, reason: str) -> None:
    assert isinstance(request.user, User)
    told = {"changed": {"name": name, "object": str(record), "fields": []}, "reason": reason}
    LogEntry.objects.create(
        user=request.user,
        content_type=ContentType.objects.get_for_model(type(record)),
        object_id=str(record.pk),
        object_repr=str(record)[:200],
        action_flag=CHANGE,
        change_message=json.dumps([told]),
    )


def _pause(endpoint: WebhookEndpoint, now: datetime) -> str:
    pausing.pause(endpoint.pk, now=now)
    return _("The endpoint is paused; its deliveries wait.")


def _resume(endpoint: WebhookEndpoint, now: datetime) -> str:
    pausing.resume(endpoint.pk, now=now)
    return _("The endpoint is called again, and what waits is sent now.")


def _ping(endpoint: WebhookEndpoint, now: datetime) -> str:
    endpoints.ping(endpoint.pk, now=now)
    return _("A ping is on its way: look at its delivery below.")


def _replay_failed(endpoint: WebhookEndpoint, now: datetime) -> str:
    wanted = Wanted(since=endpoint.created_at, until=now, types=(), states=[DeliveryState.FAILED])
    count = replay.replay_many(endpoint_id=endpoint.pk, wanted=wanted, now=now)
    return ngettext("%(n)s delivery is sent again now.", "%(n)s deliveries are sent again now.", count) % {"n": count}


def _replay_one(delivery: Delivery, now: datetime) -> str:
    replay.replay_one(endpoint_id=delivery.endpoint_id, event_id=delivery.event_id, now=now)
    return _("The delivery is sent again now.")


_COMMANDS: dict[str, Callable[[WebhookEndpoint, datetime], str]] = {
    "pause": _pause,
    "resume": _resume,
    "ping": _ping,
    "replay_failed": _replay_failed,
}

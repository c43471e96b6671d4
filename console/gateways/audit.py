"""Who changed a gateway account or a routing rule, when, what and why: Django's own log. Secrets never enter it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from console.gateways.field_words import field_words

_SHOWN_MAX = 20
# Field to what it was and what it became, as a person reads them.
Changes = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    who: str
    what: str
    name: str
    changes: list[Change]
    reason: str


def note(request: HttpRequest, row: Model, *, is_new: bool, changes: Changes, reason: str) -> None:
    """Building block: belongs into the transaction of the change where there is one."""
    kind = {"added": {}} if is_new else {"changed": {"fields": list(changes)}}
    message = [kind | {"values": {name: list(pair) for name, pair in changes.items()}, "reason": reason}]
    assert isinstance(request.user, User)
    LogEntry.objects.log_actions(
        request.user.pk, [row], ADDITION if is_new else CHANGE, change_message=message, single_object=True
    )


def recent(model: type[Model], *, keys: Sequence[int]) -> list[Entry]:
    """The newest changes of these rows."""
    kind = ContentType.objects.get_for_model(model)
    rows = LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in keys])
    return [_entry(row) for row in rows.select_related("user").order_by("-action_time", "-pk")[:_SHOWN_MAX]]


def _entry(row: LogEntry) -> Entry:
    told = _told(row.change_message)
    values = told.get("values", {})
    return Entry(
        at=row.action_time,
        who=row.user.get_username(),
        what=_("added") if row.action_flag == ADDITION else _("changed"),
        name=row.object_repr,
        changes=[Change(field_words(name), str(before), str(after)) for name, (before, after) in values.items()],
        reason=str(told.get("reason", "")),
    )


def _told(message: str) -> dict:
    """What `note` wrote; nothing where another part of Django wrote the entry."""
    try:
        found = json.loads(message)
    except ValueError:
        return {}
    is_ours = isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict)
    return found[0] if is_ours else {}

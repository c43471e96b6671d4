"""Events over HTTP: what a webhook would have said, to be read by whoever missed it, and who was told of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from common import clock, ids
from common.api.envelope import success
from common.api.pagination import decode_cursor, encode_cursor, page_size
from common.api.parsing import read_object
from common.api.viewset import LeanViewSet
from common.errors import Invalid, NotFound
from common.queue import wake
from events import catalog, schema
from events.api import DELIVER_TASK, READ, WRITE, found_endpoint, moment_of
from events.body import shown
from events.models import OutboxEvent
from events.presentation import delivery_data
from events.selectors import EventFilter, deliveries_of, event_of, event_page
from events.services import replay
from tenants.authentication import authenticate
from tenants.principal import Principal

# From a tenant and a public id to what the outbox calls that object.
FindSubject = Callable[[int, str], tuple[str, int] | None]


class EventNotFound(NotFound):
    code = "EVENT_NOT_FOUND"


class EventViewSet(LeanViewSet):
    required_scopes = {"list": READ, "retrieve": READ, "deliveries": READ, "replay": WRITE}
    # Given where addresses are put together: this app does not know the objects it tells of.
    find_subject: FindSubject = staticmethod(lambda _tenant_id, _text: None)

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(**schema.event_list)
    def list(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        query = {name: request.GET[name] for name in request.GET}
        size = page_size(query.pop("limit", None))
        cursor = query.get("cursor")
        wanted = self._filter(query, principal=principal)
        events, has_more = event_page(principal.tenant.pk, wanted, size=size) if wanted else ([], False)
        # The last page has a cursor too: what comes later follows it.
        following = encode_cursor(events[-1].sequence or 0) if events else cursor
        return success(
            [shown(event) for event in events],
            message="Events, oldest first.",
            pagination={"limit": size, "hasMore": has_more, "nextCursor": following},
        )

    @extend_schema(**schema.event_get)
    def retrieve(self, request: HttpRequest, *, principal: Principal, event_id: str) -> HttpResponse:
        return success(shown(_found(principal, event_id)), message="Event.")

    @extend_schema(**schema.event_deliveries)
    def deliveries(self, request: HttpRequest, *, principal: Principal, event_id: str) -> HttpResponse:
        rows = deliveries_of(_found(principal, event_id))
        return success([delivery_data(row, row.history.all()) for row in rows], message="Deliveries.")

    @extend_schema(**schema.delivery_replay)
    def replay(self, request: HttpRequest, *, principal: Principal, event_id: str, endpoint_id: str) -> HttpResponse:
        read_object(request, is_optional=True)
        event, endpoint = _found(principal, event_id), found_endpoint(principal, endpoint_id)
        delivery = replay.replay_one(endpoint_id=endpoint.pk, event_id=event.pk, now=clock.now())
        wake(DELIVER_TASK)
        return success(delivery_data(delivery), message="It is on its way again.", status=202)

    def _filter(self, query: dict[str, str], *, principal: Principal) -> EventFilter | None:
        """None where nothing can match. Names that are not known are refused."""
        values: dict[str, Any] = {}
        for name, value in query.items():
            match name:
                case "type":
                    values["type"] = _type(value)
                case "subject":
                    values["subject"] = self.find_subject(principal.tenant.pk, value)
                case "createdFrom":
                    values["created_from"] = moment_of(name, value)
                case "createdTo":
                    values["created_to"] = moment_of(name, value)
                case "cursor":
                    values["after"] = decode_cursor(value)
                case _:
                    raise Invalid(f"{name} is not a filter.", details=[{"field": name, "message": "is not known here"}])
        return None if values.get("subject", ()) is None else EventFilter(**values)


def _type(value: str) -> str:
    if value not in catalog.EXAMPLES:
        raise Invalid("type is no event of the catalog.", details=[{"field": "type", "message": "is not known"}])
    return value


def _found(principal: Principal, text: str) -> OutboxEvent:
    public_id = ids.read(ids.EVENT, text)
    event = event_of(principal.tenant.pk, public_id) if public_id else None
    if event is None:
        raise EventNotFound("There is no event with this id.")
    return event

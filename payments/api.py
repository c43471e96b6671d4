"""Payments over HTTP: read the request, make one call into the domain, answer."""

from datetime import UTC, datetime
from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from common import clock, ids
from common.api.body import check_metadata, convert
from common.api.envelope import success
from common.api.pagination import decode_cursor, encode_cursor, page_size
from common.api.parsing import read_object
from common.api.problems import PROBLEM_TYPE
from common.api.viewset import LeanViewSet
from common.errors import Invalid
from payments import schema, selectors
from payments.answers import render_created
from payments.presentation import iso, payment_data, terms_of
from payments.requests import CreatePayment, NamedPayment
from payments.selectors import PaymentFilter
from payments.services import cancel as cancelling
from payments.services import charge
from payments.services import check as checking
from payments.services.cancel import PaymentNotFound
from payments.states import Status
from tenants import idempotency
from tenants.authentication import authenticate
from tenants.principal import Principal


class FilterInvalid(Invalid):
    code = "VALIDATION_ERROR"


class PaymentViewSet(LeanViewSet):
    required_scopes = {
        "create": "payments:write",
        "cancel": "payments:write",
        "refresh": "payments:write",
        "retrieve": "payments:read",
        "status": "payments:read",
        "list": "payments:read",
    }

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(**schema.payment_create)
    def create(self, request: HttpRequest, *, principal: Principal, gateway: str = "") -> HttpResponse:
        """`gateway` is the one of an address that names it, and no other then."""
        idempotency.read_key(request)
        body = read_object(request)
        if gateway:
            body["gateway"] = gateway
        wanted = convert(body, CreatePayment)
        check_metadata(wanted.custom_params, "$.customParams")
        key = idempotency.key_for(request, principal=principal, route="POST payments", body=body)
        answer = charge.create(wanted, principal=principal, key=key, render=render_created, now=clock.now())
        return _send(answer)

    @extend_schema(**schema.payment_get)
    def retrieve(
        self, request: HttpRequest, *, principal: Principal, payment_id: str, gateway: str = ""
    ) -> HttpResponse:
        public_id = ids.read(ids.PAYMENT, payment_id)
        row = selectors.visible_payment_row(principal, public_id) if public_id else None
        if row is None or gateway not in ("", row["gateway"]):
            _not_found()
        return success(payment_data(terms_of(row), selectors.seen_of(row)), message="Payment.")

    @extend_schema(**schema.payment_status)
    def status(self, request: HttpRequest, *, principal: Principal, payment_id: str) -> HttpResponse:
        public_id = ids.read(ids.PAYMENT, payment_id)
        row = selectors.visible_payment_row(principal, public_id) if public_id else None
        if row is None:
            _not_found()
        return success(
            {
                "transactionId": payment_id,
                "status": row["status"],
                "version": row["version"],
                "gateway": row["gateway"],
                "amount": row["amount_minor"],
                "currency": row["currency"],
                "requiresAction": row["status"] == Status.REQUIRES_ACTION,
                "completedAt": iso(row["completed_at"]),
            },
            message="Status.",
        )

    @extend_schema(**schema.payment_list)
    def list(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        query = {name: request.GET[name] for name in request.GET}
        size = page_size(query.pop("limit", None))
        rows, has_more = selectors.payment_page(principal, _filter(query), size=size)
        following = encode_cursor(rows[-1]["id"]) if has_more else None
        return success(
            [payment_data(terms_of(row), selectors.seen_of(row)) for row in rows],
            message="Payments, newest first.",
            pagination={"limit": size, "hasMore": has_more, "nextCursor": following},
        )

    @extend_schema(**schema.payment_refresh)
    def refresh(
        self, request: HttpRequest, *, principal: Principal, payment_id: str = "", gateway: str = ""
    ) -> HttpResponse:
        body = read_object(request, is_optional=bool(payment_id))
        if not payment_id:
            payment_id = convert(body, NamedPayment).transaction_id
        public_id = ids.read(ids.PAYMENT, payment_id)
        row = selectors.visible_payment_row(principal, public_id) if public_id else None
        if row is None or gateway not in ("", row["gateway"]):
            _not_found()
        checking.refresh(payment_id=row["id"], now=clock.now())
        return self.retrieve(request, principal=principal, payment_id=payment_id)

    @extend_schema(**schema.payment_cancel)
    def cancel(self, request: HttpRequest, *, principal: Principal, payment_id: str) -> HttpResponse:
        read_object(request, is_optional=True)
        public_id = ids.read(ids.PAYMENT, payment_id)
        if public_id is None:
            _not_found()
        status = cancelling.cancel(public_id, principal=principal, now=clock.now())
        is_done = status is Status.CANCELLED
        return success(
            {"transactionId": payment_id, "status": status.value},
            message="Cancelled." if is_done else "Cancelling: the gateway has not confirmed yet.",
            status=200 if is_done else 202,
        )


def _not_found() -> NoReturn:
    raise PaymentNotFound("There is no payment with this id.")


def _send(answer: charge.Answer) -> HttpResponse:
    content_type = "application/json" if answer.status < 400 else PROBLEM_TYPE
    response = HttpResponse(answer.body, status=answer.status, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    if answer.is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    if answer.status == 503:
        response.headers["Retry-After"] = "5"
    # A declined card is daily life, not a warning in the log.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


_FILTERS = {
    "status": "status",
    "gateway": "gateway",
    "currency": "currency",
    "purpose": "purpose",
    "orderId": "order_id",
    "eventId": "event_id",
    "externalReference": "external_reference",
    "userId": "user_id",
    "payeeId": "payee_id",
}


def _filter(query: dict[str, str]) -> PaymentFilter:
    """Names that are not known are refused: a filter that is ignored shows rows nobody asked for."""
    values: dict[str, Any] = {}
    for name, value in query.items():
        if name in _FILTERS:
            values[_FILTERS[name]] = _text(name, value)
        elif name in ("createdFrom", "createdTo"):
            values["created_from" if name == "createdFrom" else "created_to"] = _moment(name, value)
        elif name == "cursor":
            values["after"] = decode_cursor(value)
        else:
            raise FilterInvalid(f"{name} is not a filter.", details=[{"field": name, "message": "is not known here"}])
    if values.get("status") and values["status"] not in set(Status):
        raise FilterInvalid("status is not one of the values allowed.", details=[{"field": "status", "message": "…"}])
    return PaymentFilter(**values)


def _text(name: str, value: str) -> str:
    if len(value) > 100 or not value.isprintable():
        raise FilterInvalid(f"{name} is not written as expected.", details=[{"field": name, "message": "too long"}])
    return value


def _moment(name: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or not value.isascii():
        raise FilterInvalid(
            f"{name} is a date or a time such as 2026-11-21T14:32:00Z.",
            details=[{"field": name, "message": "is not an ISO 8601 time"}],
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

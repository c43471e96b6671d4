"""Routing over HTTP: why a payment went where it went, who would get one, and how the gateways are."""

from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema

from common import currencies, ids
from common.api.envelope import success
from common.api.schema import Schema, envelope, problems
from common.api.viewset import LeanViewSet
from common.errors import Invalid
from common.money import MAX_MINOR, Money
from gateways import breaker, routing
from gateways.registry import active_accounts
from payments.presentation import iso
from payments.selectors import attempts_of, success_rates, visible_to
from payments.services.cancel import PaymentNotFound
from tenants.authentication import authenticate
from tenants.principal import Principal


class DryRunInvalid(Invalid):
    code = "VALIDATION_ERROR"


_TEXT: Schema = {"type": "string"}
_DECISION: Schema = {
    "type": "object",
    "properties": {
        "chosen": _TEXT,
        "because": _TEXT,
        "rule": _TEXT,
        "candidates": {
            "type": "array",
            "description": "Best first. `refusal` says why an account cannot take it; costs are minor units.",
            "items": {"type": "object"},
        },
    },
}
_ATTEMPT: Schema = {
    "type": "object",
    "properties": {
        "number": {"type": "integer"},
        "gateway": _TEXT,
        "account": _TEXT,
        "state": _TEXT,
        "errorCode": _TEXT,
        "createdAt": _TEXT,
        "decision": _DECISION,
    },
}
_HEALTH: Schema = {
    "type": "object",
    "properties": {
        "account": _TEXT,
        "name": _TEXT,
        "gateway": _TEXT,
        "mode": _TEXT,
        "circuit": {"type": "string", "enum": ["closed", "open", "half_open"]},
        "since": {"type": ["string", "null"]},
        "retryAt": {"type": ["string", "null"]},
        "reason": _TEXT,
        "succeeded": {"type": "integer", "description": "Of `ended`, in the last day."},
        "ended": {"type": "integer"},
    },
}
_QUERY = {
    "amount": "Minor units.",
    "currency": "ISO 4217 code.",
    "paymentMethod": "card when left out.",
    "country": "Of the payer, ISO 3166.",
    "preferredGateways": "Codes, with commas.",
}


class RoutingViewSet(LeanViewSet):
    required_scopes = {"of_payment": "payments:read", "dry_run": "payments:read", "status": "payments:read"}

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(
        summary="Why a payment went to its gateway",
        tags=["Routing"],
        responses={(200, "application/json"): envelope({"type": "object", "properties": {"attempts": _ATTEMPT}})}
        | problems(401, 403, 404),
    )
    def of_payment(self, request: HttpRequest, *, principal: Principal, payment_id: str) -> HttpResponse:
        public_id = ids.read(ids.PAYMENT, payment_id)
        payment = visible_to(principal).filter(public_id=public_id).first() if public_id else None
        if payment is None:
            raise PaymentNotFound("There is no payment with this id.")
        attempts = [
            {
                "number": attempt.number,
                "gateway": attempt.gateway_account.gateway,
                "account": attempt.gateway_account.name,
                "state": attempt.state,
                "errorCode": attempt.error_code,
                "createdAt": iso(attempt.created_at),
                "decision": attempt.routing,
            }
            for attempt in attempts_of(payment)
        ]
        return success({"transactionId": payment_id, "attempts": attempts}, message="Routing.")

    @extend_schema(
        summary="Who would get a payment like this: nothing is created",
        tags=["Routing"],
        parameters=[OpenApiParameter(name, str, description=text) for name, text in _QUERY.items()],
        responses={(200, "application/json"): envelope(_DECISION)} | problems(400, 401, 403),
    )
    def dry_run(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        wanted = _wanted({name: request.GET[name] for name in request.GET}, principal=principal)
        return success(dry_run(wanted), message="Nothing was created.")

    @extend_schema(
        summary="How the tenant's gateway accounts are",
        tags=["Gateways"],
        responses={(200, "application/json"): envelope(_HEALTH, is_list=True)} | problems(401, 403),
    )
    def status(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        rates = success_rates(principal.tenant.pk)
        found = []
        for account in active_accounts(principal.tenant.pk):
            circuit = breaker.circuit(breaker.circuit_name(account.gateway, livemode=account.livemode))
            rate = rates.get(account.pk, routing.Rate(0, 0))
            found.append(
                {
                    "account": ids.show(ids.GATEWAY_ACCOUNT, account.public_id),
                    "name": account.name,
                    "gateway": account.gateway,
                    "mode": "live" if account.livemode else "sandbox",
                    "circuit": circuit.state.value,
                    "since": iso(circuit.changed_at),
                    "retryAt": iso(circuit.retry_at),
                    "reason": circuit.reason,
                    "succeeded": rate.succeeded,
                    "ended": rate.ended,
                }
            )
        return success(found, message="Gateway accounts.")


def dry_run(wanted: routing.Wanted) -> dict[str, Any]:
    """The decision as it would be stored; `chosen` is empty where nobody can take it."""
    try:
        return routing.choose(wanted).as_data()
    except routing.NoGatewayAvailable as refused:
        return routing.explained(routing.candidates(wanted), chosen=None, because=refused.message)


def _wanted(query: dict[str, str], *, principal: Principal) -> routing.Wanted:
    for name in set(query) - set(_QUERY):
        _refuse(name, "is not known here")
    amount, currency = query.get("amount", ""), query.get("currency", "")
    if not (amount.isascii() and amount.isdecimal() and len(amount) <= 15 and 1 <= int(amount) <= MAX_MINOR):
        _refuse("amount", "is minor units, a whole number from 1")
    if not currencies.is_known(currency):
        _refuse("currency", "is not an ISO 4217 currency")
    preferred = tuple(code for code in query.get("preferredGateways", "").split(",") if code)
    return routing.Wanted(
        tenant_id=principal.tenant.pk,
        livemode=principal.tenant.livemode,
        amount=Money(int(amount), currency),
        method=query.get("paymentMethod", "card"),
        country=query.get("country", ""),
        preferred=preferred[:10],
        given=frozenset({"payer_phone", "payer_email", "payer_name", "country", "return_url"}),
        rates=success_rates(principal.tenant.pk),
    )


def _refuse(name: str, message: str) -> NoReturn:
    raise DryRunInvalid(f"{name} {message}.", details=[{"field": name, "message": message}])

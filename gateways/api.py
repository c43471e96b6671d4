"""Gateways over HTTP: which a caller may use, and what its accounts sign in with, which goes in and never comes out."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema

from common import clock, ids
from common.api.body import convert
from common.api.envelope import success
from common.api.parsing import read_object
from common.api.problems import Unavailable
from common.api.schema import Schema, envelope, problems, request_schema
from common.api.viewset import LeanViewSet
from common.errors import NotFound
from gateways import accounts
from gateways.errors import NoAnswer
from gateways.models import GatewayAccount
from gateways.registry import PROFILES, active_accounts, connect
from gateways.requests import CreateCustomer, SaveCredentials
from gateways.roles import KeepsCustomers
from tenants.authentication import authenticate
from tenants.principal import Principal


class GatewayAccountNotFound(NotFound):
    code = "GATEWAY_ACCOUNT_NOT_FOUND"


_GATEWAY: Schema = {
    "type": "object",
    "properties": {
        "gateway": {"type": "string"},
        "name": {"type": "string"},
        "currencies": {"type": "array", "items": {"type": "string"}},
        "countries": {"type": "array", "items": {"type": "string"}, "description": "Empty: any."},
        "methods": {"type": "array", "items": {"type": "string"}},
        "minimumAmount": {"type": "integer", "description": "Minor units."},
        "maximumAmount": {"type": "integer", "description": "Minor units."},
    },
}


_SAVED: Schema = {
    "type": "object",
    "properties": {
        "account": {"type": "string"},
        "gateway": {"type": "string"},
        "name": {"type": "string"},
        "mode": {"type": "string", "enum": ["live", "sandbox"]},
        "webhookUrl": {"type": "string", "description": "Where the gateway must send its webhooks."},
        "fields": {"type": "array", "items": {"type": "string"}, "description": "Names of the stored values."},
        "verified": {
            "type": ["boolean", "null"],
            "description": "Null: the gateway did not answer, or has no call that changes nothing.",
        },
        "check": {"type": "string", "description": "What the gateway said."},
    },
}


_CUSTOMER: Schema = {
    "type": "object",
    "properties": {
        "customerId": {"type": "string", "description": "The gateway's id."},
        "gateway": {"type": "string"},
        "userId": {"type": "string"},
    },
}


class GatewayViewSet(LeanViewSet):
    required_scopes = {"list": "payments:read"}

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(
        summary="Gateways that can take a payment",
        tags=["Gateways"],
        responses={(200, "application/json"): envelope(_GATEWAY, is_list=True)} | problems(401, 403),
    )
    def list(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        return success(
            [
                {
                    "gateway": account.gateway,
                    "name": account.name,
                    "currencies": account.currencies,
                    "countries": account.countries or sorted(PROFILES[account.gateway].countries),
                    "methods": account.methods,
                    "minimumAmount": account.minimum_minor,
                    "maximumAmount": account.maximum_minor,
                }
                for account in active_accounts(principal.tenant.pk)
            ],
            message="Gateways, first choice first.",
        )


class CredentialsViewSet(LeanViewSet):
    required_scopes = {"save": "gateways:write"}

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(
        summary="Store what a gateway account signs in with",
        description="The values are tried by a call that changes nothing, sealed, and never shown again.",
        tags=["Gateways"],
        request=request_schema(SaveCredentials),
        responses={(200, "application/json"): envelope(_SAVED), (201, "application/json"): envelope(_SAVED)}
        | problems(400, 401, 403, 404, 409, 411, 413, 415, 422),
    )
    def save(self, request: HttpRequest, *, principal: Principal) -> HttpResponse:
        wanted = convert(read_object(request), SaveCredentials)
        save = self._change if wanted.account else self._open
        saved = save(wanted, principal=principal)
        return success(
            _shown(saved, fields=sorted(wanted.credentials)),
            message="Stored. The values cannot be read again.",
            status=200 if wanted.account else 201,
        )

    def _open(self, wanted: SaveCredentials, *, principal: Principal) -> accounts.Saved:
        now = clock.now()
        accounts.require_usable(wanted.gateway, wanted.credentials)
        found = accounts.check(
            gateway=wanted.gateway, livemode=principal.tenant.livemode, credentials=wanted.credentials
        )
        account = accounts.open_account(
            tenant=principal.tenant,
            gateway=wanted.gateway,
            name=wanted.name or PROFILES[wanted.gateway].display_name,
            currencies=wanted.currencies,
            credentials=wanted.credentials,
            now=now,
        )
        return accounts.noted(account, check=found, now=now)

    def _change(self, wanted: SaveCredentials, *, principal: Principal) -> accounts.Saved:
        public_id = ids.read(ids.GATEWAY_ACCOUNT, wanted.account)
        own = GatewayAccount.objects.filter(tenant=principal.tenant, gateway=wanted.gateway)
        account = own.filter(public_id=public_id).first() if public_id else None
        if account is None:
            raise GatewayAccountNotFound("There is no account of this gateway with this id.")
        values = accounts.merged(account, changes=wanted.credentials)
        found = accounts.check(gateway=account.gateway, livemode=account.livemode, credentials=values)
        accounts.change_credentials(account, changes=wanted.credentials)
        return accounts.noted(account, check=found, now=clock.now())


class CustomerViewSet(LeanViewSet):
    required_scopes = {"create": "payments:write"}

    def authenticate(self, request: HttpRequest) -> Principal:
        return authenticate(request)

    @extend_schema(
        summary="Have the gateway keep methods of payment for a payer",
        description="The same userId gives the same customer as long as the gateway remembers the request.",
        tags=["Gateways"],
        request=request_schema(CreateCustomer),
        responses={(201, "application/json"): envelope(_CUSTOMER)} | problems(400, 401, 403, 404, 411, 413, 415, 503),
    )
    def create(self, request: HttpRequest, *, principal: Principal, gateway: str) -> HttpResponse:
        wanted = convert(read_object(request), CreateCustomer)
        accounts_there = [each for each in active_accounts(principal.tenant.pk) if each.gateway == gateway]
        adapter: object = connect(accounts_there[0]).gateway if accounts_there else None
        if not isinstance(adapter, KeepsCustomers):
            raise GatewayAccountNotFound(f"There is no account of {gateway} that keeps customers.")
        try:
            customer = adapter.create_customer(reference=wanted.user_id, email=wanted.email, name=wanted.name)
        except NoAnswer as failure:
            raise Unavailable(f"{gateway} could not be asked: {failure.reason}.") from None
        return success(
            {"customerId": customer, "gateway": gateway, "userId": wanted.user_id},
            message="The gateway keeps this customer.",
            status=201,
        )


def _shown(saved: accounts.Saved, *, fields: Sequence[str]) -> dict[str, Any]:
    account, check = saved.account, saved.check
    return {
        "account": ids.show(ids.GATEWAY_ACCOUNT, account.public_id),
        "gateway": account.gateway,
        "name": account.name,
        "mode": "live" if account.livemode else "sandbox",
        "webhookUrl": accounts.webhook_address(account),
        "fields": fields,
        "verified": check.works if check else None,
        "check": check.text if check else "",
    }

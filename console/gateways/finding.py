"""The gateway account that an address of the console names."""

from django.http import Http404
from django.urls import reverse

from common import ids
from gateways.models import GatewayAccount
from gateways.registry import PROFILES


def account_named(key: str) -> GatewayAccount:
    """Without its credentials. Raises Http404, also where this release has no adapter for its gateway."""
    public_id = ids.read(ids.GATEWAY_ACCOUNT, key)
    rows = GatewayAccount.objects.select_related("tenant").defer("credentials")
    account = rows.filter(public_id=public_id, gateway__in=list(PROFILES)).first() if public_id else None
    if account is None:
        raise Http404
    return account


def key_of(account: GatewayAccount) -> str:
    return ids.show(ids.GATEWAY_ACCOUNT, account.public_id)


def account_address(account: GatewayAccount) -> str:
    return reverse("admin:gateways_gatewayaccount_change", args=[key_of(account)])

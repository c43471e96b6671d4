"""Whose gateways a page shows: the tenant asked for, else the first; a choice only where there are several."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from common import ids
from tenants.models import Tenant

_TENANTS_MAX = 200


@dataclass(frozen=True, slots=True)
class TenantChoice:
    tenant: Tenant | None
    tenants: list[Tenant]

    @classmethod
    def of(cls, request: HttpRequest) -> "TenantChoice":
        """Raises Http404 for a tenant that does not exist."""
        tenants = list(Tenant.objects.order_by("id")[:_TENANTS_MAX])
        asked = request.GET.get("tenant", "")
        tenant = next((one for one in tenants if key_of(one) == asked), None) if asked else next(iter(tenants), None)
        if asked and tenant is None:
            raise Http404
        return cls(tenant, tenants)

    @property
    def key(self) -> str:
        return key_of(self.tenant) if self.tenant else ""

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(key_of(tenant), tenant.name) for tenant in self.tenants]


def tenant_asked(request: HttpRequest) -> Tenant:
    """Raises Http404 where there is none."""
    tenant = TenantChoice.of(request).tenant
    if tenant is None:
        raise Http404
    return tenant


def key_of(tenant: Tenant) -> str:
    return ids.show(ids.TENANT, tenant.public_id)

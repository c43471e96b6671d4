"""Who is asking: the tenant, by what proof, with which scopes, and for which user if it is one."""

from dataclasses import dataclass

from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Principal:
    """`name` is stable over the life of the proof and tells keys and users apart; `user_id` is empty for systems."""

    tenant: Tenant
    name: str
    scopes: frozenset[str]
    user_id: str = ""

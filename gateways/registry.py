"""Which adapter speaks for a gateway account. The only importer of adapters."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from django.conf import settings

from common.remembered import Remembered
from gateways import adapters
from gateways.breaker import CircuitBreaker, circuit_name
from gateways.contract import Credentials, ErrorEntry, GatewayProfile
from gateways.credentials import unseal
from gateways.http import GatewayHttp, shared_http
from gateways.models import GatewayAccount
from gateways.roles import ROLES, Gateway


class Adapter(Gateway, Protocol):
    """How an adapter is made: for one account, at the gateway's own address or at the simulator's."""

    errors: Mapping[str, ErrorEntry]

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None: ...


class UnknownGateway(LookupError):
    """A gateway account names an adapter that this release does not have."""


class _Adapters(MutableMapping[str, type[Adapter]]):
    """Every package under `gateways.adapters`, by its code: each names its class `Adapter`.

    Imported when first asked for: the packages of gateways that nobody uses cost a process nothing.
    """

    def __init__(self) -> None:
        codes = (module.name for module in iter_modules(adapters.__path__))
        self._loaded: dict[str, type[Adapter] | None] = dict.fromkeys(codes)

    def __getitem__(self, code: str) -> type[Adapter]:
        adapter = self._loaded[code]
        if adapter is None:
            adapter = import_module(f"{adapters.__name__}.{code}").Adapter
            self._loaded[code] = adapter
        return adapter

    def __setitem__(self, code: str, adapter: type[Adapter]) -> None:
        self._loaded[code] = adapter

    def __delitem__(self, code: str) -> None:
        del self._loaded[code]

    def __contains__(self, code: object) -> bool:
        return code in self._loaded

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


class _Profiles(Mapping[str, GatewayProfile]):
    """What each adapter declares, by its code."""

    def __getitem__(self, code: str) -> GatewayProfile:
        return ADAPTERS[code].profile

    def __contains__(self, code: object) -> bool:
        return code in ADAPTERS

    def __iter__(self) -> Iterator[str]:
        return iter(ADAPTERS)

    def __len__(self) -> int:
        return len(ADAPTERS)


ADAPTERS: MutableMapping[str, type[Adapter]] = _Adapters()
PROFILES: Mapping[str, GatewayProfile] = _Profiles()


@dataclass(frozen=True, slots=True)
class Connection:
    """A gateway account with its adapter, signed in and ready. Credentials stay inside."""

    account: GatewayAccount
    gateway: Gateway = field(repr=False)

    @property
    def profile(self) -> GatewayProfile:
        return self.gateway.profile


_connections: Remembered[str, Connection] = Remembered(seconds=5)
_by_id: Remembered[int, Connection] = Remembered(seconds=5)
_accounts: Remembered[int, list[GatewayAccount]] = Remembered(seconds=5)


def sealing_context(account: GatewayAccount) -> str:
    return f"gateway_account:{account.public_id.hex}"


def connect(account: GatewayAccount) -> Connection:
    """Raises UnknownGateway. Decrypts the credentials at most every few seconds per process."""
    adapter = ADAPTERS.get(account.gateway)
    if adapter is None:
        raise UnknownGateway(account.gateway)

    def load() -> Connection:
        values = unseal(bytes(account.credentials), context=sealing_context(account))
        return Connection(account, make(account.gateway, Credentials(values=values, livemode=account.livemode)))

    return _connections.get_or_load(account.public_id.hex, load)


def make(code: str, credentials: Credentials) -> Gateway:
    """An adapter with these credentials and the connections that all accounts of its gateway share."""
    adapter = ADAPTERS[code]
    switch = CircuitBreaker(circuit_name(code, livemode=credentials.livemode))
    http = shared_http(code, switch, adapter.profile.answers_within.total_seconds())
    return adapter(credentials, simulator=simulator_address(code), http=http)


def connection_of(public_hex: str) -> Connection | None:
    """The connection of an account by its public id, for a webhook's address; None when there is none."""
    known = _connections.get(public_hex)
    if known is not None:
        return known
    account = GatewayAccount.objects.select_related("tenant").filter(public_id=public_hex).first()
    return connect(account) if account is not None and account.gateway in ADAPTERS else None


def connection_by_id(account_id: int) -> Connection:
    """The connection of an account that exists, by its row id."""
    known = _by_id.get(account_id)
    if known is not None:
        return known
    return _by_id.put(account_id, connect(GatewayAccount.objects.select_related("tenant").get(pk=account_id)))


def active_accounts(tenant_id: int) -> list[GatewayAccount]:
    return _accounts.get_or_load(
        tenant_id,
        lambda: list(
            GatewayAccount.objects.filter(tenant_id=tenant_id, is_active=True, gateway__in=list(ADAPTERS)).order_by(
                "priority", "id"
            )
        ),
    )


def simulator_address(code: str) -> str:
    """Where the simulator speaks for this gateway; empty where the gateway itself is meant."""
    return f"{settings.SIMULATOR_URL}/{code}" if settings.SIMULATOR_URL else ""


def capabilities_of(code: str) -> tuple[str, ...]:
    """What the adapter of this code can do; nothing where this release has none."""
    return capabilities(ADAPTERS[code]) if code in ADAPTERS else ()


@lru_cache(maxsize=64)
def capabilities(adapter: type) -> tuple[str, ...]:
    """What an adapter can do, read off what it has."""
    return ("look_up", *(name for name, role in ROLES.items() if _has(adapter, role)))


def _has(cls: type, role: type) -> bool:
    return all(hasattr(cls, name) for name in vars(role) if not name.startswith("_"))

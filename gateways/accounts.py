"""Opening gateway accounts and replacing what they sign in with. Credentials go in sealed and never come out here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from common import currencies as iso
from common import ids
from common.errors import Conflict, Invalid, Refused
from common.ids import uuid7
from gateways import registry
from gateways.contract import Credentials, CredentialsCheck, GatewayProfile
from gateways.credentials import first_key_id, key_id_of, seal, unseal
from gateways.models import GatewayAccount
from gateways.registry import PROFILES, sealing_context
from gateways.roles import ChecksCredentials
from tenants.models import Tenant

_CURRENCIES_BY_DEFAULT_MAX = 12


class UnknownGatewayCode(Invalid):
    code = "UNKNOWN_GATEWAY"


class CredentialsRefused(Refused):
    code = "CREDENTIALS_REFUSED"


class GatewayAccountExists(Conflict):
    code = "GATEWAY_ACCOUNT_EXISTS"


def webhook_address(account: GatewayAccount) -> str:
    """Where the gateway is told to send the webhooks of this account."""
    return f"{settings.PUBLIC_URL}/webhooks/{account.gateway}/{ids.show(ids.GATEWAY_ACCOUNT, account.public_id)}"


@dataclass(frozen=True, slots=True)
class Saved:
    """An account whose credentials were stored, and what a harmless call with them told; None: it has no such call."""

    account: GatewayAccount
    check: CredentialsCheck | None


def open_account(
    *,
    tenant: Tenant,
    gateway: str,
    name: str,
    currencies: Sequence[str],
    credentials: Mapping[str, str],
    now: datetime,
) -> GatewayAccount:
    """An account of the tenant's own mode, with every method of the gateway. Raises UnknownGatewayCode, Invalid."""
    profile = _profile(gateway)
    wanted = _currencies(profile, currencies)
    require_usable(gateway, credentials)
    if GatewayAccount.objects.filter(tenant=tenant, gateway=gateway, name=name).exists():
        raise GatewayAccountExists(f"{tenant.name} has a {gateway} account called {name} already.")
    account = GatewayAccount(
        public_id=uuid7(),
        tenant=tenant,
        gateway=gateway,
        name=name,
        livemode=tenant.livemode,
        currencies=wanted,
        methods=sorted(profile.methods),
        created_at=now,
    )
    _seal(account, credentials)
    account.save()
    return account


def change_credentials(account: GatewayAccount, *, changes: Mapping[str, str]) -> None:
    """Replace the named values and keep the others; an empty value removes its name. Raises Invalid."""
    profile = _profile(account.gateway)
    _require_known(profile, changes)
    with transaction.atomic(durable=True):
        locked = GatewayAccount.objects.select_for_update().get(pk=account.pk)
        values = merged(locked, changes=changes)
        _seal(locked, values)
        locked.save(update_fields=["credentials", "credentials_key_id"])


def merged(account: GatewayAccount, *, changes: Mapping[str, str]) -> dict[str, str]:
    """What the account would sign in with after these changes. Raises Invalid where a fixed value would change."""
    before = unseal(bytes(account.credentials), context=sealing_context(account))
    fixed = {field.name for field in _profile(account.gateway).credentials if field.is_fixed}
    moved = sorted(name for name in fixed & set(changes) if before.get(name) and changes[name] != before[name])
    if moved:
        raise Invalid(
            f"{', '.join(moved)} cannot be changed: what was started under it can be asked about only there. "
            "Open another account.",
            details=[{"field": f"$.credentials.{name}", "message": "is fixed"} for name in moved],
        )
    return {name: value for name, value in (before | dict(changes)).items() if value}


def stored_names(account: GatewayAccount) -> list[str]:
    """Which values are stored, never what they are. Raises CredentialsUnreadable."""
    return sorted(unseal(bytes(account.credentials), context=sealing_context(account)))


def check(*, gateway: str, livemode: bool, credentials: Mapping[str, str]) -> CredentialsCheck | None:
    """Try credentials by a call that changes nothing; no transaction may be open. Raises CredentialsRefused."""
    made = registry.make(gateway, Credentials(values=dict(credentials), livemode=livemode))
    if not isinstance(made, ChecksCredentials):
        return None
    found = made.check_credentials()
    if found.works is False:
        raise CredentialsRefused(f"{PROFILES[gateway].display_name} does not accept these credentials: {found.text}")
    return found


def noted(account: GatewayAccount, *, check: CredentialsCheck | None, now: datetime) -> Saved:
    """Note on the account what the check told, for people to see."""
    if check is not None:
        account.checked_at, account.check_text = now, check.text[:300]
        account.save(update_fields=["checked_at", "check_text"])
    return Saved(account, check)


def require_usable(gateway: str, credentials: Mapping[str, str]) -> None:
    """Raises UnknownGatewayCode, and Invalid where values are missing or not known to the gateway."""
    profile = _profile(gateway)
    _require_known(profile, credentials)
    _require_complete(profile, credentials)


def reseal(account_id: int) -> bool:
    """Seal the credentials of one account under the first key; False when they are already."""
    with transaction.atomic(durable=True):
        account = GatewayAccount.objects.select_for_update().get(pk=account_id)
        if account.credentials_key_id == first_key_id():
            return False
        _seal(account, unseal(bytes(account.credentials), context=sealing_context(account)))
        account.save(update_fields=["credentials", "credentials_key_id"])
        return True


def _profile(gateway: str) -> GatewayProfile:
    if gateway not in PROFILES:
        raise UnknownGatewayCode(f"There is no gateway {gateway}; there are: {', '.join(sorted(PROFILES))}.")
    return PROFILES[gateway]


def _currencies(profile: GatewayProfile, currencies: Sequence[str]) -> list[str]:
    """What the account shall take; a gateway of few currencies takes all of them when none are named."""
    if not currencies and 0 < len(profile.currencies) <= _CURRENCIES_BY_DEFAULT_MAX:
        return sorted(profile.currencies)
    unknown = [code for code in currencies if not iso.is_known(code)]
    if unknown or not currencies:
        raise Invalid(f"Currencies are ISO 4217 codes such as EUR or XOF, not {', '.join(unknown) or 'nothing'}.")
    foreign = [code for code in currencies if profile.currencies and code not in profile.currencies]
    if foreign:
        raise Invalid(f"{profile.display_name} does not take {', '.join(foreign)}.")
    return list(currencies)


def _require_known(profile: GatewayProfile, credentials: Mapping[str, str]) -> None:
    known = {field.name for field in profile.credentials}
    unknown = sorted(set(credentials) - known)
    if unknown:
        raise Invalid(
            f"{profile.display_name} has no credential {', '.join(unknown)}; it has: {', '.join(sorted(known))}.",
            details=[{"field": f"$.credentials.{name}", "message": "is not known here"} for name in unknown],
        )


def _require_complete(profile: GatewayProfile, credentials: Mapping[str, str]) -> None:
    missing = [field.name for field in profile.credentials if field.is_required and not credentials.get(field.name)]
    if missing:
        raise Invalid(
            f"{profile.display_name} cannot be used without {', '.join(missing)}.",
            details=[{"field": f"$.credentials.{name}", "message": "is required"} for name in missing],
        )


def _seal(account: GatewayAccount, values: Mapping[str, str]) -> None:
    account.credentials = seal(values, context=sealing_context(account))
    account.credentials_key_id = key_id_of(account.credentials)

"""API keys: made once, shown once, stored as a keyed hash, checked in constant time.

Form: `psk_test_` or `psk_live_`, 12 characters that may be shown, `_`, 43 characters that may not.
"""

import hmac
import re
import secrets
from datetime import datetime

from django.conf import settings

from tenants.models import ApiKey, Tenant

KEY_PATTERN = re.compile(r"psk_(test|live)_([0-9a-z]{12})_([0-9A-Za-z_-]{43})")
SERVICE_SCOPES = ("payments:read", "payments:write", "events:read")
# What a key may have beyond that, only when asked for by name.
FURTHER_SCOPES = ("gateways:write", "webhooks:write")
# A payer's own token sees that payer's payments and changes nothing.
PAYER_SCOPES = ("payments:read",)


def digest_of(key: str) -> bytes:
    return hmac.digest(settings.API_KEY_PEPPER.encode(), key.encode(), "sha256")


def make_api_key(*, tenant: Tenant, name: str, scopes: tuple[str, ...], created_at: datetime) -> tuple[ApiKey, str]:
    """The stored row and the key itself, which nobody can read again later."""
    prefix = "".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(12))
    key = f"psk_{'live' if tenant.livemode else 'test'}_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        tenant=tenant, name=name, prefix=prefix, digest=digest_of(key), scopes=list(scopes), created_at=created_at
    )
    return row, key


def revoke(api_key: ApiKey, *, revoked_at: datetime) -> None:
    """From now on the key is refused, at the latest once every process's cache of a few seconds has run out."""
    api_key.revoked_at = revoked_at
    api_key.save(update_fields=["revoked_at"])

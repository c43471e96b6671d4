"""From an Authorization header to a principal: an API key of ours, or a short-lived token of the core platform."""

import hmac
from datetime import datetime

import jwt
from django.conf import settings
from django.http import HttpRequest

from common import clock
from common.api.problems import Unauthenticated
from common.remembered import Remembered
from tenants.api_keys import KEY_PATTERN, PAYER_SCOPES, SERVICE_SCOPES, digest_of
from tenants.models import ApiKey, Tenant
from tenants.principal import Principal

_TOKEN_MAX_LENGTH = 4_000
_LEEWAY_SECONDS = 30


_known: Remembered[bytes, Principal] = Remembered(seconds=settings.API_KEY_CACHE_SECONDS)


def authenticate(request: HttpRequest) -> Principal:
    """Raises Unauthenticated; the sentence never says which part of a proof was wrong."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, proof = header.partition(" ")
    if not proof and request.META.get("HTTP_X_API_KEY"):
        scheme, proof = "bearer", request.META["HTTP_X_API_KEY"]
    if scheme.lower() != "bearer" or not proof or len(proof) > _TOKEN_MAX_LENGTH or not proof.isascii():
        raise Unauthenticated("Send an API key or a token as 'Authorization: Bearer …'.")
    digest = digest_of(proof)
    known = _known.get(digest)
    if known:
        return known
    return _by_api_key(proof, digest, now=clock.now()) if proof.startswith("psk_") else _by_token(proof, digest)


def _by_api_key(key: str, digest: bytes, *, now: datetime) -> Principal:
    match = KEY_PATTERN.fullmatch(key)
    row = ApiKey.objects.select_related("tenant").filter(prefix=match.group(2)).first() if match else None
    if row is None or match is None or not hmac.compare_digest(bytes(row.digest), digest):
        raise Unauthenticated("This API key is not known.")
    is_over = row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now)
    if is_over or not row.tenant.is_active or (match.group(1) == "live") != row.tenant.livemode:
        raise Unauthenticated("This API key is not known.")
    return _known.put(digest, Principal(tenant=row.tenant, name=f"key:{row.prefix}", scopes=frozenset(row.scopes)))


def _by_token(token: str, digest: bytes) -> Principal:
    """Claims: iss, aud, exp, iat, sub, tenant (slug); `role` service for the platform itself, else sub is a payer."""
    try:
        claims = jwt.decode(
            token,
            settings.JWT_HS256_SECRET,
            algorithms=["HS256"],
            audience=settings.JWT_AUDIENCE,
            issuer=settings.JWT_ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.InvalidTokenError as error:
        raise Unauthenticated("This token is not valid, or no longer.") from error
    subject, slug = str(claims["sub"]), str(claims.get("tenant", ""))
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None or not subject or len(subject) > 100:
        raise Unauthenticated("This token is not valid, or no longer.")
    is_service = claims.get("role") == "service"
    principal = Principal(
        tenant=tenant,
        name=f"jwt:{subject}",
        scopes=frozenset(SERVICE_SCOPES if is_service else PAYER_SCOPES),
        user_id="" if is_service else subject,
    )
    seconds_left = max(int(claims["exp"]) - clock.epoch(), 0)
    return _known.put(digest, principal, seconds=min(_known.seconds, seconds_left))

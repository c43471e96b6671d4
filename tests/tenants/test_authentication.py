"""Who may act: API keys and tokens, and every forgery of them we know."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.test import RequestFactory

from common import clock
from common.api.problems import Unauthenticated
from tenants.api_keys import KEY_PATTERN, SERVICE_SCOPES, digest_of, make_api_key, revoke
from tenants.authentication import authenticate
from tenants.models import Tenant
from tenants.principal import Principal
from tests.support.factories import LONG_AGO, NOON, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def ask(header: str | None) -> Principal:
    extra = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return authenticate(RequestFactory().get("/", **extra))


def claims(tenant: Tenant, /, **fields: object) -> dict[str, object]:
    now = clock.epoch()
    plain: dict[str, object] = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "sub": "core",
        "tenant": tenant.slug,
        "role": "service",
        "iat": now,
        "exp": now + 300,
    }
    return {name: value for name, value in (plain | fields).items() if value is not None}


def token(tenant: Tenant, /, *, secret: str = "", algorithm: str = "HS256", **fields: object) -> str:
    return jwt.encode(claims(tenant, **fields), secret or settings.JWT_HS256_SECRET, algorithm=algorithm)


def test_a_key_is_its_tenant_with_its_scopes(tenant: Tenant) -> None:
    row, key = make_api_key(tenant=tenant, name="Core", scopes=SERVICE_SCOPES, created_at=LONG_AGO)

    principal = ask(f"Bearer {key}")

    assert (principal.tenant, principal.name, principal.user_id) == (tenant, f"key:{row.prefix}", "")
    assert principal.scopes == set(SERVICE_SCOPES)


def test_a_key_is_stored_as_a_keyed_hash_only(tenant: Tenant) -> None:
    row, key = make_api_key(tenant=tenant, name="Core", scopes=SERVICE_SCOPES, created_at=LONG_AGO)

    assert KEY_PATTERN.fullmatch(key)
    assert bytes(row.digest) == digest_of(key)
    assert key not in json.dumps({name: str(value) for name, value in vars(row).items()})


def test_a_revoked_or_expired_key_or_one_of_a_suspended_tenant_is_refused(tenant: Tenant) -> None:
    revoked, revoked_key = make_api_key(tenant=tenant, name="A", scopes=SERVICE_SCOPES, created_at=LONG_AGO)
    expired, expired_key = make_api_key(tenant=tenant, name="B", scopes=SERVICE_SCOPES, created_at=LONG_AGO)
    other = make_tenant(is_active=False)
    _, other_key = make_api_key(tenant=other, name="C", scopes=SERVICE_SCOPES, created_at=LONG_AGO)
    revoke(revoked, revoked_at=NOON)
    expired.expires_at = clock.now() - timedelta(seconds=1)
    expired.save()

    for key in (revoked_key, expired_key, other_key):
        with pytest.raises(Unauthenticated):
            ask(f"Bearer {key}")


def test_a_key_of_one_mode_does_not_open_the_other(tenant: Tenant) -> None:
    _, key = make_api_key(tenant=tenant, name="Core", scopes=SERVICE_SCOPES, created_at=LONG_AGO)
    Tenant.objects.filter(pk=tenant.pk).update(livemode=True)

    with pytest.raises(Unauthenticated):
        ask(f"Bearer {key}")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer psk_test_x", "Bearer é", "Bearer " + "a" * 5000]
)
def test_what_is_no_proof_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        ask(header)


def test_a_key_with_the_right_prefix_and_a_wrong_rest_is_refused(tenant: Tenant) -> None:
    _, key = make_api_key(tenant=tenant, name="Core", scopes=SERVICE_SCOPES, created_at=LONG_AGO)

    with pytest.raises(Unauthenticated):
        ask(f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}")


def test_a_service_token_may_write_and_a_payers_token_only_reads_its_own(tenant: Tenant) -> None:
    service = ask(f"Bearer {token(tenant)}")
    payer = ask(f"Bearer {token(tenant, sub='user-17', role=None)}")

    assert (service.user_id, service.scopes) == ("", set(SERVICE_SCOPES))
    assert (payer.user_id, payer.scopes) == ("user-17", {"payments:read"})


@pytest.mark.parametrize(
    "fields",
    [
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"aud": None},
        {"iss": None},
        {"exp": 1},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"iss": "somebody-else"},
        {"aud": "another-service"},
        {"tenant": "nobody"},
        {"tenant": None},
        {"sub": ""},
        {"sub": "x" * 101},
    ],
)
def test_a_token_that_lacks_or_bends_a_claim_is_refused(tenant: Tenant, fields: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        ask(f"Bearer {token(tenant, **fields)}")


def test_a_token_signed_otherwise_is_refused(tenant: Tenant) -> None:
    with pytest.raises(Unauthenticated):
        ask(f"Bearer {token(tenant, secret='another secret of more than forty-eight bytes, to be sure')}")
    with pytest.raises(Unauthenticated):
        ask(f"Bearer {token(tenant, secret=settings.JWT_HS256_SECRET * 2, algorithm='HS384')}")


def test_an_unsigned_token_is_refused(tenant: Tenant) -> None:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims(tenant))}."

    with pytest.raises(Unauthenticated):
        ask(f"Bearer {unsigned}")


def test_a_token_of_a_suspended_tenant_is_refused(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(is_active=False)

    with pytest.raises(Unauthenticated):
        ask(f"Bearer {token(tenant)}")

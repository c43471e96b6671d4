"""The command that makes and ends API keys."""

import pytest
from django.core.management import CommandError, call_command

from tenants.api_keys import KEY_PATTERN
from tenants.models import ApiKey
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db


def test_a_key_is_shown_once_and_can_be_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    tenant = make_tenant(slug="soiree")

    call_command("api_key", "soiree", "Core platform")

    key = capsys.readouterr().out.splitlines()[0]
    row = ApiKey.objects.get(tenant=tenant)
    assert KEY_PATTERN.fullmatch(key)
    assert (row.name, row.revoked_at, key in str(vars(row))) == ("Core platform", None, False)

    call_command("api_key", "--revoke", row.prefix)

    row.refresh_from_db()
    assert row.revoked_at is not None


def test_a_key_can_be_made_that_only_reads() -> None:
    make_tenant(slug="soiree")

    call_command("api_key", "soiree", "Reports", "--scope", "payments:read")

    assert ApiKey.objects.get().scopes == ["payments:read"]


@pytest.mark.parametrize("arguments", [[], ["soiree"], ["nobody", "Core"], ["--revoke", "nothing"]])
def test_what_is_not_there_is_said(arguments: list[str]) -> None:
    make_tenant(slug="soiree")

    with pytest.raises(CommandError):
        call_command("api_key", *arguments)

    assert not ApiKey.objects.exists()

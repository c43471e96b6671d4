"""Gateway accounts: opened with sealed credentials, changed without ever showing them."""

import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from common.errors import DomainError, Invalid
from gateways.accounts import GatewayAccountExists, UnknownGatewayCode, change_credentials, open_account
from gateways.credentials import unseal
from gateways.models import GatewayAccount
from gateways.registry import sealing_context
from tenants.models import Tenant
from tests.support.factories import NOON, make_tenant

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = {"secret_key": "sk_test_canary_one", "webhook_secret": "whsec_canary_two"}


def opened(tenant: Tenant, **fields: object) -> GatewayAccount:
    plain = {"gateway": "stripe", "name": "Stripe", "currencies": ["EUR"], "credentials": SECRETS, "now": NOON}
    return open_account(tenant=tenant, **plain | fields)  # type: ignore[arg-type]


def sealed(account: GatewayAccount) -> dict[str, str]:
    account.refresh_from_db()
    return unseal(bytes(account.credentials), context=sealing_context(account))


def test_credentials_are_stored_sealed_to_their_account() -> None:
    account = opened(make_tenant())

    assert sealed(account) == SECRETS
    assert b"canary" not in bytes(account.credentials)
    assert (account.livemode, account.methods) == (False, ["card"])
    assert account.credentials_key_id == settings.CREDENTIALS_KEYS.partition(":")[0]


def test_an_account_has_the_mode_of_its_tenant() -> None:
    assert opened(make_tenant(livemode=True)).livemode is True


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"gateway": "nobody"}, UnknownGatewayCode), ({"currencies": ["EURO"]}, Invalid), ({"currencies": []}, Invalid)],
)
def test_a_wrong_account_is_refused(fields: dict[str, object], error: type[DomainError]) -> None:
    with pytest.raises(error):
        opened(make_tenant(), **fields)

    assert not GatewayAccount.objects.exists()


def test_a_name_is_used_once_per_tenant_and_gateway() -> None:
    tenant = make_tenant()
    opened(tenant)

    with pytest.raises(GatewayAccountExists):
        opened(tenant)


def test_changing_one_credential_keeps_the_others_and_an_empty_one_is_removed() -> None:
    account = opened(make_tenant())

    change_credentials(account, changes={"webhook_secret": "whsec_new", "webhook_secret_previous": "whsec_canary_two"})
    assert sealed(account) == {
        "secret_key": "sk_test_canary_one",
        "webhook_secret": "whsec_new",
        "webhook_secret_previous": "whsec_canary_two",
    }

    change_credentials(account, changes={"webhook_secret_previous": ""})
    assert sealed(account) == {"secret_key": "sk_test_canary_one", "webhook_secret": "whsec_new"}


def test_the_command_reads_secrets_from_standard_input_and_prints_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_tenant(slug="soiree")
    monkeypatch.setattr("sys.stdin", io.StringIO("sk_test_canary_one\nwhsec_canary_two\n"))
    wanted = ["--currency", "EUR", "--credential", "secret_key", "--credential", "webhook_secret"]

    call_command("gateway_account", "open", "soiree", "stripe", "Stripe sandbox", *wanted)

    account = GatewayAccount.objects.get()
    printed = capsys.readouterr().out
    assert sealed(account) == SECRETS
    assert f"/webhooks/stripe/gwa_{account.public_id.hex}" in printed
    assert "canary" not in printed


def test_the_command_says_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x\n"))

    with pytest.raises(CommandError, match="There is no tenant nobody"):
        call_command("gateway_account", "open", "nobody", "stripe", "S", "--currency", "EUR", "--credential", "k")
    with pytest.raises(CommandError, match="There is no gateway account gwa_1"):
        call_command("gateway_account", "change", "gwa_1", "--credential", "k")

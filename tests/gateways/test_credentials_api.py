"""What a gateway account signs in with: tried, sealed, never shown, and never of the wrong tenant or mode."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from common import ids
from gateways.credentials import seal, unseal
from gateways.models import GatewayAccount
from gateways.registry import sealing_context
from tests.support.api import Api
from tests.support.factories import Merchant, make_api_key_of, make_merchant
from tests.support.simulator import Levers
from tests.support.web import Answer

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/v1/providers/credentials"
KEY = "sk_test_c4n4ryOfThisTest"


@pytest.fixture
def api(merchant: Merchant, levers: Levers) -> Api:
    return Api(make_api_key_of(merchant, scopes=("gateways:write",)))


def save(api: Api, **fields: Any) -> Answer:
    wanted = {"gateway": "stripe", "name": "Second", "currencies": ["EUR"], "credentials": {"secret_key": KEY}}
    return api.post(wanted | fields, key=None, path=PATH)


def shown(merchant: Merchant) -> str:
    return ids.show(ids.GATEWAY_ACCOUNT, merchant.account.public_id)


def values_of(account: GatewayAccount) -> dict[str, str]:
    account.refresh_from_db()
    return unseal(bytes(account.credentials), context=sealing_context(account))


def test_a_new_account_is_tried_sealed_and_told_where_webhooks_go(api: Api, merchant: Merchant) -> None:
    answer = save(api)

    account = GatewayAccount.objects.get(name="Second")
    assert (answer.status, answer.data["verified"], answer.data["mode"]) == (201, True, "sandbox")
    assert answer.data["webhookUrl"].endswith(f"/webhooks/stripe/{answer.data['account']}")
    assert (account.tenant, account.livemode) == (merchant.tenant, False)
    assert values_of(account) == {"secret_key": KEY}
    assert account.checked_at is not None
    assert KEY not in answer.body.decode()
    assert KEY.encode() not in bytes(account.credentials)


def test_a_key_that_the_gateway_refuses_is_not_kept(api: Api, levers: Levers) -> None:
    levers.control("POST", "/stripe/accounts", secret_key=KEY, revoked=True)

    answer = save(api)

    assert (answer.status, answer.json["error"]) == (422, "CREDENTIALS_REFUSED")
    assert KEY not in answer.body.decode()
    assert not GatewayAccount.objects.filter(name="Second").exists()


def test_a_key_of_the_other_mode_is_refused(api: Api) -> None:
    assert save(api, credentials={"secret_key": "sk_live_c4n4ry"}).json["error"] == "CREDENTIALS_REFUSED"


def test_a_gateway_that_does_not_answer_leaves_them_untried(api: Api, settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:1"

    answer = save(api)

    assert (answer.status, answer.data["verified"]) == (201, None)


def test_values_are_replaced_one_by_one(api: Api, merchant: Merchant) -> None:
    answer = save(api, account=shown(merchant), credentials={"webhook_secret": "whsec_new"})

    assert (answer.status, answer.data["fields"]) == (200, ["webhook_secret"])
    assert values_of(merchant.account) == {"secret_key": merchant.secret_key, "webhook_secret": "whsec_new"}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"gateway": "abacus"}, 400, "UNKNOWN_GATEWAY"),
        ({"credentials": {"secret": "x"}}, 400, "VALIDATION_ERROR"),
        ({"credentials": {"webhook_secret": "x"}}, 400, "VALIDATION_ERROR"),
        ({"credentials": {}}, 400, "VALIDATION_ERROR"),
        ({"currencies": []}, 400, "VALIDATION_ERROR"),
        ({"currencies": ["XYZ"]}, 400, "VALIDATION_ERROR"),
        ({"account": "gwa_" + "0" * 32}, 404, "GATEWAY_ACCOUNT_NOT_FOUND"),
        ({"mode": "live"}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_cannot_be_an_account_is_refused(api: Api, fields: dict[str, Any], status: int, code: str) -> None:
    answer = save(api, **fields)

    assert (answer.status, answer.json["error"]) == (status, code)
    assert not GatewayAccount.objects.filter(name="Second").exists()


def test_another_tenants_account_is_not_there(api: Api) -> None:
    stranger = make_merchant()

    answer = save(api, account=shown(stranger), credentials={"webhook_secret": "whsec_mine"})

    assert answer.status == 404
    assert values_of(stranger.account)["webhook_secret"] == stranger.webhook_secret


def test_a_key_for_payments_may_not_touch_credentials(merchant: Merchant) -> None:
    answer = save(Api(merchant.key))

    assert (answer.status, answer.json["error"]) == (403, "FORBIDDEN")


def test_what_can_be_asked_about_in_one_place_only_does_not_move(api: Api, merchant: Merchant) -> None:
    fixed = {"platform": "sandbox"}
    account = GatewayAccount.objects.create(
        tenant=merchant.tenant, gateway="mtn_momo", name="MTN", created_at=merchant.account.created_at
    )

    account.credentials = seal(fixed, context=sealing_context(account))
    account.save()

    answer = save(
        api,
        gateway="mtn_momo",
        account=ids.show(ids.GATEWAY_ACCOUNT, account.public_id),
        credentials={"platform": "new"},
    )

    assert (answer.status, answer.json["details"][0]["message"]) == (400, "is fixed")
    assert values_of(account) == fixed


# --- Another sealing key ------------------------------------------------------------------------------------------


def test_every_account_is_sealed_anew_and_the_old_key_can_go(merchant: Merchant, settings: Settings) -> None:
    before = settings.CREDENTIALS_KEYS
    new = "new:" + "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="
    settings.CREDENTIALS_KEYS = f"{new},{before}"
    with pytest.raises(CommandError):
        call_command("rotate_credentials_key", check=True)

    call_command("rotate_credentials_key")
    call_command("rotate_credentials_key", check=True)

    settings.CREDENTIALS_KEYS = new
    assert values_of(merchant.account)["secret_key"] == merchant.secret_key


def test_what_no_key_opens_is_named_and_left(merchant: Merchant, settings: Settings) -> None:
    sealed = bytes(merchant.account.credentials)
    settings.CREDENTIALS_KEYS = "new:" + "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI="

    with pytest.raises(CommandError, match=merchant.account.name):
        call_command("rotate_credentials_key")

    merchant.account.refresh_from_db()
    assert bytes(merchant.account.credentials) == sealed

"""Gateway accounts in the console: what they take is changed, what they sign in with goes in and never comes out."""

import logging
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from common import ids
from console.roles import make_gateway_administrator
from gateways.credentials import unseal
from gateways.models import GatewayAccount
from gateways.registry import sealing_context
from tests.console.conftest import Get
from tests.console.gateway_scene import add_account
from tests.console.scene import Scene
from tests.support.simulator import Levers

HOST = {"host": "localhost"}
NEW = "/admin/gateways/accounts/new/"
SECRET = "sk_test_c4n4ryOfTheConsole"


@pytest.fixture
def administrator(client: Client, scene: Scene) -> Client:
    person = User.objects.create_user("gates", is_staff=True)
    person.groups.add(make_gateway_administrator())
    client.force_login(person)
    return client


@pytest.fixture
def account(scene: Scene) -> GatewayAccount:
    stored = {"secret_key": "sk_test_kept", "webhook_secret": "whsec_kept"}
    return add_account(scene, "stripe", "Second Stripe", currencies=["EUR", "XOF"], stored=stored)


def page_of(account: GatewayAccount, name: str) -> str:
    return f"/admin/gateways/accounts/{ids.show(ids.GATEWAY_ACCOUNT, account.public_id)}/{name}/"


def filled(client: Client, address: str, **fields: Any) -> dict[str, Any]:
    form = client.get(address, headers=HOST).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = shown | {"reason": "asked by finance"} | fields
    return {name: "on" if value is True else value for name, value in sent.items() if value not in (None, False)}


def post(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, filled(client, address, **fields), headers=HOST)


def problems(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return {name: [str(text) for text in texts] for name, texts in answer.context["form"].errors.items()}


def values_of(account: GatewayAccount) -> dict[str, str]:
    account.refresh_from_db()
    return unseal(bytes(account.credentials), context=sealing_context(account))


# What it takes


def test_what_an_account_takes_is_changed_and_noted(account: GatewayAccount, administrator: Client) -> None:
    answer = post(
        administrator, page_of(account, "settings"), priority=7, is_active=False, currencies="eur usd, tnd",
        countries="fr", minimum_minor=500, maximum_minor=900_000,
        fee_currency_0="EUR", fee_percent_0="1,5", fee_fixed_0="0.25", fee_currency_1="tnd", fee_percent_1="2.90",
    )  # fmt: skip

    account.refresh_from_db()
    assert answer.status_code == 302
    assert (account.priority, account.is_active, account.currencies) == (7, False, ["EUR", "USD", "TND"])
    assert (account.countries, account.minimum_minor, account.maximum_minor) == (["FR"], 500, 900_000)
    assert account.fees == {"EUR": {"percent": "1.5", "fixed": 25}, "TND": {"percent": "2.9", "fixed": 0}}
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id, entry.user.username) == (CHANGE, str(account.pk), "gates")
    page = administrator.get(answer.headers["Location"], headers=HOST).content.decode()
    assert "Priority: 100 → 7" in page
    assert "asked by finance" in page
    assert values_of(account) == {"secret_key": "sk_test_kept", "webhook_secret": "whsec_kept"}


def test_fees_come_back_as_they_were_written_and_an_emptied_row_is_removed(
    scene: Scene, administrator: Client, account: GatewayAccount
) -> None:
    account.fees = {"EUR": {"percent": "1.5", "fixed": 25}, "XOF": {"percent": "2", "fixed": 100}}
    account.save()
    form = administrator.get(page_of(account, "settings"), headers=HOST).context["form"]

    post(administrator, page_of(account, "settings"), fee_currency_1="", fee_percent_1="", fee_fixed_1="")

    account.refresh_from_db()
    assert [[field.value() for field in row] for row in form.fee_fields[:2]] == [
        ["EUR", "1.5", "0.25"],
        ["XOF", "2", "100"],
    ]
    assert account.fees == {"EUR": {"percent": "1.5", "fixed": 25}}


def test_saving_what_it_already_is_writes_no_log(account: GatewayAccount, administrator: Client) -> None:
    assert post(administrator, page_of(account, "settings")).status_code == 302

    assert LogEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"reason": ""}, "reason", "required"),
        ({"priority": "-1"}, "priority", "greater than or equal to 0"),
        ({"currencies": ""}, "currencies", "required"),
        ({"currencies": "EUR FRA"}, "currencies", "Not a currency of ISO 4217: FRA."),
        ({"currencies": "EUR KPW"}, "currencies", "Stripe does not take KPW."),
        ({"countries": "FR ZZ"}, "countries", "Not a country of ISO 3166, two letters: ZZ."),
        ({"methods": []}, "methods", "required"),
        ({"methods": ["mobile_money"]}, "methods", "Select a valid choice"),
        ({"minimum_minor": "0"}, "minimum_minor", "greater than or equal to 1"),
        ({"minimum_minor": "600", "maximum_minor": "599"}, "maximum_minor", "Less than the smallest amount."),
        ({"fee_currency_0": "USD", "fee_percent_0": "1"}, "fee_currency_0", "The account does not take it."),
        ({"fee_percent_0": "1"}, "fee_currency_0", "Not a currency"),
        ({"fee_currency_0": "EUR", "fee_percent_0": "100"}, "fee_percent_0", "below 100"),
        ({"fee_currency_0": "XOF", "fee_fixed_0": "1.5"}, "fee_fixed_0", "XOF has 0 decimals."),
        ({"fee_currency_0": "EUR", "fee_currency_1": "EUR"}, "fee_currency_1", "Named already."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(
    account: GatewayAccount, administrator: Client, fields: dict[str, Any], field: str, said: str
) -> None:
    answer = post(administrator, page_of(account, "settings"), **fields)

    assert said in problems(answer)[field][0]
    assert LogEntry.objects.count() == 0


def test_a_country_that_the_gateway_does_not_serve_is_refused(scene: Scene, administrator: Client) -> None:
    momo = add_account(scene, "mtn_momo", "MTN", currencies=["XOF"])

    answer = post(administrator, page_of(momo, "settings"), countries="CM FR")

    assert problems(answer)["countries"] == ["MTN MoMo does not serve FR."]


def test_settings_over_somebody_elses_change_are_refused(account: GatewayAccount, administrator: Client) -> None:
    form = filled(administrator, page_of(account, "settings"), priority=7)
    GatewayAccount.objects.filter(pk=account.pk).update(is_active=False)

    answer = administrator.post(page_of(account, "settings"), form, headers=HOST)

    assert "Somebody changed this in the meantime" in problems(answer)["__all__"][0]
    assert GatewayAccount.objects.get(pk=account.pk).priority == 100


# What it signs in with


@pytest.mark.django_db(transaction=True)
def test_credentials_are_tried_kept_and_never_shown(
    account: GatewayAccount, administrator: Client, levers: Levers, caplog: pytest.LogCaptureFixture
) -> None:
    address = page_of(account, "credentials")

    with caplog.at_level(logging.DEBUG):
        answer = post(administrator, address, credential_secret_key=SECRET)
        shown = administrator.get(answer.headers["Location"], headers=HOST).content.decode()

    assert answer.status_code == 302
    assert values_of(account) == {"secret_key": SECRET, "webhook_secret": "whsec_kept"}
    assert account.checked_at is not None
    assert "the gateway accepts them" in shown
    entry = LogEntry.objects.get()
    assert "secret_key set" in entry.change_message
    everything = [shown, entry.change_message, caplog.text, administrator.get(address, headers=HOST).content.decode()]
    assert not any(secret in text for text in everything for secret in (SECRET, "sk_test_kept", "whsec_kept"))


@pytest.mark.django_db(transaction=True)
def test_refused_credentials_keep_nothing_and_come_back_nowhere(
    account: GatewayAccount, administrator: Client, levers: Levers, caplog: pytest.LogCaptureFixture
) -> None:
    levers.control("POST", "/stripe/accounts", secret_key=SECRET, revoked=True)

    with caplog.at_level(logging.DEBUG):
        answer = post(administrator, page_of(account, "credentials"), credential_secret_key=SECRET)

    assert "Stripe refuses these values; none of them was stored." in problems(answer)["__all__"][0]
    assert values_of(account) == {"secret_key": "sk_test_kept", "webhook_secret": "whsec_kept"}
    assert account.checked_at is None
    assert LogEntry.objects.count() == 0
    assert SECRET not in answer.content.decode()
    assert SECRET not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_gateway_that_does_not_answer_leaves_them_stored_and_untried(
    account: GatewayAccount, administrator: Client, settings: Settings
) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:1"

    answer = post(administrator, page_of(account, "credentials"), credential_secret_key=SECRET)

    shown = administrator.get(answer.headers["Location"], headers=HOST).content.decode()
    assert values_of(account)["secret_key"] == SECRET
    assert "Stored, not tried: the gateway did not answer." in shown


@pytest.mark.django_db(transaction=True)
def test_a_value_is_removed_by_its_name(account: GatewayAccount, administrator: Client, levers: Levers) -> None:
    form = filled(administrator, page_of(account, "credentials"), remove=["webhook_secret"])

    assert administrator.post(page_of(account, "credentials"), form, headers=HOST).status_code == 302

    assert values_of(account) == {"secret_key": "sk_test_kept"}
    assert "webhook_secret removed" in LogEntry.objects.get().change_message


def test_the_page_names_what_is_stored_and_what_is_fixed(scene: Scene, administrator: Client) -> None:
    stored = {"platform": "legacy", "collection_secret": "kept-value"}
    momo = add_account(scene, "mtn_momo", "MTN", currencies=["XOF"], stored=stored)

    answer = administrator.get(page_of(momo, "credentials"), headers=HOST)
    page = answer.content.decode()

    assert [field.name for field in answer.context["form"].kept_fixed] == ["platform"]
    assert "credential_platform" not in page
    assert [known.name for known, _field, is_stored in answer.context["form"].lines if is_stored] == [
        "collection_secret"
    ]
    assert 'type="password" name="credential_collection_secret"' in page
    assert "kept-value" not in page
    assert "legacy" not in page.replace("sandbox, legacy or new", "")


def test_a_fixed_value_is_not_replaced_by_a_forged_field(scene: Scene, administrator: Client) -> None:
    momo = add_account(scene, "mtn_momo", "MTN", currencies=["XOF"], stored={"platform": "legacy"})

    answer = post(administrator, page_of(momo, "credentials"), credential_platform="new")

    assert problems(answer)["__all__"] == ["Nothing was typed: fill the fields that shall change."]
    assert values_of(momo) == {"platform": "legacy"}


def test_what_is_typed_beside_a_mistake_is_not_sent_back(account: GatewayAccount, administrator: Client) -> None:
    answer = post(administrator, page_of(account, "credentials"), credential_secret_key=SECRET, reason="")

    assert list(problems(answer)) == ["reason"]
    assert SECRET not in answer.content.decode()


def test_what_cannot_be_opened_is_said_and_left_alone(scene: Scene, administrator: Client) -> None:
    address = page_of(scene.account, "credentials")

    page = administrator.get(address, headers=HOST).content.decode()
    answer = post(administrator, address, credential_secret_key=SECRET)

    assert "What is stored cannot be opened" in page
    assert "nothing can be replaced in it" in problems(answer)["__all__"][0]
    scene.account.refresh_from_db()
    assert bytes(scene.account.credentials) == b"sealed"


# Opening


def test_every_gateway_can_be_chosen_and_has_its_form(scene: Scene, administrator: Client) -> None:
    offers = administrator.get(NEW, headers=HOST).context["offers"]

    assert len(offers) == 8
    for offer in offers:
        page = administrator.get(offer.address, headers=HOST)
        asked = {field.name for field in page.context["form"].asked}
        assert asked == {field.name for field in offer.profile.credentials}, offer.name
    assert administrator.get(f"{NEW}abacus/", headers=HOST).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_an_account_is_opened_tried_and_noted(scene: Scene, administrator: Client, levers: Levers) -> None:
    answer = post(
        administrator, f"{NEW}stripe/", tenant=scene.tenant.pk, name="Third", currencies="EUR XOF",
        credential_secret_key=SECRET,
    )  # fmt: skip

    account = GatewayAccount.objects.get(name="Third")
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"{ids.show(ids.GATEWAY_ACCOUNT, account.public_id)}/")
    assert (account.tenant, account.livemode, account.currencies) == (scene.tenant, False, ["EUR", "XOF"])
    assert values_of(account) == {"secret_key": SECRET}
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id) == (ADDITION, str(account.pk))
    assert SECRET not in entry.change_message
    assert SECRET not in administrator.get(answer.headers["Location"], headers=HOST).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_account_with_a_refused_key_is_not_opened(scene: Scene, administrator: Client, levers: Levers) -> None:
    levers.control("POST", "/stripe/accounts", secret_key=SECRET, revoked=True)

    answer = post(
        administrator, f"{NEW}stripe/", tenant=scene.tenant.pk, name="Third", currencies="EUR",
        credential_secret_key=SECRET,
    )  # fmt: skip

    assert "none of them was stored" in problems(answer)["__all__"][0]
    assert not GatewayAccount.objects.filter(name="Third").exists()
    assert LogEntry.objects.count() == 0
    assert SECRET not in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": "Stripe (demo)"}, "name", "This tenant has an account of this name already."),
        ({"currencies": "FRA"}, "currencies", "Not a currency of ISO 4217: FRA."),
        ({"credential_secret_key": ""}, "credential_secret_key", "required"),
        ({"tenant": "99999"}, "tenant", "Select a valid choice"),
    ],
)
def test_a_new_account_with_a_mistake_is_not_opened(
    scene: Scene, administrator: Client, fields: dict[str, str], field: str, said: str
) -> None:
    wanted = {"tenant": scene.tenant.pk, "name": "Third", "currencies": "EUR", "credential_secret_key": SECRET}

    answer = post(administrator, f"{NEW}stripe/", **(wanted | fields))

    assert said in problems(answer)[field][0]
    assert GatewayAccount.objects.count() == 1
    assert SECRET not in answer.content.decode()


# Who may


def test_a_viewer_may_open_none_of_these_forms(
    scene: Scene, account: GatewayAccount, get_as_viewer: Get, client: Client
) -> None:
    page = get_as_viewer(f"/admin/gateways/gatewayaccount/{account.pk}/").content.decode()

    for address in (page_of(account, "settings"), page_of(account, "credentials"), NEW, f"{NEW}stripe/"):
        assert address not in page
        assert get_as_viewer(address).status_code == 403, address
        assert client.post(address, {"priority": "1"}, headers=HOST).status_code in (403, 405), address
    assert GatewayAccount.objects.get(pk=account.pk).priority == 100


def test_a_stranger_is_sent_to_log_in(scene: Scene, account: GatewayAccount, client: Client) -> None:
    for address in (page_of(account, "settings"), page_of(account, "credentials"), f"{NEW}stripe/"):
        answer = client.post(address, {"priority": "1"}, headers=HOST)
        assert (answer.status_code, answer.headers["Location"][:14]) == (302, "/admin/login/?")


@pytest.mark.parametrize("name", ["settings", "credentials"])
def test_a_form_from_elsewhere_changes_nothing(account: GatewayAccount, administrator: Client, name: str) -> None:
    form = filled(administrator, page_of(account, name), priority=7, credential_secret_key=SECRET)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="gates"))

    assert strict.post(page_of(account, name), form, headers=HOST).status_code == 403

    account.refresh_from_db()
    assert account.priority == 100
    assert values_of(account)["secret_key"] == "sk_test_kept"


@pytest.mark.parametrize("key", ["gwa_" + "0" * 32, "7", "pay_" + "0" * 32])
def test_an_account_that_is_not_there_is_not_found(scene: Scene, administrator: Client, key: str) -> None:
    for name in ("settings", "credentials"):
        assert administrator.get(f"/admin/gateways/accounts/{key}/{name}/", headers=HOST).status_code == 404

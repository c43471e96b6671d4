"""Routing rules in the console: who may see and change them, what is refused and why, and what the log keeps."""

from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.test import Client

from console.roles import make_gateway_administrator
from gateways.models import RoutingRule
from tenants.models import Tenant
from tests.console.conftest import Get
from tests.console.gateway_scene import add_rule
from tests.console.scene import Scene

LIST = "/admin/gateways/rules/"
ADD = "/admin/gateways/rules/add/"
HOST = {"host": "localhost"}


@pytest.fixture
def administrator(client: Client, scene: Scene) -> Client:
    """Somebody with the role, not a superuser."""
    person = User.objects.create_user("routing", is_staff=True)
    person.groups.add(make_gateway_administrator())
    client.force_login(person)
    return client


def filled(client: Client, address: str, **fields: Any) -> dict[str, Any]:
    """What the form shows, with these changes: as a browser would send it."""
    form = client.get(address, headers=HOST).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = shown | {"reason": "asked by finance"} | fields
    return {name: "on" if value is True else value for name, value in sent.items() if value not in (None, False)}


def post(client: Client, address: str, **fields: Any) -> Any:
    return client.post(address, filled(client, address, **fields), headers=HOST)


def problems(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 422
    return {name: [str(text) for text in texts] for name, texts in answer.context["form"].errors.items()}


def address_of(rule: RoutingRule) -> str:
    return f"{LIST}{rule.pk}/"


def test_the_rules_are_listed_in_their_order_with_what_they_ask(scene: Scene, get: Get) -> None:
    add_rule(scene, position=20, name="Second", currency="EUR", minimum_minor=500_00, gateways=["stripe"])
    add_rule(scene, position=10, name="First", country="CM", is_exclusive=True)

    answer = get(LIST)
    rows = answer.context["rows"]

    assert [(row.rule.name, row.conditions, row.gateways) for row in rows] == [
        ("First", "CM, Mobile money", "MTN MoMo, CinetPay"),
        ("Second", "EUR, Mobile money, from 500.00\u00a0EUR", "Stripe"),
    ]
    assert "and no other" in answer.content.decode()


def test_without_rules_the_page_says_what_decides(scene: Scene, get: Get) -> None:
    assert "Without rules, success of the last day" in get(LIST).content.decode()


def test_a_rule_is_added_and_the_log_says_by_whom_and_why(scene: Scene, administrator: Client) -> None:
    answer = post(
        administrator, ADD, name="Cameroon", currency="xof", country="cm", method="mobile_money",
        minimum="500", maximum="2 000 000", gateway_1="mtn_momo", gateway_2="cinetpay", is_exclusive=True,
    )  # fmt: skip

    rule = RoutingRule.objects.get()
    assert answer.status_code == 302
    assert (rule.tenant, rule.position, rule.name, rule.is_active) == (scene.tenant, 10, "Cameroon", True)
    assert (rule.currency, rule.country, rule.method) == ("XOF", "CM", "mobile_money")
    assert (rule.minimum_minor, rule.maximum_minor) == (500, 2_000_000)
    assert (rule.gateways, rule.is_exclusive) == (["mtn_momo", "cinetpay"], True)
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id, entry.user.username) == (ADDITION, str(rule.pk), "routing")
    page = administrator.get(LIST, headers=HOST).content.decode()
    assert "asked by finance" in page
    assert "routing · added · Cameroon" in page


def test_a_change_keeps_what_it_was_before(scene: Scene, administrator: Client) -> None:
    rule = add_rule(scene)

    answer = post(administrator, address_of(rule), position=15, is_active=False)

    rule.refresh_from_db()
    assert answer.status_code == 302
    assert (rule.position, rule.is_active, rule.gateways) == (15, False, ["mtn_momo", "cinetpay"])
    entry = LogEntry.objects.get()
    assert entry.action_flag == CHANGE
    page = administrator.get(LIST, headers=HOST).content.decode()
    assert "Position: 10 → 15; Active: yes → no" in page
    assert "Switched off" in page


def test_amounts_are_read_and_shown_in_the_rules_currency(scene: Scene, administrator: Client) -> None:
    rule = add_rule(scene, method="card", currency="TND", minimum_minor=1_500, gateways=["stripe"])

    shown = administrator.get(address_of(rule), headers=HOST).context["form"]["minimum"].value()
    post(administrator, address_of(rule), maximum="12.5")

    rule.refresh_from_db()
    assert shown == "1.500"
    assert (rule.minimum_minor, rule.maximum_minor) == (1_500, 12_500)


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": ""}, "name", "required"),
        ({"reason": ""}, "reason", "required"),
        ({"position": "0"}, "position", "greater than or equal to 1"),
        ({"position": "99999"}, "position", "less than or equal to 32767"),
        ({"position": "10"}, "position", "Position 10 is taken by the rule “Mobile money of Cameroon”."),
        ({"currency": "FRA"}, "currency", "Not a currency of ISO 4217: FRA."),
        ({"country": "ZZ"}, "country", "Not a country of ISO 3166, two letters: ZZ."),
        ({"method": "cheque"}, "method", "Select a valid choice"),
        ({"gateway_1": ""}, "gateway_1", "required"),
        ({"gateway_1": "abacus"}, "gateway_1", "Select a valid choice"),
        ({"gateway_2": "stripe"}, "gateway_2", "Named already."),
        ({"minimum": "5"}, "minimum", "An amount says nothing without a currency"),
        ({"currency": "EUR", "minimum": "5,00 $"}, "minimum", "Write the amount as"),
        ({"currency": "EUR", "minimum": "9", "maximum": "8.99"}, "maximum", "Less than the amount it begins from."),
        ({"currency": "EUR", "method": "mobile_money"}, "gateway_1", "None of these gateways takes payments"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    scene: Scene, administrator: Client, fields: dict[str, str], field: str, said: str
) -> None:
    add_rule(scene)

    answer = post(administrator, ADD, **({"name": "Odd", "gateway_1": "stripe"} | fields))

    assert said in problems(answer)[field][0]
    assert RoutingRule.objects.count() == 1
    assert LogEntry.objects.count() == 0
    assert "Nothing was saved" in answer.content.decode()


def test_the_messages_are_french_on_a_french_page(scene: Scene, administrator: Client) -> None:
    administrator.cookies["django_language"] = "fr"

    answer = post(administrator, ADD, name="Odd", gateway_1="stripe", country="ZZ")

    assert problems(answer)["country"][0].startswith("Pas un pays de l’ISO 3166")


def test_a_change_over_somebody_elses_change_is_refused(scene: Scene, administrator: Client) -> None:
    rule = add_rule(scene)
    form = filled(administrator, address_of(rule), name="Mine")
    RoutingRule.objects.filter(pk=rule.pk).update(name="Theirs")

    answer = administrator.post(address_of(rule), form, headers=HOST)

    assert "Somebody changed this in the meantime" in problems(answer)["__all__"][0]
    assert RoutingRule.objects.get().name == "Theirs"


def test_a_position_is_one_tenants_own(scene: Scene, administrator: Client) -> None:
    other = Tenant.objects.create(slug="other", name="Other", created_at=scene.now)
    RoutingRule.objects.create(tenant=other, position=10, name="Theirs", gateways=["stripe"])

    assert post(administrator, ADD, name="Ours", gateway_1="stripe").status_code == 302

    assert {(rule.tenant, rule.position) for rule in RoutingRule.objects.all()} == {(other, 10), (scene.tenant, 10)}


def test_a_viewer_sees_rules_and_may_change_none(scene: Scene, get_as_viewer: Get, client: Client) -> None:
    rule = add_rule(scene)

    page = get_as_viewer(LIST).content.decode()

    assert "Mobile money of Cameroon" in page
    assert address_of(rule) not in page
    assert "Add a rule" not in page
    for address in (ADD, address_of(rule)):
        assert get_as_viewer(address).status_code == 403
        assert client.post(address, {"name": "x"}, headers=HOST).status_code == 403
    assert RoutingRule.objects.get().name == "Mobile money of Cameroon"


def test_staff_without_rights_sees_no_rule(scene: Scene, client: Client) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))

    assert client.get(LIST, headers=HOST).status_code == 403


def test_a_form_from_elsewhere_changes_nothing(scene: Scene, administrator: Client) -> None:
    rule = add_rule(scene)
    form = filled(administrator, address_of(rule), name="Forged")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="routing"))

    answer = strict.post(address_of(rule), form, headers=HOST)

    assert answer.status_code == 403
    assert RoutingRule.objects.get().name != "Forged"


def test_other_methods_and_unknown_rules_are_refused(scene: Scene, administrator: Client) -> None:
    rule = add_rule(scene)

    assert administrator.delete(address_of(rule), headers=HOST).status_code == 405
    assert administrator.post(LIST, headers=HOST).status_code == 405
    assert administrator.get(f"{LIST}999/", headers=HOST).status_code == 404
    assert RoutingRule.objects.count() == 1

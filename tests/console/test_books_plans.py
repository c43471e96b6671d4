"""Commission plans and gateway accounts in the console, and the command that lists the gateways."""

import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from commissions.models import CommissionPlan, CommissionVersion
from commissions.pricing import Rate
from commissions.services.plans import set_terms
from common import ids
from common.money import Money
from common.remembered import forget_everything
from gateways.models import GatewayAccount
from payments.models import Payment
from payments.states import Status
from tests.console.conftest import Get
from tests.console.gateway_scene import open_circuit
from tests.console.scene import Scene


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    forget_everything()


def address_of(plan: CommissionPlan, amount: str = "") -> str:
    address = reverse("admin:commissions_commissionplan_change", args=[plan.pk])
    return f"{address}?amount={amount}" if amount else address


def set_rate(scene: Scene, *, days_ago: int, rate: Rate, owner_type: str = "", owner_id: str = "") -> CommissionVersion:
    return set_terms(
        tenant_id=scene.tenant.pk,
        commission_type="ticket_sale",
        currency="EUR",
        rate=rate,
        valid_from=scene.now - timedelta(days=days_ago),
        created_at=scene.now,
        owner_type=owner_type,
        owner_id=owner_id,
    )


@pytest.mark.django_db(transaction=True)
def test_the_tree_goes_from_everybody_to_one_owner(scene: Scene, get: Get) -> None:
    set_rate(scene, days_ago=3, rate=Rate(Decimal("4")), owner_type="organizer", owner_id="org-baobab")
    set_rate(scene, days_ago=3, rate=Rate(Decimal("4.5")), owner_type="organizer")

    branches = get(reverse("admin:commissions_commissionplan_changelist")).context["branches"]

    (ticket,) = [branch for branch in branches if branch.commission_type == "ticket_sale"]
    assert [(leaf.depth, leaf.plan.owner_id) for leaf in ticket.leaves] == [(0, ""), (1, ""), (2, "org-baobab")]
    assert [leaf.in_force.percent for leaf in ticket.leaves] == [Decimal("5"), Decimal("4.5"), Decimal("4")]


@pytest.mark.django_db(transaction=True)
def test_versions_stand_side_by_side_with_the_one_in_force_marked(scene: Scene, get: Get) -> None:
    set_rate(scene, days_ago=2, rate=Rate(Decimal("5.3")))
    set_rate(scene, days_ago=-2, rate=Rate(Decimal("6"), maximum_minor=9_01))

    columns = get(address_of(scene.plan.plan)).context["columns"]

    assert [(column.version.number, column.state) for column in columns] == [
        (3, "future"),
        (2, "in_force"),
        (1, "past"),
    ]
    assert columns[2].valid_until == columns[1].version.valid_from


def test_the_calculator_shows_each_line_and_its_rounding(scene: Scene, get: Get) -> None:
    answer = get(address_of(scene.plan.plan, "23.45"))
    calculation = answer.context["calculation"]

    assert calculation.priced.commission == Money(1_57, "EUR")
    assert [(step.line.amount.minor, step.exact) for step in calculation.steps] == [
        (1_17, Decimal("1.1725")),
        (40, None),
    ]
    assert "1.1725, rounded half up" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_calculator_names_the_rule_that_wins(scene: Scene, get: Get) -> None:
    version = set_rate(scene, days_ago=-5, rate=Rate(Decimal("1")), owner_type="organizer", owner_id="org-baobab")

    calculation = get(address_of(version.plan, "10.00")).context["calculation"]

    assert calculation.version == scene.plan
    assert calculation.priced.commission == Money(90, "EUR")


@pytest.mark.parametrize("typed", ["lots", "1.2.3", "-5", "1.234"])
def test_what_is_no_amount_gets_a_reason_not_a_price(scene: Scene, get: Get, typed: str) -> None:
    calculation = get(address_of(scene.plan.plan, typed)).context["calculation"]

    assert calculation.priced is None
    assert calculation.problem


def test_a_plan_without_a_version_refuses_and_says_so(scene: Scene, get: Get) -> None:
    plan = CommissionPlan.objects.get(currency="USD")

    page = get(address_of(plan, "10.00")).content.decode()

    assert "No version has begun yet" in page


def test_without_plans_the_page_says_what_that_means(scene: Scene, get: Get) -> None:
    CommissionVersion.objects.all().delete()
    CommissionPlan.objects.all().delete()

    page = get(reverse("admin:commissions_commissionplan_changelist")).content.decode()

    assert "Without a plan every sale is refused." in page


def account_page(get: Get, scene: Scene) -> Any:
    return get(reverse("admin:gateways_gatewayaccount_change", args=[scene.account.pk]))


def test_success_leads_to_the_payments_it_counted(scene: Scene, get: Get) -> None:
    for status in (Status.COMPLETED, Status.COMPLETED, Status.FAILED, Status.CANCELLED):
        scene.pay(status)
    scene.pay(Status.COMPLETED, ago=timedelta(days=9))

    success = account_page(get, scene).context["success"]
    listed = get(success.address).context["cl"].result_list

    assert (success.paid, success.ended, success.tenths_of_percent) == (2, 3, 666)
    assert success.says_little
    assert len(listed) == success.ended


def test_another_accounts_payments_do_not_count(scene: Scene, get: Get) -> None:
    scene.pay()
    other = GatewayAccount.objects.create(
        tenant=scene.tenant, gateway="stripe", name="Stripe (other)", credentials=b"sealed", created_at=scene.now
    )

    context = get(reverse("admin:gateways_gatewayaccount_change", args=[other.pk])).context

    assert context["success"].ended == 0
    assert context["last_webhook"] is None


def test_open_attempts_are_those_still_asked_about(scene: Scene, get: Get) -> None:
    scene.pay()
    waiting = scene.pay(Status.PROCESSING)

    attempts = account_page(get, scene).context["open_attempts"]

    assert [attempt.payment for attempt in attempts] == [waiting]


def test_the_newest_webhook_and_the_address_to_register_are_shown(scene: Scene, get: Get) -> None:
    scene.webhook()
    newest = scene.webhook()

    answer = account_page(get, scene)

    assert answer.context["last_webhook"].pk == newest.pk
    key = ids.show(ids.GATEWAY_ACCOUNT, scene.account.public_id)
    assert f"/webhooks/stripe/{key}" in answer.content.decode()


def test_credentials_never_reach_the_page(scene: Scene, get: Get) -> None:
    GatewayAccount.objects.filter(pk=scene.account.pk).update(credentials=b"odd-sealed-bytes")

    page = account_page(get, scene).content.decode()

    assert "odd-sealed-bytes" not in page
    assert "sealed, never shown" in page


def test_limits_are_the_narrower_of_the_accounts_and_the_gateways_in_each_currency(scene: Scene, get: Get) -> None:
    limits = account_page(get, scene).context["limits"]

    assert [str(limit.smallest) for limit in limits] == ["0.50 EUR", "0.001 TND", "0.50 USD", "1 XOF"]


def test_an_account_of_an_unknown_gateway_still_opens(scene: Scene, get: Get) -> None:
    GatewayAccount.objects.filter(pk=scene.account.pk).update(gateway="elsewhere")

    assert "no adapter for this gateway" in account_page(get, scene).content.decode()


def test_the_command_lists_adapters_and_accounts_as_json(scene: Scene) -> None:
    GatewayAccount.objects.filter(pk=scene.account.pk).update(fees={"EUR": {"percent": "1.5", "fixed": 25}})
    open_circuit(scene, "stripe")
    out = io.StringIO()

    call_command("gateways", "--json", stdout=out)
    found = json.loads(out.getvalue())

    adapters = {adapter["code"]: adapter for adapter in found["adapters"]}
    assert list(adapters) == [
        "bank_transfer", "cinetpay", "mtn_momo", "orange_money", "pagadito", "paypal", "paystack", "stripe",
    ]  # fmt: skip
    assert adapters["stripe"]["capabilities"][:2] == ["look_up", "charge"]
    assert adapters["stripe"]["webhookTrust"] == "signed"
    assert adapters["stripe"]["keyRetentionHours"] == 24
    assert adapters["mtn_momo"]["methods"] == ["mobile_money"]
    assert {"XOF", "GHS"} <= set(adapters["mtn_momo"]["currencies"])
    assert "CM" in adapters["mtn_momo"]["countries"]
    assert adapters["cinetpay"]["limits"]["XOF"] == "100 XOF to 2500000 XOF"
    assert {"name": "secret_key", "isRequired": True, "isSecret": True, "isFixed": False} in adapters["stripe"][
        "credentials"
    ]
    (account,) = found["accounts"]
    assert (account["name"], account["keyId"], account["capabilities"][0]) == ("Stripe (demo)", "test", "look_up")
    assert account["fees"] == {"EUR": {"percent": "1.5", "fixed": 25}}
    assert account["circuit"] == "open"
    assert "credentials" not in account


def test_the_command_lists_the_same_as_text(scene: Scene) -> None:
    out = io.StringIO()

    call_command("gateways", stdout=out)

    assert "Stripe (demo)" in out.getvalue()
    assert ids.show(ids.GATEWAY_ACCOUNT, scene.account.public_id) in out.getvalue()
    assert "sealed" in out.getvalue()
    assert "fees not written down" in out.getvalue()
    assert "circuit closed; credentials never checked" in out.getvalue()
    for line in ("MTN MoMo", "webhooks     signed; keys kept 24 h", "needs        payer_phone"):
        assert line in out.getvalue()


def test_the_command_says_when_there_are_no_accounts(db: None) -> None:
    out = io.StringIO()

    call_command("gateways", stdout=out)

    assert "none yet" in out.getvalue()
    assert Payment.objects.count() == 0

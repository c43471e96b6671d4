"""The page Gateways: what is held back, what each account takes, who would get a payment, what adapters can do."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import ids
from common.money import Money
from gateways.models import Breaker
from gateways.registry import PROFILES, capabilities_of
from payments.models import Payment
from payments.states import Status
from tenants.models import Tenant
from tests.console.conftest import Get
from tests.console.gateway_scene import add_account, add_rule, furnish, open_circuit
from tests.console.scene import Scene

PAGE = "/admin/gateways/overview/"
ASK = f"{PAGE}?amount=15+000&currency=XOF&country=CM&method=mobile_money"


def momo(scene: Scene, **fields: object):
    return add_account(scene, "mtn_momo", "MTN", **{"currencies": ["XOF"], "countries": ["CM"], **fields})


def test_the_matrix_is_what_the_adapters_have(scene: Scene, get: Get) -> None:
    matrix = get(PAGE).context["matrix"]

    assert len(matrix.gateways) == len(PROFILES) == 8
    ticks = [[cell.can for cell in row.cells] for row in matrix.capabilities]
    for column, code in enumerate(sorted(PROFILES)):
        assert sum(row[column] for row in ticks) == len(set(capabilities_of(code)) - {"look_up"}), code


def test_the_matrix_shows_currencies_countries_webhooks_and_keys(scene: Scene, get: Get) -> None:
    page = get(PAGE).content.decode()

    assert "CDF, GNF, USD, XAF, XOF" in page
    assert re.search(r"<summary>136</summary>AED, AFN", page)
    assert "signed: believed" in page
    assert "365 days" in page
    assert "the payer&#x27;s phone number" in page
    assert "100\u00a0XOF – 2\u202f500\u202f000\u00a0XOF" in page


def test_an_open_circuit_is_said_with_since_next_try_and_reason(scene: Scene, get: Get) -> None:
    open_circuit(scene, "stripe")

    answer = get(PAGE)
    page = answer.content.decode()

    (circuit,) = answer.context["circuits"]
    assert (circuit.gateway, circuit.mode, circuit.is_open, circuit.failures) == ("Stripe", "sandbox", True, 7)
    assert "1 gateway is not answering" in page
    assert "connect_timeout" in page
    assert page.count("No calls") == 3


def test_trouble_of_a_gateway_without_an_account_here_is_shown_too(scene: Scene, get: Get) -> None:
    open_circuit(scene, "paypal")

    assert [one.gateway for one in get(PAGE).context["circuits"]] == ["PayPal", "Stripe"]


def test_without_trouble_the_page_says_so(scene: Scene, get: Get) -> None:
    assert "No gateway is held back." in get(PAGE).content.decode()


def test_an_account_shows_how_its_last_charges_ended_and_what_it_takes(scene: Scene, get: Get) -> None:
    for status in (Status.COMPLETED, Status.COMPLETED, Status.FAILED):
        scene.pay(status)
    momo(scene, fees={"XOF": {"percent": "1.25", "fixed": 50}}, priority=5, check_text="ok", checked_at=scene.now)

    answer = get(PAGE)
    first, second = answer.context["cards"]

    assert (first.account.name, first.rate.ended, first.fees[0].fixed) == ("MTN", 0, Money(50, "XOF"))
    assert (second.rate.succeeded, second.rate.ended, second.tenths_of_percent) == (2, 3, 666)
    assert (first.limits[0].smallest, second.limits[0].smallest) == (Money(1, "XOF"), Money(50, "EUR"))
    key = ids.show(ids.GATEWAY_ACCOUNT, first.account.public_id)
    assert f'data-copy="{first.webhook_address}"' in answer.content.decode()
    assert first.webhook_address.endswith(f"/webhooks/mtn_momo/{key}")
    assert "kept-value" not in answer.content.decode()


def test_an_accounts_links_hold_its_webhooks_and_payments_only(scene: Scene, get: Get) -> None:
    mine = scene.webhook()
    payment = scene.pay()
    momo(scene)

    theirs, ours = get(PAGE).context["cards"][::-1][:2][::-1]
    if ours.account.pk != scene.account.pk:
        ours, theirs = theirs, ours

    assert mine in get(ours.webhooks).context["cl"].result_list
    assert get(theirs.webhooks).context["cl"].result_list == []
    assert get(ours.payments).context["cl"].result_list == [payment]
    assert "Gateway account: Stripe (demo)" in get(ours.webhooks).content.decode()


def test_webhooks_of_an_account_nobody_knows_are_dropped_not_guessed(scene: Scene, get: Get) -> None:
    assert get(f"/admin/gateways/inboundevent/?account=gwa_{'0' * 32}").status_code == 302


def test_who_would_get_15_000_xof_from_cameroon_by_mobile_money(scene: Scene, get: Get) -> None:
    momo(scene, fees={"XOF": {"percent": "1.25", "fixed": 0}})
    add_rule(scene)

    answer = get(ASK)
    decision = answer.context["dry_run"].decision

    assert (decision.chosen, decision.because) == ("MTN", "the only one that can take it")
    assert decision.rule == "Mobile money of Cameroon"
    assert [(one.name, one.refusal, one.cost) for one in decision.candidates] == [
        ("MTN", "", Money(188, "XOF")),
        ("Stripe (demo)", "does not take mobile money", None),
    ]
    assert "15\u202f000\u00a0XOF from CM, Mobile money" in answer.content.decode()


def test_a_dry_run_counts_what_the_caller_prefers_and_what_is_down(scene: Scene, get: Get) -> None:
    momo(scene)
    add_account(scene, "cinetpay", "CinetPay", currencies=["XOF"])
    preferred = get(f"{ASK}&preferred=cinetpay").context["dry_run"].decision
    open_circuit(scene, "cinetpay")
    from common.remembered import forget_everything

    forget_everything()
    without = get(f"{ASK}&preferred=cinetpay").context["dry_run"].decision

    assert (preferred.chosen, preferred.because) == ("CinetPay", "preferred by the caller")
    assert (without.chosen, without.candidates[1].circuit) == ("MTN", "open")


def test_nobody_is_an_answer_with_every_reason(scene: Scene, get: Get) -> None:
    decision = get(ASK).context["dry_run"].decision

    assert decision.chosen == ""
    assert "No gateway account takes 15\u202f000\u00a0XOF by mobile money." in get(ASK).content.decode()
    assert [one.refusal for one in decision.candidates] == ["does not take mobile money"]


def test_a_dry_run_writes_nothing_and_asks_nobody(scene: Scene, get: Get) -> None:
    momo(scene)
    get(ASK)

    with CaptureQueriesContext(connection) as asked:
        get(ASK)

    writes = [q["sql"] for q in asked if q["sql"].upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in writes if "django_session" not in sql] == []
    assert Payment.objects.count() == 0
    assert Breaker.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("amount=x&currency=XOF", "amount"),
        ("amount=0&currency=XOF", "amount"),
        ("amount=1.5&currency=XOF", "amount"),
        ("amount=1,234&currency=TND", "amount"),
        ("amount=10&currency=FRA", "currency"),
        ("amount=10", "currency"),
        ("amount=10&currency=EUR&country=ZZ", "country"),
        ("amount=10&currency=EUR&method=cheque", "method"),
        ("amount=10&currency=EUR&preferred=abacus", "preferred"),
    ],
)
def test_what_cannot_be_decided_says_why(scene: Scene, get: Get, query: str, field: str) -> None:
    answer = get(f"{PAGE}?{query}")

    assert list(answer.context["dry_run"].problems) == [field]
    assert answer.context["dry_run"].decision is None
    assert 'role="alert"' in answer.content.decode()


def test_what_was_typed_comes_back_as_text(scene: Scene, get: Get) -> None:
    page = get(f'{PAGE}?amount="><script>alert(1)</script>&currency="><s>').content.decode()

    assert "<script>alert" not in page


def test_each_tenant_sees_its_own_accounts_and_a_stranger_none(scene: Scene, get: Get) -> None:
    other = Tenant.objects.create(slug="other", name="Other", created_at=scene.now - timedelta(days=1))
    key = ids.show(ids.TENANT, other.public_id)

    answer = get(f"{PAGE}?tenant={key}")

    assert answer.context["cards"] == []
    assert "Without an account at a gateway every payment is refused." in answer.content.decode()
    assert get(f"{PAGE}?tenant=ten_{'0' * 32}").status_code == 404


def test_a_page_without_any_tenant_says_so_and_still_shows_the_adapters(get: Get, db: None) -> None:
    page = get(PAGE).content.decode()

    assert "Gateway accounts belong to a tenant, and there is none." in page
    assert "Orange Money" in page


def test_a_viewer_sees_all_of_it_and_no_button(scene: Scene, get_as_viewer: Get) -> None:
    furnish(scene)

    page = get_as_viewer(ASK).content.decode()

    assert "CinetPay" in page
    assert "Open an account" not in page


def test_without_the_right_to_see_payments_there_are_no_rates_and_no_dry_run(scene: Scene, client: Client) -> None:
    scene.pay()
    person = User.objects.create_user("tech", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_gatewayaccount"))
    client.force_login(person)

    page = client.get(ASK, headers={"host": "localhost"}).content.decode()

    assert "Stripe (demo)" in page
    assert "Succeeded in 24 h" not in page
    assert "Its payments" not in page


def test_the_page_costs_as_many_queries_for_many_accounts_as_for_one(scene: Scene, get: Get) -> None:
    get(PAGE)
    with CaptureQueriesContext(connection) as few:
        get(PAGE)
    furnish(scene)
    get(PAGE)
    with CaptureQueriesContext(connection) as many:
        get(PAGE)

    assert len(many) == len(few)

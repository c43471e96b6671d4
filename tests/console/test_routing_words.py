"""Why a payment went to its gateway, in both languages: every reason routing can write has words, old ones too."""

import pytest
from django.test import Client
from django.utils import translation

from common.money import Money
from console import routing_words
from gateways import routing
from gateways.registry import PROFILES
from tests.console.conftest import Get
from tests.console.gateway_scene import add_account, add_rule, furnish
from tests.console.scene import Scene

WRITTEN = [
    "the only one that can take it",
    "the circuit of the next one is open",
    "preferred by the caller",
    "the rule “Nuit” puts it first",
    "succeeds more often lately: 46 of 47 against 3 of 21",
    "costs less: 1.93 EUR against None",
    "lowest priority number",
    "the older account",
    "was tried already",
    "only stripe was asked for",
    "of the other mode",
    "does not take XOF",
    "does not take mobile_money",
    "does not serve CM",
    "the amount is outside its limits",
    "cannot charge",
    "needs customerEmail, customerPhone",
    "the rule “Nuit” leaves it out",
    "No gateway account takes 15000 XOF by mobile_money.",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_every_reason_has_french_words(text: str) -> None:
    with translation.override("fr"):
        assert routing_words.words(text) != text


def test_the_stages_of_routing_are_all_among_them() -> None:
    for stage in routing._STAGES:
        said = stage.format(rule="Nuit", mine="46 of 47", theirs="3 of 21", cost="1.93 EUR", their_cost="None")
        with translation.override("fr"):
            assert routing_words.words(said) != said


def test_amounts_and_rates_inside_a_reason_follow_the_language() -> None:
    with translation.override("fr"):
        cheaper = routing_words.words("costs less: 1.93 EUR against None").replace("\u00a0", " ")
        better = routing_words.words("succeeds more often lately: 46 of 47 against 3 of 21").replace("\u00a0", " ")

    assert cheaper == "coûte moins : 1,93 EUR contre inconnu"
    assert better == "réussit plus souvent ces temps-ci : 46 sur 47 contre 3 sur 21"


def test_a_reason_that_nobody_translated_is_shown_as_it_was_written() -> None:
    assert routing_words.words("the moon is full") == "the moon is full"


def test_what_routing_stores_is_read_back(scene: Scene) -> None:
    add_account(scene, "mtn_momo", "MTN", currencies=["XOF"], fees={"XOF": {"percent": "1.5", "fixed": 100}})
    add_rule(scene, gateways=["mtn_momo"])
    wanted = routing.Wanted(
        tenant_id=scene.tenant.pk,
        livemode=False,
        amount=Money(15_000, "XOF"),
        method="mobile_money",
        country="CM",
        preferred=(),
        given=frozenset(PROFILES["mtn_momo"].needs),
    )

    decision = routing_words.decision_of(routing.choose(wanted).as_data(), currency="XOF")

    assert decision is not None
    assert (decision.chosen, decision.rule) == ("MTN", "Mobile money of Cameroon")
    assert [(one.name, one.is_chosen, one.refusal, one.cost) for one in decision.candidates] == [
        ("MTN", True, "", Money(325, "XOF")),
        ("Stripe (demo)", False, "does not take mobile money", None),
    ]


@pytest.mark.parametrize(
    "routing_data",
    [
        {"reasons": {"Stripe (demo)": "lowest priority number", "Other": "does not take EUR"}},
        {"Stripe (demo)": "lowest priority number", "Other": "does not take EUR"},
    ],
)
def test_what_older_attempts_wrote_down_is_still_shown(scene: Scene, get: Get, routing_data: dict) -> None:
    payment = scene.pay()
    payment.attempts.update(routing=routing_data)

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

    assert "Stripe (demo) – lowest priority number" in page
    assert "Other – does not take EUR" in page


@pytest.mark.parametrize("routing_data", [{}, {"candidates": "?"}, {"candidates": [7, {"name": None}]}, {"chosen": 3}])
def test_a_strange_record_does_not_break_the_page(scene: Scene, get: Get, routing_data: dict) -> None:
    payment = scene.pay()
    payment.attempts.update(routing=routing_data)

    assert get(f"/admin/payments/payment/{payment.shown_id}/").status_code == 200


def test_a_second_attempt_says_after_which_it_came_and_why(scene: Scene, get: Get) -> None:
    payment = furnish(scene)["fallback"]

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

    assert "Attempt 2, because attempt 1 at CinetPay could not take the payment" in page
    assert "MTN MoMo was chosen: costs less: 125\u00a0XOF against 451\u00a0XOF." in page
    assert 'data-plain="125">125\u00a0XOF</span>' in page
    assert "The request did not reach the gateway" in page


def test_the_costs_of_candidates_are_in_the_payments_currency_and_language(
    scene: Scene, get: Get, client: Client
) -> None:
    payment = scene.pay()
    candidate = {"name": "Stripe (demo)", "gateway": "stripe", "succeeded": 1, "ended": 3, "cost": 193, "priority": 7}
    decided = {"chosen": "Stripe (demo)", "because": "the only one that can take it", "candidates": [candidate]}
    payment.attempts.update(routing=decided)
    client.cookies["django_language"] = "fr"

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

    assert "1,93\u00a0EUR" in page
    assert "33,3\u00a0%" in page
    assert "Stripe (demo) a été choisi\u00a0: le seul qui peut le prendre." in page


def test_a_payment_collected_twice_says_which_attempt_to_pay_back(scene: Scene, get: Get) -> None:
    payment = furnish(scene)["twice"]

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

    assert "Attempt 1 at CinetPay collected once more:" in page
    assert "Pay this one back there" in page
    assert 'data-copy="4812-late"' in page
    assert "paid a second time, by attempt 1 at CinetPay" in page


def test_an_order_paid_by_two_payments_leads_to_both(scene: Scene, get: Get) -> None:
    payment = scene.pay(flag="duplicate_collection")

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

    assert f'href="/admin/payments/payment/?q={payment.order_id}"' in page


@pytest.mark.parametrize("flag", ["contradiction", "mismatch", "late_success", "unresolved", "going_back"])
def test_every_flag_says_what_to_do_next(scene: Scene, get: Get, flag: str) -> None:
    payment = scene.pay(flag=flag)

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

    todo = page[page.index('id="todo"') :].partition("</section>")[0]
    assert len(todo.partition("<p>")[2].partition("</p>")[0]) > 60


def test_a_payment_without_a_flag_asks_for_nothing(scene: Scene, get: Get) -> None:
    payment = scene.pay()

    assert 'id="todo"' not in get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

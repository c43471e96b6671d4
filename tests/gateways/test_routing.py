"""Which account takes a payment, and in which words the choice is explained."""

import pytest

from common.money import Money
from gateways.breaker import CircuitBreaker, circuit_name
from gateways.models import RoutingRule
from gateways.routing import NoGatewayAvailable, Rate, Wanted, candidates, choose
from tenants.models import Tenant
from tests.support.factories import make_gateway_account, make_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def wanted(tenant: Tenant, **fields: object) -> Wanted:
    plain = {
        "tenant_id": tenant.pk,
        "livemode": False,
        "amount": Money(13_37, "EUR"),
        "method": "card",
        "country": "CI",
        "preferred": (),
        "given": frozenset({"payer_email", "payer_phone", "return_url"}),
    }
    return Wanted(**plain | fields)  # type: ignore[arg-type]


def refusal_of(tenant: Tenant, **fields: object) -> str:
    (only,) = candidates(wanted(tenant, **fields))
    return only.refusal


def test_the_lowest_priority_number_is_tried_first(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Second", priority=20)
    first = make_gateway_account(tenant, name="First", priority=10)

    choice = choose(wanted(tenant))

    assert (choice.account, choice.because) == (first, "lowest priority number")
    assert [candidate.account.name for candidate in choice.candidates] == ["First", "Second"]


def test_a_field_that_the_gateway_needs_is_named_as_the_caller_would(tenant: Tenant) -> None:
    make_gateway_account(tenant, gateway="paystack")

    assert refusal_of(tenant, given=frozenset()) == "needs customerEmail"


def test_a_payer_whose_country_is_not_known_is_not_passed_over(tenant: Tenant) -> None:
    make_gateway_account(tenant, countries=["FR"])

    assert refusal_of(tenant, country="") == ""


def test_who_is_alone_needs_no_other_reason(tenant: Tenant) -> None:
    make_gateway_account(tenant)

    assert choose(wanted(tenant)).because == "the only one that can take it"


def test_the_callers_preference_goes_before_everything_but_health(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Cheap", gateway="paystack", priority=1)
    account = make_gateway_account(tenant, name="Stripe EU", priority=200, fees={"EUR": {"percent": "9"}})

    choice = choose(wanted(tenant, preferred=("paypal", "stripe")))

    assert (choice.account, choice.because) == (account, "preferred by the caller")


def test_a_gateway_that_is_down_comes_last_whatever_speaks_for_it(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Stripe EU", priority=1)
    other = make_gateway_account(tenant, name="Paystack", gateway="paystack", priority=200)
    for _ in range(5):
        CircuitBreaker(circuit_name("stripe", livemode=False)).failed("total_deadline")

    choice = choose(wanted(tenant, preferred=("stripe",)))

    assert (choice.account, choice.because) == (other, "the circuit of the next one is open")


def test_a_rule_of_the_tenant_puts_a_gateway_first(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Stripe EU", priority=1)
    other = make_gateway_account(tenant, name="Paystack", gateway="paystack", priority=200)
    RoutingRule.objects.create(tenant=tenant, position=1, name="Small in Abidjan", country="CI", gateways=["paystack"])

    choice = choose(wanted(tenant))

    assert (choice.account, choice.because) == (other, "the rule “Small in Abidjan” puts it first")
    assert choose(wanted(tenant, country="FR")).account.name == "Stripe EU"


def test_a_rule_may_leave_the_others_out(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Stripe EU")
    fields = {"name": "Only big ones", "minimum_minor": 10_00, "maximum_minor": 20_00}
    RoutingRule.objects.create(tenant=tenant, position=1, gateways=["paystack"], is_exclusive=True, **fields)

    assert refusal_of(tenant) == "the rule “Only big ones” leaves it out"
    assert refusal_of(tenant, amount=Money(9_99, "EUR")) == ""
    assert refusal_of(tenant, amount=Money(20_01, "EUR")) == ""


def test_who_succeeds_more_often_goes_before_who_costs_less(tenant: Tenant) -> None:
    cheap = make_gateway_account(tenant, name="Cheap", fees={"EUR": {"percent": "1"}})
    good = make_gateway_account(tenant, name="Good", fees={"EUR": {"percent": "2"}})
    rates = {cheap.pk: Rate(60, 100), good.pk: Rate(97, 100)}

    choice = choose(wanted(tenant, rates=rates))

    assert (choice.account, choice.because) == (good, "succeeds more often lately: 97 of 100 against 60 of 100")


def test_a_few_charges_say_nothing_about_a_gateway(tenant: Tenant) -> None:
    unlucky = make_gateway_account(tenant, name="New and unlucky", priority=1)
    make_gateway_account(tenant, name="Proven", priority=2)

    assert choose(wanted(tenant, rates={unlucky.pk: Rate(0, 19)})).account == unlucky
    assert choose(wanted(tenant, rates={unlucky.pk: Rate(0, 20)})).account.name == "Proven"


def test_among_equals_the_cheaper_one_is_taken(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Dear", priority=1, fees={"EUR": {"percent": "1.5", "fixed": 25}})
    cheap = make_gateway_account(tenant, name="Cheap", priority=9, fees={"EUR": {"percent": "2.9"}})

    choice = choose(wanted(tenant))

    assert (choice.account, choice.because) == (cheap, "costs less: 0.39 EUR against 0.45 EUR")


@pytest.mark.parametrize(
    ("account", "asked", "reason"),
    [
        ({"livemode": True}, {}, "of the other mode"),
        ({"currencies": ["XOF"]}, {}, "does not take EUR"),
        ({"methods": ["card"]}, {"method": "mobile_money"}, "does not take mobile_money"),
        ({"countries": ["FR", "SN"]}, {}, "does not serve CI"),
        ({"minimum_minor": 13_38}, {}, "the amount is outside its limits"),
        ({"maximum_minor": 13_36}, {}, "the amount is outside its limits"),
        ({}, {"capability": "fly"}, "cannot fly"),
    ],
)
def test_an_account_that_cannot_take_it_says_why(
    tenant: Tenant, account: dict[str, object], asked: dict[str, object], reason: str
) -> None:
    made = make_gateway_account(tenant, **account)

    with pytest.raises(NoGatewayAvailable) as refused:
        choose(wanted(tenant, **asked))

    assert refused.value.details == [{"gateway": made.name, "message": reason}]


def test_an_account_that_was_tried_is_not_tried_again(tenant: Tenant) -> None:
    account = make_gateway_account(tenant)

    assert refusal_of(tenant, excluded=frozenset({account.pk})) == "was tried already"


def test_what_was_weighed_can_be_read_later(tenant: Tenant) -> None:
    make_gateway_account(tenant, name="Stripe EU", fees={"EUR": {"percent": "1.5", "fixed": 25}})
    make_gateway_account(tenant, name="Francs", currencies=["XOF"])

    told = choose(wanted(tenant)).as_data()

    assert (told["chosen"], told["because"]) == ("Stripe EU", "the only one that can take it")
    best, other = told["candidates"]
    assert (best["cost"], best["circuit"], best["ended"]) == (45, "closed", 0)
    assert (other["name"], other["refusal"]) == ("Francs", "does not take EUR")


def test_a_payment_without_any_account_is_refused(tenant: Tenant) -> None:
    with pytest.raises(NoGatewayAvailable):
        choose(wanted(tenant))


def test_an_inactive_account_and_one_of_another_tenant_are_not_there(tenant: Tenant) -> None:
    make_gateway_account(tenant, is_active=False)
    make_gateway_account(make_tenant())

    with pytest.raises(NoGatewayAvailable):
        choose(wanted(tenant))

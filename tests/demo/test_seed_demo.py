"""The demo's seed: an account at every gateway that works there, found again, added where an older start had none."""

import pytest

from common import clock
from common.money import Money
from demo import tenant as demo_tenant
from demo.accounts import PLANNED, Planned, known_of
from gateways import accounts, registry
from gateways.credentials import unseal
from gateways.models import GatewayAccount, RoutingRule
from gateways.registry import ADAPTERS, sealing_context
from gateways.routing import Wanted, choose
from payments.models import Payment
from tenants.models import Tenant
from tests.demo.conftest import Installation
from tests.support.books import assert_books_balance

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING_GIVEN = frozenset({"payer_phone", "payer_email", "payer_name", "country", "return_url"})


def made() -> Tenant:
    found = demo_tenant.find_tenant()
    assert found is not None
    return found


def secrets_of(account: GatewayAccount) -> dict[str, str]:
    return unseal(bytes(account.credentials), context=sealing_context(account))


def sealed() -> dict[str, bytes]:
    return {account.gateway: bytes(account.credentials) for account in GatewayAccount.objects.all()}


def test_a_first_start_opens_an_account_at_every_gateway_that_its_gateway_knows(installation: Installation) -> None:
    installation.start()

    opened = known_of(made())
    assert sorted(account.gateway for account in opened) == sorted(ADAPTERS)
    for account in opened:
        checked = accounts.check(gateway=account.gateway, livemode=account.livemode, credentials=secrets_of(account))
        assert checked is not None, account.name
        assert checked.works, f"{account.name}: {checked.text}"
        assert set(account.methods) <= ADAPTERS[account.gateway].profile.methods
        assert set(account.fees) == set(account.currencies), account.name


def test_the_history_is_spread_over_gateways_and_its_books_hold(installation: Installation) -> None:
    said = installation.start()

    assert "payments of 2 days" in said
    by_gateway = set(Payment.objects.values_list("gateway", flat=True))
    assert {"stripe", "orange_money"} <= by_gateway
    assert not Payment.objects.exclude(attempts__number=1).exists()
    assert_books_balance()


def test_a_second_start_changes_nothing(installation: Installation) -> None:
    installation.start()
    before = sealed(), installation.access, Payment.objects.count(), RoutingRule.objects.count()

    said = installation.start()

    assert said == ""
    assert (sealed(), installation.access, Payment.objects.count(), RoutingRule.objects.count()) == before


def test_a_folder_of_an_earlier_release_gains_what_it_lacks_and_keeps_what_it_has(
    installation: Installation,
) -> None:
    now = clock.now()
    older = demo_tenant.make_tenant(now=now)
    stripe = accounts.open_account(
        tenant=older,
        gateway="stripe",
        name="Stripe sandbox",
        currencies=["EUR"],
        credentials={"secret_key": "sk_test_older", "webhook_secret": "whsec_older"},
        now=now,
    )

    said = installation.start()

    assert "PayPal sandbox" in said
    assert "Stripe" not in said
    stripe.refresh_from_db()
    assert (secrets_of(stripe)["secret_key"], stripe.currencies) == ("sk_test_older", ["EUR"])
    assert GatewayAccount.objects.count() == len(ADAPTERS)
    assert not Payment.objects.exists()


def test_what_somebody_opened_or_ruled_by_hand_is_left_alone(installation: Installation) -> None:
    installation.start()
    own = accounts.open_account(
        tenant=made(),
        gateway="orange_money",
        name="My own",
        currencies=["XAF"],
        credentials={"flavour": "cameroon"},
        now=clock.now(),
    )
    RoutingRule.objects.exclude(position=10).delete()

    installation.start()

    assert secrets_of(own) == {"flavour": "cameroon"}
    assert RoutingRule.objects.count() == 1


@pytest.mark.parametrize("plan", PLANNED, ids=lambda plan: plan.gateway)
def test_no_two_installations_share_a_secret(plan: Planned) -> None:
    one, other = plan.make_credentials(), plan.make_credentials()

    fields = {field.name: field for field in registry.PROFILES[plan.gateway].credentials}
    assert set(one) <= set(fields)
    assert not [name for name in one if fields[name].is_secret and one[name] == other[name]]
    assert one != other


@pytest.mark.parametrize(
    ("amount", "method", "country", "gateway"),
    [
        (Money(25_00, "EUR"), "card", "", "stripe"),
        (Money(39_00, "USD"), "card", "", "stripe"),
        (Money(15_000, "XOF"), "card", "SN", "stripe"),
        (Money(39_00, "USD"), "card", "SV", "pagadito"),
        (Money(20_000_00, "NGN"), "card", "NG", "paystack"),
        (Money(25_00, "EUR"), "mobile_money", "CM", "mtn_momo"),
        (Money(15_000, "XAF"), "mobile_money", "CM", "orange_money"),
        (Money(15_000, "XOF"), "mobile_money", "CI", "orange_money"),
        (Money(49_00, "EUR"), "paypal", "", "paypal"),
        (Money(35_00, "EUR"), "bank_transfer", "", "bank_transfer"),
    ],
)
def test_each_way_to_pay_finds_its_gateway(
    installation: Installation, amount: Money, method: str, country: str, gateway: str
) -> None:
    installation.start()

    choice = choose(Wanted(made().pk, False, amount, method, country, preferred=(), given=EVERYTHING_GIVEN))

    assert choice.account.gateway == gateway

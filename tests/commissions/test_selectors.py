"""Which terms hold: the narrowest plan, in the version of the day."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commissions.pricing import Rate
from commissions.selectors import NoCommissionPlan, Terms, terms_for
from common.remembered import forget_everything
from tenants.models import Tenant
from tests.support.factories import LONG_AGO, NOON, make_plan, make_tenant

pytestmark = pytest.mark.django_db

EVERYBODY = Rate(percent=Decimal(7))
ORGANIZERS = Rate(percent=Decimal(5))
BAOBAB = Rate(percent=Decimal("3.25"), fixed_minor=19)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def terms(tenant: Tenant, *, owner_type: str = "organizer", owner_id: str = "baobab", at: object = NOON) -> Terms:
    return terms_for(
        tenant_id=tenant.pk,
        commission_type="ticket_sale",
        currency="EUR",
        owner_type=owner_type,
        owner_id=owner_id,
        at=at,  # type: ignore[arg-type]
    )


def test_the_narrowest_plan_wins(tenant: Tenant) -> None:
    make_plan(tenant, rate=EVERYBODY)
    make_plan(tenant, rate=ORGANIZERS, owner_type="organizer")
    make_plan(tenant, rate=BAOBAB, owner_type="organizer", owner_id="baobab")

    assert terms(tenant).rate == BAOBAB
    assert terms(tenant, owner_id="kinoko").rate == ORGANIZERS
    assert terms(tenant, owner_type="designer").rate == EVERYBODY


def test_a_version_holds_from_its_date_until_the_next(tenant: Tenant) -> None:
    first = make_plan(tenant, rate=EVERYBODY)
    second = make_plan(tenant, rate=ORGANIZERS, valid_from=NOON)

    assert terms(tenant, at=NOON - timedelta(seconds=1)).version_id == first.pk
    assert terms(tenant, at=NOON).version_id == second.pk
    assert (first.number, second.number) == (1, 2)


def test_a_narrow_plan_that_is_not_valid_yet_leaves_the_wider_one(tenant: Tenant) -> None:
    make_plan(tenant, rate=EVERYBODY)
    make_plan(tenant, rate=BAOBAB, owner_type="organizer", owner_id="baobab", valid_from=NOON + timedelta(days=1))

    assert terms(tenant).rate == EVERYBODY


def test_without_a_plan_a_sale_is_refused(tenant: Tenant) -> None:
    make_plan(tenant, currency="XOF")

    with pytest.raises(NoCommissionPlan):
        terms(tenant)


def test_terms_of_another_tenant_do_not_count(tenant: Tenant) -> None:
    make_plan(make_tenant(), rate=EVERYBODY)

    with pytest.raises(NoCommissionPlan):
        terms(tenant)


def test_nothing_holds_before_the_first_version(tenant: Tenant) -> None:
    make_plan(tenant)

    with pytest.raises(NoCommissionPlan):
        terms(tenant, at=LONG_AGO - timedelta(seconds=1))


def test_a_new_version_is_seen_once_the_few_seconds_of_memory_are_over(tenant: Tenant) -> None:
    make_plan(tenant, rate=EVERYBODY)
    assert terms(tenant).rate == EVERYBODY

    make_plan(tenant, rate=BAOBAB, valid_from=NOON)
    forget_everything()

    assert terms(tenant).rate == BAOBAB

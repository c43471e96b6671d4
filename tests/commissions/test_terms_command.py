"""Setting terms from the command line, in amounts that people write."""

import pytest
from django.core.management import CommandError, call_command

from commissions.models import CommissionVersion
from tenants.models import Tenant
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_tenant_and_its_terms_can_be_made() -> None:
    call_command("tenant", "soiree", "Soirée", "--timezone", "Africa/Abidjan")
    call_command("commission_terms", "soiree", "ticket_sale", "EUR", "3.25", "--fixed", "0.19", "--maximum", "12.00")
    call_command("commission_terms", "soiree", "ticket_sale", "EUR", "4", "--from", "2027-01-01")

    first, second = CommissionVersion.objects.order_by("number")
    assert Tenant.objects.get().livemode is False
    assert (str(first.percent), first.fixed_minor, first.minimum_minor, first.maximum_minor) == (
        "3.2500",
        19,
        None,
        1200,
    )
    assert (second.number, second.valid_from.isoformat()) == (2, "2027-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody", "ticket_sale", "EUR", "5"],
        ["soiree", "ticket_sale", "EURO", "5"],
        ["soiree", "ticket_sale", "EUR", "five"],
        ["soiree", "ticket_sale", "EUR", "101"],
        ["soiree", "ticket_sale", "EUR", "5", "--fixed", "0.5"],
        ["soiree", "ticket_sale", "EUR", "5", "--minimum", "2.00", "--maximum", "1.00"],
        ["soiree", "ticket_sale", "EUR", "5", "--owner-id", "org-1"],
        ["soiree", "ticket_sale", "EUR", "5", "--from", "tomorrow"],
    ],
)
def test_terms_that_do_not_work_are_refused_and_change_nothing(arguments: list[str]) -> None:
    make_tenant(slug="soiree")

    with pytest.raises(CommandError):
        call_command("commission_terms", *arguments)

    assert not CommissionVersion.objects.exists()


@pytest.mark.parametrize(
    "arguments", [["soiree", "Again"], ["so iree", "Space"], ["x", "X", "--timezone", "Mars/Base"]]
)
def test_a_tenant_that_cannot_be_is_refused(arguments: list[str]) -> None:
    make_tenant(slug="soiree")

    with pytest.raises(CommandError):
        call_command("tenant", *arguments)

    assert Tenant.objects.count() == 1

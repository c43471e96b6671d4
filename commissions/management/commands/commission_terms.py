"""Set commission terms: a new version of a plan, from now or from a date on. Earlier sales keep theirs."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commissions.pricing import InvalidRate, Rate
from commissions.services.plans import set_terms
from common import clock, currencies
from common.money import Money, MoneyError
from tenants.models import Tenant
from wallets.models import OwnerType


class Command(BaseCommand):
    help = "commission_terms TENANT ticket_sale EUR 5 --fixed 0.50: 5 % and 0.50 EUR of every ticket sold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", help="the tenant's slug")
        parser.add_argument("commission_type", choices=["ticket_sale", "template_sale", "other"])
        parser.add_argument("currency")
        parser.add_argument("percent", help="of the sale, such as 5 or 3.25")
        parser.add_argument("--fixed", default="0", help="added to it, in the currency: 0.50")
        parser.add_argument("--minimum")
        parser.add_argument("--maximum")
        parser.add_argument("--owner-type", default="", choices=["", *OwnerType.values])
        parser.add_argument("--owner-id", default="", help="for this owner alone; needs --owner-type")
        parser.add_argument("--from", dest="valid_from", help="a date or time, UTC; now when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        if options["owner_id"] and not options["owner_type"]:
            raise CommandError("--owner-id needs --owner-type.")
        now = clock.now()
        version = set_terms(
            tenant_id=tenant.pk,
            commission_type=options["commission_type"],
            currency=options["currency"],
            owner_type=options["owner_type"],
            owner_id=options["owner_id"],
            rate=_rate(options),
            valid_from=_moment(options["valid_from"]) or now,
            created_at=now,
        )
        self.stdout.write(f"{version}, from {version.valid_from:%Y-%m-%d %H:%M} UTC.")


def _rate(options: dict[str, Any]) -> Rate:
    if not currencies.is_known(options["currency"]):
        raise CommandError(f"{options['currency']} is not an ISO 4217 currency.")
    try:
        return Rate(
            percent=Decimal(options["percent"]),
            fixed_minor=_minor(options["fixed"], options["currency"]) or 0,
            minimum_minor=_minor(options["minimum"], options["currency"]),
            maximum_minor=_minor(options["maximum"], options["currency"]),
        )
    except InvalidOperation as error:
        raise CommandError(f"{options['percent']} is not a percentage.") from error
    except (InvalidRate, MoneyError) as error:
        raise CommandError(f"These terms do not work: {error}.") from error


def _minor(text: str | None, currency: str) -> int | None:
    return None if text is None else Money.parse(text, currency).minor


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is not a date or a time such as 2026-12-01.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

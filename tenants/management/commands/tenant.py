"""Make a tenant."""

from argparse import ArgumentParser
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from common import clock
from tenants.models import Tenant


class Command(BaseCommand):
    help = "tenant SLUG NAME makes a sandbox tenant; --live one that moves real money."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name, used in tokens and log lines")
        parser.add_argument("name")
        parser.add_argument("--live", action="store_true")
        parser.add_argument("--timezone", default="UTC", help="zone of its business day, such as Africa/Abidjan")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["timezone"] not in available_timezones():
            raise CommandError(f"{options['timezone']} is not a time zone.")
        if Tenant.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a tenant {options['slug']} already.")
        try:
            validate_slug(options["slug"])
        except ValidationError as error:
            raise CommandError("A slug has letters, digits, hyphens and underscores.") from error
        Tenant.objects.create(
            slug=options["slug"],
            name=options["name"],
            livemode=options["live"],
            timezone=options["timezone"],
            created_at=clock.now(),
        )
        self.stdout.write(f"Tenant {options['slug']}, {'live' if options['live'] else 'sandbox'}.")

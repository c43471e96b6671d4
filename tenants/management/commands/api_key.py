"""Make an API key for a tenant's system and show it once, or revoke one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock
from tenants.api_keys import FURTHER_SCOPES, SERVICE_SCOPES, make_api_key, revoke
from tenants.models import ApiKey, Tenant


class Command(BaseCommand):
    help = "api_key TENANT NAME makes a key; api_key --revoke PREFIX ends one at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", nargs="?", help="the tenant's slug")
        parser.add_argument("name", nargs="?", help="who uses it and for what")
        usual, every = ", ".join(SERVICE_SCOPES), SERVICE_SCOPES + FURTHER_SCOPES
        parser.add_argument("--scope", action="append", choices=every, help=f"only these; when left out: {usual}")
        parser.add_argument("--revoke", metavar="PREFIX", help="the part of the key that may be shown")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["revoke"]:
            self._revoke(options["revoke"])
        elif options["tenant"] and options["name"]:
            self._make(options["tenant"], options["name"], tuple(options["scope"] or SERVICE_SCOPES))
        else:
            raise CommandError("Say for which tenant and for whom: api_key TENANT NAME.")

    def _make(self, slug: str, name: str, scopes: tuple[str, ...]) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug}.")
        _, key = make_api_key(tenant=tenant, name=name, scopes=scopes, created_at=clock.now())
        self.stdout.write(f"{key}\nKeep it now: nobody can read it again.")

    def _revoke(self, prefix: str) -> None:
        row = ApiKey.objects.filter(prefix=prefix).first()
        if row is None:
            raise CommandError(f"There is no key with the prefix {prefix}.")
        revoke(row, revoked_at=clock.now())
        self.stdout.write("Revoked.")

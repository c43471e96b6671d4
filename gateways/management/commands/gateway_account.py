"""Open a gateway account, or change what one signs in with. Secrets are typed or piped in, never given as arguments."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common import clock, ids
from common.errors import DomainError
from gateways.accounts import change_credentials, open_account
from gateways.models import GatewayAccount
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "gateway_account open TENANT GATEWAY NAME --currency EUR … --credential secret_key …; "
        "gateway_account change gwa_… --credential webhook_secret …. "
        "The value of each credential is asked for, or read line by line from standard input."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        opening = actions.add_parser("open", help="open an account")
        opening.add_argument("tenant", help="the tenant's slug")
        opening.add_argument("gateway", help="such as stripe")
        opening.add_argument("name", help="what people call it")
        opening.add_argument("--currency", action="append", required=True)
        changing = actions.add_parser("change", help="change credentials of an account; an empty value removes one")
        changing.add_argument("account", help="its id, gwa_…")
        for action in (opening, changing):
            action.add_argument("--credential", action="append", required=True, metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        values = {name: _ask(name) for name in options["credential"]}
        try:
            account = self._open(options, values) if options["action"] == "open" else self._change(options, values)
        except DomainError as error:
            raise CommandError(error.message) from error
        shown = ids.show(ids.GATEWAY_ACCOUNT, account.public_id)
        self.stdout.write(f"{shown}\nWebhooks go to {settings.PUBLIC_URL}/webhooks/{account.gateway}/{shown}")

    def _open(self, options: dict[str, Any], values: dict[str, str]) -> GatewayAccount:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        return open_account(
            tenant=tenant,
            gateway=options["gateway"],
            name=options["name"],
            currencies=options["currency"],
            credentials=values,
            now=clock.now(),
        )

    def _change(self, options: dict[str, Any], values: dict[str, str]) -> GatewayAccount:
        public_id = ids.read(ids.GATEWAY_ACCOUNT, options["account"])
        account = GatewayAccount.objects.filter(public_id=public_id).first() if public_id else None
        if account is None:
            raise CommandError(f"There is no gateway account {options['account']}.")
        change_credentials(account, changes=values)
        return account


def _ask(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{name}: ").strip()
    return sys.stdin.readline().strip()

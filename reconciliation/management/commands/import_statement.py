"""Import a bank's statement for one account: `manage.py import_statement gwa_… statement.xml`. Twice is once."""

import getpass
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock, ids
from common.errors import DomainError
from gateways.models import GatewayAccount
from reconciliation.models import BankStatement
from reconciliation.statements import Imported, import_statement


class Command(BaseCommand):
    help = "Import a camt.053 or CSV file: pay what it surely pays, put the rest into suspense for a person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", help="the gateway account of the bank, gwa_…")
        parser.add_argument("file", type=Path, help="the file as the bank gave it")
        parser.add_argument("--by", default="", help="who imports it; the system's user when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        account = _account(options["account"])
        try:
            body = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        try:
            found = import_statement(
                account=account,
                body=body,
                file_name=options["file"].name,
                imported_by=options["by"] or f"command:{getpass.getuser()}",
                now=clock.now(),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self._print(found)

    def _print(self, found: Imported) -> None:
        if found.was_known:
            self.stdout.write("This file was imported before; what was still to be done is done now.")
        for statement in found.statements:
            self.stdout.write(
                f"#{statement.pk}  {statement.first_day} to {statement.last_day}  {statement.currency}  "
                f"{statement.entries} entries, {statement.known_entries} known before"
            )
        self.stdout.write(f"{found.matched} matched, {found.unmatched} to suspense")
        differs = [row for row in found.statements if row.state == BankStatement.State.DIFFERS]
        if differs:
            raise CommandError(f"{len(differs)} of them not booked: opening, entries and closing do not add up.")


def _account(text: str) -> GatewayAccount:
    public_id = ids.read(ids.GATEWAY_ACCOUNT, text)
    account = GatewayAccount.objects.filter(public_id=public_id).first() if public_id else None
    if account is None:
        raise CommandError(f"There is no gateway account {text}.")
    return account

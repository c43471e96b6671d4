"""Prove the books: exit code 0 when everything holds, 1 with every difference when it does not."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock
from reconciliation.invariants import CHECKS, verify_books


class Command(BaseCommand):
    help = "Compare balances with entries, transactions with zero, payments with their bookings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify_books(now=clock.now())
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "holds": found.holds,
                        "transactions": found.transactions,
                        "entries": found.entries,
                        "seconds": float(found.seconds),
                        "differences": found.differences,
                    }
                )
            )
        else:
            self._print(found.differences)
            self.stdout.write(f"{found.transactions} transactions, {found.entries} entries, {found.seconds} s")
        if not found.holds:
            raise CommandError(f"{len(found.differences)} differences: the books do not hold.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("The books hold."))

    def _print(self, differences: list[dict[str, object]]) -> None:
        for check in CHECKS:
            wrong = [found for found in differences if found["check"] == check.name]
            self.stdout.write(f"{'!' if wrong else 'ok':>3}  {check.claim}")
            for found in wrong:
                self.stdout.write(f"       {found['subject']}: is {found['is']}, should be {found['should_be']}")

"""Seal every gateway account's credentials under the first key of CREDENTIALS_KEYS, so that an old key can go."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateways.accounts import reseal
from gateways.credentials import CredentialsUnreadable, first_key_id
from gateways.models import GatewayAccount


class Command(BaseCommand):
    help = (
        "Put the new key first in CREDENTIALS_KEYS and keep the old one behind it, restart every process, run this, "
        "and only then take the old key away. --check changes nothing and says what is left to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count; ends with 1 while an old key is in use")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
            return
        unreadable = []
        resealed = 0
        for account in GatewayAccount.objects.defer("credentials").order_by("id"):
            try:
                resealed += reseal(account.pk)
            except CredentialsUnreadable as error:
                unreadable.append(f"{account.gateway} {account.name}: {error}")
        self.stdout.write(f"{resealed} sealed anew under {first_key_id()}.")
        if unreadable:
            raise CommandError("These cannot be opened and were left as they are:\n" + "\n".join(unreadable))

    def _check(self) -> None:
        by_key = Counter(GatewayAccount.objects.values_list("credentials_key_id", flat=True))
        for key_id, count in sorted(by_key.items()):
            self.stdout.write(f"{key_id}: {count}{' (first)' if key_id == first_key_id() else ''}")
        if set(by_key) - {first_key_id()}:
            raise CommandError("An older key is still in use.")

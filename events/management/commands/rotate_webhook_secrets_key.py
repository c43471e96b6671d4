"""Seal the secrets of every webhook endpoint under the first key of CREDENTIALS_KEYS, so that an old key can go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common.sealing import CredentialsUnreadable, first_key_id
from events import secrets
from events.models import WebhookEndpoint


class Command(BaseCommand):
    help = (
        "Beside rotate_credentials_key, which does the same for gateway accounts: run both before an old key is taken "
        "away. --check changes nothing and ends with 1 while an old key is in use."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        old = WebhookEndpoint.objects.exclude(secrets_key_id=first_key_id())
        if options["check"]:
            if count := old.count():
                raise CommandError(f"{count} endpoints are sealed under an older key.")
            return
        unreadable = [str(pk) for pk in old.order_by("id").values_list("pk", flat=True) if not _resealed(pk)]
        if unreadable:
            raise CommandError(f"These cannot be opened and were left as they are: {', '.join(unreadable)}")


def _resealed(endpoint_id: int) -> bool:
    with transaction.atomic(durable=True):
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
        try:
            secrets.reseal(endpoint)
        except CredentialsUnreadable:
            return False
        endpoint.save(update_fields=["secrets", "secrets_key_id"])
        return True

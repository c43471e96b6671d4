"""Adds a tenant with one gateway account for each gateway of `bench.http_gateway`; prints the API key of each."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from bench.contents import HTTP_GATEWAYS
from bench.management.commands.fill_bench import make_gateway_account, make_key, make_tenant
from common import clock


class Command(BaseCommand):
    help = "Add the tenants of the bulkhead benchmark."

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        keys = {}
        with transaction.atomic():
            for name in HTTP_GATEWAYS:
                tenant, _ = make_tenant(name.replace("_", "-"), now=now)
                make_gateway_account(tenant, gateway=name, now=now)
                keys[name] = make_key(tenant, now=now)
        self.stdout.write(json.dumps(keys))

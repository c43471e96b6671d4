"""Opens the shops that bench/chaos/shops.py describes, through the service's own code; prints how to reach them."""

import json
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from bench.chaos.shops import HINTING, Account, Endpoint, Shop
from commissions.pricing import Rate
from commissions.services.plans import set_terms
from common import clock
from demo.registration import register
from demo.simulator import Simulator
from events.services.endpoints import open_endpoint
from gateways.accounts import open_account
from tenants.api_keys import SERVICE_SCOPES, make_api_key
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Open the shops of the crash tests in an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("receiver", help="the address at which the shops take webhooks")

    def handle(self, *args: Any, **options: Any) -> None:
        simulator = Simulator(settings.SIMULATOR_URL)
        simulator.wait(seconds=30)
        now = clock.now()
        shops = [
            _open("chaos", falls_back=False, types=(), receiver=options["receiver"], simulator=simulator, now=now),
            _open(
                "chaos-second",
                falls_back=True,
                types=("payment.*",),
                receiver=options["receiver"],
                simulator=simulator,
                now=now,
            ),
        ]
        self.stdout.write(json.dumps([asdict(shop) for shop in shops]))


def _open(
    slug: str, *, falls_back: bool, types: tuple[str, ...], receiver: str, simulator: Simulator, now: datetime
) -> Shop:
    since = now - timedelta(days=1)
    tenant = Tenant.objects.create(slug=slug, name=slug, created_at=since)
    for currency, fixed in (("EUR", 31), ("XOF", 100)):
        rate = Rate(percent=Decimal("4.3"), fixed_minor=fixed)
        set_terms(
            tenant_id=tenant.pk,
            commission_type="ticket_sale",
            currency=currency,
            rate=rate,
            valid_from=since,
            created_at=since,
        )
    gateways = ("paypal", "stripe") if falls_back else ("stripe", "paypal", "mtn_momo")
    accounts = tuple(
        _open_account(tenant, gateway=gateway, priority=priority, simulator=simulator, now=now)
        for priority, gateway in enumerate(gateways, start=1)
    )
    _, api_key = make_api_key(tenant=tenant, name="shop", scopes=SERVICE_SCOPES, created_at=since)
    endpoint = _open_endpoint(tenant, types=types, receiver=receiver, now=since)
    return Shop(slug, api_key, accounts, falls_back, tenant.pk, endpoint)


def _open_endpoint(tenant: Tenant, *, types: tuple[str, ...], receiver: str, now: datetime) -> Endpoint:
    path = f"/{tenant.slug}"
    opened, secret = open_endpoint(tenant=tenant, url=f"{receiver}{path}", types=types, description="", now=now)
    return Endpoint(opened.pk, path, secret, types)


def _open_account(tenant: Tenant, *, gateway: str, priority: int, simulator: Simulator, now: datetime) -> Account:
    credentials = _credentials(gateway)
    account = open_account(
        tenant=tenant,
        gateway=gateway,
        name=gateway,
        currencies=["EUR", "XOF"] if gateway == "stripe" else ["EUR"],
        credentials=credentials,
        now=now,
    )
    account.priority = priority
    if gateway != HINTING:
        # The same method at both, so that one can take over from the other.
        account.methods = ["card"]
    account.save(update_fields=["priority", "methods"])
    register(account, simulator=simulator)
    key = credentials.get("secret_key") or credentials.get("client_id") or f"momo_{account.public_id.hex[:12]}"
    return Account(row=account.pk, gateway=gateway, key=key)


def _credentials(gateway: str) -> dict[str, str]:
    if gateway == "stripe":
        return {"secret_key": _random("sk_test_"), "webhook_secret": _random("whsec_")}
    if gateway == "paypal":
        return {"client_id": _random("A"), "client_secret": _random("E"), "webhook_id": _random()[:16].upper()}
    made = {"platform": "sandbox", "target_environment": "sandbox"}
    made["callback_host"] = urlsplit(settings.PUBLIC_URL).hostname or ""
    return made | {f"collection_{part}": _random() for part in ("subscription_key", "user", "secret")}


def _random(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_hex(16)}"

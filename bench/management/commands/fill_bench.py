"""Writes the rows that bench/contents.py describes, through the service's own code; prints how to reach them."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from bench.contents import WALLETS, WEBHOOK_SECRET, Contents, owner_id
from commissions.models import CommissionPlan, CommissionVersion
from common import clock
from common.ids import uuid7
from gateways.credentials import key_id_of, seal
from gateways.models import GatewayAccount
from gateways.registry import sealing_context
from tenants.api_keys import SERVICE_SCOPES, make_api_key
from tenants.models import Tenant
from wallets.accounts import account_ids
from wallets.chart import AccountKind, AccountRef
from wallets.models import Wallet


class Command(BaseCommand):
    help = "Fill an empty database for the benchmark."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            contents = _make(now=clock.now())
        self.stdout.write(json.dumps(asdict(contents)))


def _make(*, now: datetime) -> Contents:
    tenant, version = make_tenant("bench", now=now)
    stripe_tenant, _ = make_tenant("bench-stripe", now=now)
    account = make_gateway_account(tenant, gateway="bench", now=now)
    stripe_account = make_gateway_account(stripe_tenant, gateway="stripe", now=now)
    first_wallet_id = _wallets(tenant, account, now=now)
    _wallets(stripe_tenant, stripe_account, now=now)
    return Contents(
        api_key=make_key(tenant, now=now),
        stripe_key=make_key(stripe_tenant, now=now),
        tenant_id=tenant.pk,
        account_id=account.pk,
        account_public_id=account.public_id.hex,
        first_wallet_id=first_wallet_id,
        version_id=version.pk,
    )


def make_tenant(slug: str, *, now: datetime) -> tuple[Tenant, CommissionVersion]:
    since = now - timedelta(days=1)
    tenant = Tenant.objects.create(slug=slug, name=slug, created_at=since)
    plan = CommissionPlan.objects.create(tenant=tenant, commission_type="ticket_sale", currency="EUR", created_at=since)
    version = CommissionVersion.objects.create(
        plan=plan, number=1, percent=Decimal(5), fixed_minor=50, valid_from=since, created_at=since
    )
    return tenant, version


def make_key(tenant: Tenant, *, now: datetime) -> str:
    _, key = make_api_key(tenant=tenant, name="bench", scopes=SERVICE_SCOPES, created_at=now)
    return key


def make_gateway_account(tenant: Tenant, *, gateway: str, now: datetime) -> GatewayAccount:
    account = GatewayAccount(
        public_id=uuid7(),
        tenant=tenant,
        gateway=gateway,
        name=gateway,
        currencies=["EUR"],
        methods=["card"],
        created_at=now,
    )
    values = {"secret_key": "sk_test_benchmark", "webhook_secret": WEBHOOK_SECRET}
    account.credentials = seal(values, context=sealing_context(account))
    account.credentials_key_id = key_id_of(account.credentials)
    account.save()
    return account


def _wallets(tenant: Tenant, account: GatewayAccount, *, now: datetime) -> int:
    """Make the wallets with their accounts and balances; returns the id of the first."""
    wallets = Wallet.objects.bulk_create(
        [
            Wallet(
                tenant=tenant,
                owner_type="organizer",
                owner_id=owner_id(number),
                owner_name=f"Organizer {number}",
                currency="EUR",
                created_at=now,
            )
            for number in range(WALLETS)
        ]
    )
    refs = {(tenant.pk, AccountRef(AccountKind.WALLET_AVAILABLE, wallet.pk, "EUR")) for wallet in wallets}
    refs.add((tenant.pk, AccountRef(AccountKind.GATEWAY_CLEARING, account.pk, "EUR")))
    refs.add((tenant.pk, AccountRef(AccountKind.COMMISSION_REVENUE, 0, "EUR")))
    account_ids(refs, created_at=now)
    return wallets[0].pk

"""Make the demo tenant with a month of history, once; add what it lacks and tell the simulator of it, each time."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from common import clock
from demo import accounts, history, tenant
from demo.registration import register
from demo.simulator import Simulator
from gateways.models import GatewayAccount
from reconciliation.invariants import verify_books
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Seed the demo tenant (safe to repeat) and write how to reach it to demo_access.json in the data folder."

    def handle(self, *args: Any, **options: Any) -> None:
        path, now = Path(settings.DATA_DIR) / "demo_access.json", clock.now()
        found = tenant.find_tenant()
        is_new = found is None
        made = found or tenant.make_tenant(now=now)
        tenant.set_missing_terms(made)
        opened = accounts.open_missing(made, now=now)
        if is_new or not path.exists():
            self._give_access(made, path, is_again=not is_new)
        if is_new:
            self._tell_history(made)
        elif opened:
            self.stdout.write(f"Gateway accounts opened: {', '.join(account.name for account in opened)}.")
        if settings.SIMULATOR_URL:
            _register_at_simulator(made)

    def _tell_history(self, made: Tenant) -> None:
        count = history.tell(made, now=clock.now())
        verified = verify_books(now=clock.now())
        self.stdout.write(f"{count} payments of {history.DAYS} days, {verified.entries} ledger entries.")

    def _give_access(self, made: Tenant, path: Path, *, is_again: bool) -> None:
        """When the data folder lost the file, nobody can read a key or a password again: new ones are made."""
        stripe = accounts.known_of(made)[0]
        _write_access(path, account=stripe, api_key=tenant.make_api_access(made, now=clock.now()))
        if is_again:
            self.stdout.write("demo_access.json was gone: a new API key and new passwords are in it.")


def _write_access(path: Path, *, account: GatewayAccount, api_key: str) -> None:
    finance_password, admin_password = secrets.token_urlsafe(12), secrets.token_urlsafe(12)
    tenant.make_people(finance_password=finance_password, admin_password=admin_password)
    access = {
        "console": {"user": tenant.FINANCE_USER, "password": finance_password},
        "administrator": {"user": tenant.ADMINISTRATOR, "password": admin_password},
        "api_key": api_key,
        "gateway_account": f"gwa_{account.public_id.hex}",
        "tenant": tenant.SLUG,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(access, file, indent=2)


def _register_at_simulator(made: Tenant) -> None:
    simulator = Simulator(settings.SIMULATOR_URL)
    simulator.wait(seconds=15)
    for account in accounts.known_of(made):
        register(account, simulator=simulator)

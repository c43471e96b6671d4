"""What both sides start from: a tenant with rates, keys and gateway accounts, and 10,000 organizers with wallets."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from devstack.folder import ROOT

WALLETS = 10_000
# Gateways that are called over HTTP; see bench/http_gateway.py.
HTTP_GATEWAYS = ("bench_a", "bench_b", "bench_c")
WEBHOOK_SECRET = "whsec_benchmark_" + "0" * 16


@dataclass(frozen=True, slots=True)
class Contents:
    """`stripe_key` belongs to a second tenant, whose payments go through the Stripe adapter."""

    api_key: str
    stripe_key: str
    tenant_id: int
    account_id: int
    account_public_id: str
    first_wallet_id: int
    version_id: int


def fill(environment: Mapping[str, str]) -> Contents:
    """Fill the database of this environment."""
    command = [sys.executable, "manage.py", "fill_bench"]
    result = subprocess.run(command, cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.PIPE)
    return Contents(**json.loads(result.stdout))


def owner_id(number: int) -> str:
    return f"org-{number % WALLETS:05d}"

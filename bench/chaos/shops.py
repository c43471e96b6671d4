"""What the run begins with: shops with gateway accounts, registered at the simulator. Knows nothing of the product."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devstack.folder import ROOT

PAYEES = 5
# Its callbacks prove nothing, so that the service asks; it takes no cancel, and knows our reference for ever.
HINTING = "mtn_momo"


@dataclass(frozen=True, slots=True)
class Account:
    """A gateway account: its row in our database, and its key in the gateway's books."""

    row: int
    gateway: str
    key: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a shop is told of its events: a row in our database, a path of the receiver, and what it asked for."""

    row: int
    path: str
    secret: str = field(repr=False)
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant that sells through these accounts. `falls_back`: its first gateway mostly turns it away."""

    name: str
    api_key: str
    accounts: tuple[Account, ...]
    falls_back: bool
    tenant: int = 0
    endpoint: Endpoint = Endpoint(0, "", "")


def open_all(environment: Mapping[str, str], *, receiver_url: str) -> tuple[Shop, ...]:
    """Fill the empty database of this environment."""
    command = [sys.executable, "manage.py", "open_chaos", receiver_url]
    result = subprocess.run(command, cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.PIPE)
    return tuple(_read(shop) for shop in json.loads(result.stdout))


def _read(told: dict[str, Any]) -> Shop:
    endpoint = told["endpoint"] | {"types": tuple(told["endpoint"]["types"])}
    accounts = tuple(Account(**account) for account in told["accounts"])
    return Shop(**told | {"accounts": accounts, "endpoint": Endpoint(**endpoint)})

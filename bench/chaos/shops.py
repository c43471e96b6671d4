"""What the run begins with: shops with gateway accounts, registered at the simulator. Knows nothing of the product."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from devstack.folder import ROOT

PAYEES = 5


@dataclass(frozen=True, slots=True)
class Account:
    """A gateway account: its row in our database, and its key in the gateway's books."""

    row: int
    gateway: str
    key: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant that sells through these accounts. `falls_back`: its first gateway mostly turns it away."""

    name: str
    api_key: str
    accounts: tuple[Account, ...]
    falls_back: bool


def open_all(environment: Mapping[str, str]) -> tuple[Shop, ...]:
    """Fill the empty database of this environment."""
    command = [sys.executable, "manage.py", "open_chaos"]
    result = subprocess.run(command, cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.PIPE)
    return tuple(
        Shop(**shop | {"accounts": tuple(Account(**account) for account in shop["accounts"])})
        for shop in json.loads(result.stdout)
    )

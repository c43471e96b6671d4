"""What the processes are told: where the database and the broker are, and the secrets of this data folder.

A variable set by the person who starts the stack is kept; the stack only fills in what is missing.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from devstack.places import BrokerPlace, DatabasePlace
from devstack.ports import LOOPBACK, Ports
from devstack.state import State


def of_service(
    *, database: DatabasePlace, broker: BrokerPlace, state: State, ports: Ports, folder: Path
) -> dict[str, str]:
    """Return the environment of every process of the service, which runs as the application's database role."""
    simulator = f"http://{LOOPBACK}:{ports.simulator}"
    addresses = {
        "SIMULATOR_URL": simulator,
        "PUBLIC_URL": f"http://{LOOPBACK}:{ports.web}",
    }
    made = {
        **os.environ,
        **_unless_chosen(_secrets(state) | addresses),
        **_of_broker(broker),
        "DATABASE_URL": database.url,
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "payments_project.settings.local",
        # Lines reach the log files when they are written, not when a buffer is full.
        "PYTHONUNBUFFERED": "1",
    }
    # The processes that serve have no business with the owner's password.
    made.pop("DATABASE_OWNER_URL", None)
    return made


def of_owner(service: Mapping[str, str], *, database: DatabasePlace) -> dict[str, str]:
    """Return the environment of the process that migrates and grants."""
    return {**service, "DATABASE_URL": database.owner_url, "APP_DB_ROLE": database.app_role}


def of_command(*, database: DatabasePlace, broker: BrokerPlace, state: State, folder: Path) -> dict[str, str]:
    """Return the environment of a command run beside an embedded database, which it owns: tests, the benchmark."""
    return {
        **os.environ,
        **_unless_chosen(_secrets(state)),
        **_of_broker(broker),
        "DATABASE_URL": database.owner_url,
        "DATABASE_APP_URL": database.url,
        "APP_DB_ROLE": database.app_role,
        "DATA_DIR": str(folder),
    }


def _unless_chosen(made: Mapping[str, str]) -> dict[str, str]:
    return {name: os.environ.get(name) or value for name, value in made.items()}


def _secrets(state: State) -> dict[str, str]:
    return {
        "SECRET_KEY": state.secret_key,
        "CREDENTIALS_KEYS": state.credentials_keys,
        "API_KEY_PEPPER": state.api_key_pepper,
        "JWT_HS256_SECRET": state.jwt_hs256_secret,
        "JWT_ISSUER": "core-platform",
        "JWT_AUDIENCE": "payment-service",
    }


def _of_broker(broker: BrokerPlace) -> dict[str, str]:
    return {"CELERY_BROKER_URL": broker.url} | ({"REDIS_URL": broker.cache_url} if broker.cache_url else {})

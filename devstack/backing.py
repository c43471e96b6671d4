"""Database and broker of a stack: starts the ones it has to bring itself."""

from dataclasses import dataclass
from pathlib import Path

from devstack.places import BrokerPlace, DatabasePlace, external_broker, external_database
from devstack.postgres import Postgres
from devstack.state import State
from devstack.supervisor import Supervisor
from devstack.valkey import Valkey


@dataclass(frozen=True, slots=True)
class Backing:
    database: DatabasePlace
    broker: BrokerPlace


def start_embedded(supervisor: Supervisor, *, folder: Path, state: State, is_durable: bool = True) -> Backing:
    """Start PostgreSQL and Valkey, whatever the environment says."""
    return Backing(
        database=_start_postgres(supervisor, folder=folder, state=state, is_durable=is_durable),
        broker=_start_valkey(supervisor, folder=folder, state=state),
    )


def start_what_is_missing(supervisor: Supervisor, *, folder: Path, state: State) -> Backing:
    """Use the database and the broker the environment names; start the ones it does not."""
    return Backing(
        database=external_database() or _start_postgres(supervisor, folder=folder, state=state),
        broker=external_broker() or _start_valkey(supervisor, folder=folder, state=state),
    )


def already_running(*, folder: Path, state: State) -> Backing:
    """Reach the embedded database and broker that another process runs in this folder."""
    return Backing(database=Postgres(folder=folder, state=state).place, broker=Valkey(folder=folder, state=state).place)


def _start_postgres(supervisor: Supervisor, *, folder: Path, state: State, is_durable: bool = True) -> DatabasePlace:
    postgres = Postgres(folder=folder, state=state, is_durable=is_durable)
    supervisor.start(postgres.start)
    return postgres.place


def _start_valkey(supervisor: Supervisor, *, folder: Path, state: State) -> BrokerPlace:
    valkey = Valkey(folder=folder, state=state)
    supervisor.start(valkey.start)
    return valkey.place

"""The benchmark's own databases: one for the service, one with the same tables for the naive reference.

Neither is the database that DATABASE_URL names; that one only says where the server is.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from devstack.folder import ROOT

SERVICE = "bench_service"
NAIVE = "bench_naive"


@dataclass(frozen=True, slots=True)
class Database:
    """Where one side keeps its rows. The service's processes run as the application's role where there is one."""

    name: str
    owner_url: str
    app_url: str

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.owner_url, autocommit=True)


def make(name: str) -> Database:
    """Make the database anew, with every table of the service."""
    database = _create(name, template="template1")
    environment = {**os.environ, "DATABASE_URL": database.owner_url, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    subprocess.run([sys.executable, "manage.py", "prepare_database"], cwd=ROOT, env=environment, check=True)
    return database


def copy(original: Database, name: str) -> Database:
    """Make another database with the same tables and rows."""
    return _create(name, template=original.name)


def drop(database: Database) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name)))


def _create(name: str, *, template: str) -> Database:
    here = os.environ["DATABASE_URL"]
    database = Database(name, _renamed(here, name), _renamed(os.environ.get("DATABASE_APP_URL") or here, name))
    drop(database)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(here, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return database


def without_triggers(database: Database) -> None:
    """A naive project has no triggers; ours would refuse entries that are written one by one."""
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT tgname, relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal"
        ).fetchall()
        for trigger, table in rows:
            statement = sql.SQL("DROP TRIGGER {} ON {}")
            connection.execute(statement.format(sql.Identifier(trigger), sql.Identifier(table)))


def settle_down(database: Database) -> None:
    """Leave no vacuum and no checkpoint of what was just loaded for the measurement that follows."""
    with database.connect() as connection:
        connection.execute("VACUUM ANALYZE")


def server_pids(database: Database) -> list[int]:
    """The server's processes that work for this database now."""
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'",
            [database.name],
        ).fetchall()
    return [pid for (pid,) in rows]


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

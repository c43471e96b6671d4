"""The database roles: one that owns and migrates, one that the service runs as and that cannot change a table."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from devstack.state import State

ADMIN = "pay_admin"
OWNER = "pay_owner"
APP = "pay_app"
DATABASE = "payments"

_APP_RIGHTS = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")
# The owner may create databases: the tests make theirs.
_OWNER_RIGHTS = sql.SQL("LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def ensure(*, admin: Callable[[str], psycopg.Connection], state: State) -> None:
    """Make the roles and the database where they are missing. Safe at every start."""
    with admin("postgres") as connection:
        _ensure_role(connection, role=APP, rights=_APP_RIGHTS, password=state.app_password)
        _ensure_role(connection, role=OWNER, rights=_OWNER_RIGHTS, password=state.owner_password)
        # Tests step down to the application's role to prove what it cannot do.
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP), sql.Identifier(OWNER)))
        is_new = _ensure_database(connection)
    if is_new:
        with admin(DATABASE) as connection:
            connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def _ensure_role(connection: psycopg.Connection, *, role: str, rights: sql.SQL, password: str) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    statement = sql.SQL("CREATE ROLE {} {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), rights, sql.Literal(password)))


def _ensure_database(connection: psycopg.Connection) -> bool:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return False
    statement = sql.SQL("CREATE DATABASE {} OWNER {}")
    connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
    return True

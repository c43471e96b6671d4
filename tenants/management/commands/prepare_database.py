"""Bring the database up to date as its owner, and let the application role do what it must and no more."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg import sql

from common.database import patiently

_LOCK = 4_171_966_032

# The application adds to these and never changes them.
ADD_ONLY_TABLES = ("wallets_ledgertransaction", "wallets_ledgerentry", "payments_paymenthistory")
# The application changes only these columns of these.
CHANGED_COLUMNS = {
    "wallets_balance": ("balance_minor", "version"),
    "wallets_ledgeraccount": ("closed_at",),
}


class Command(BaseCommand):
    help = "Migrate, and grant the application role its rights. Run as the owner; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", default=settings.APP_DB_ROLE, help="the application's role (APP_DB_ROLE)")

    def handle(self, *args: Any, **options: Any) -> None:
        with _alone():
            patiently(_migrate)
            if options["role"]:
                self._grant(options["role"])

    def _grant(self, role: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            if cursor.fetchone()[0] == role:
                raise CommandError(f"DATABASE_URL signs in as {role} itself; prepare_database needs the owner.")
            for statement in _grants(role):
                cursor.execute(statement)


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time: whoever starts a second finds nothing left to do. The lock ends with its connection."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            yield
    finally:
        other.close()


def _migrate() -> None:
    """Each migration is a transaction. One that has to wait for a lock gives up soon, and is tried again.

    While it waits everybody else who wants the table waits behind it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        cursor.execute("SET statement_timeout = 0")
    call_command("migrate", verbosity=0)


def _grants(role: str) -> list[sql.Composed]:
    name = sql.Identifier(role)
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
    ]
    for table in (*ADD_ONLY_TABLES, *CHANGED_COLUMNS):
        statements.append(sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name))
    for table, columns in CHANGED_COLUMNS.items():
        listed = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        statements.append(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(listed, sql.Identifier(table), name))
    return statements

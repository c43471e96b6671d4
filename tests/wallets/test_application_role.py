"""What the role that the service runs as cannot do to the books, though it writes them all day."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg.errors import CheckViolation

from payments.states import Status
from tenants.management.commands.prepare_database import ADD_ONLY_TABLES, _grants
from tests.support.books import assert_books_balance, counts
from tests.support.factories import NOON, Merchant, make_merchant, make_payment
from tests.support.raw import run

pytestmark = [pytest.mark.django_db, pytest.mark.row("F2", "F3")]

DENIED = "42501"


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def as_application(merchant: Merchant) -> Iterator[None]:
    """A paid payment is booked, and from here on every statement is one of the application's role."""
    make_payment(merchant, Status.COMPLETED)
    role = settings.APP_DB_ROLE or "test_application"
    with connection.cursor() as cursor:
        if not settings.APP_DB_ROLE:
            cursor.execute(f"CREATE ROLE {role} NOLOGIN")
        for statement in _grants(role):
            cursor.execute(statement)
        cursor.execute(f"SET ROLE {role}")
        yield
        cursor.execute("RESET ROLE")


def assert_refused(statement: str, *, code: str = DENIED) -> None:
    before = counts()

    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        run(statement)

    assert refused.value.__cause__.sqlstate == code
    assert counts() == before


@pytest.mark.parametrize("table", ADD_ONLY_TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET id = id",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET id = excluded.id",
        "MERGE INTO {table} t USING {table} s ON t.id = s.id WHEN MATCHED THEN DELETE",
        "SELECT * FROM {table} FOR UPDATE",
        "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    ],
)
def test_booked_rows_cannot_be_changed(as_application: None, table: str, statement: str) -> None:
    """F2: no UPDATE, no DELETE, no TRUNCATE, no upsert and no MERGE on rows that are only added."""
    assert_refused(statement.format(table=table))


@pytest.mark.parametrize("table", ["wallets_balance", "wallets_ledgeraccount"])
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
def test_accounts_and_balances_cannot_be_removed(as_application: None, table: str, statement: str) -> None:
    """F2: an account that was used stays."""
    assert_refused(statement.format(table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallets_balance SET may_be_negative = true",
        "UPDATE wallets_balance SET normal_sign = -normal_sign",
        "UPDATE wallets_ledgeraccount SET currency = 'USD'",
        "UPDATE wallets_ledgeraccount SET kind = 'suspense', category = 'liability'",
    ],
)
def test_what_an_account_is_cannot_be_changed(as_application: None, statement: str) -> None:
    """F2: only the columns that the books themselves move may be updated."""
    assert_refused(statement)


@pytest.mark.parametrize("table", [*ADD_ONLY_TABLES, "wallets_balance", "wallets_ledgeraccount"])
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} DISABLE TRIGGER USER",
        "ALTER TABLE {table} OWNER TO CURRENT_USER",
        "DROP TABLE {table} CASCADE",
        "GRANT ALL ON {table} TO PUBLIC",
    ],
)
def test_the_tables_cannot_be_disarmed(as_application: None, table: str, statement: str) -> None:
    """F3: the application does not own what guards it."""
    if statement.startswith("GRANT"):
        # Granting what one may not grant is a warning, not an error: what counts is that nothing came of it.
        run(statement.format(table=table))
        assert_refused(f"DELETE FROM {table}")
    else:
        assert_refused(statement.format(table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET LOCAL session_replication_role = replica",
        "DROP TRIGGER append_only ON wallets_ledgerentry",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        (
            "CREATE OR REPLACE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RETURN NULL; END'"
        ),
        "ALTER FUNCTION ledger_check_entries() RENAME TO gone",
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE TABLE wallets_shadow (id bigint)",
        "ALTER TABLE wallets_balance DROP CONSTRAINT balance_not_below_zero",
        "DROP INDEX ledger_effect_once",
    ],
)
def test_the_guards_cannot_be_replaced(as_application: None, statement: str) -> None:
    """F3: neither triggers nor their functions, neither by name nor by going around them."""
    assert_refused(statement)


def test_rows_copied_in_meet_the_same_checks(as_application: None) -> None:
    """F2: COPY passes by the code, but not by the triggers."""
    before = counts()
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM wallets_ledgertransaction")
        (booked,) = cursor.fetchone()
        cursor.execute("SELECT account_id FROM wallets_ledgerentry ORDER BY id LIMIT 2")
        first, second = (account for (account,) in cursor.fetchall())

    with pytest.raises(CheckViolation, match="sealed"), transaction.atomic():
        _copy_in((booked, first, 5, "EUR"), (booked, second, -5, "EUR"))

    assert counts() == before


def _copy_in(*rows: tuple[int, int, int, str]) -> None:
    statement = "COPY wallets_ledgerentry (transaction_id, account_id, amount_minor, currency) FROM STDIN"
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def test_the_application_can_do_its_work(as_application: None, merchant: Merchant) -> None:
    """F2: what it must, it may: take a payment and book it."""
    attempt = make_payment(merchant, Status.COMPLETED, order_id="A-2")

    assert attempt.payment.status == Status.COMPLETED
    assert attempt.payment.created_at == NOON
    assert_books_balance()

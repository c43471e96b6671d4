"""The cursor that a thread keeps, and the connection that failed in the last request."""

import pytest
from django.db import DatabaseError, connection, transaction

from common.database import drop_failed_connection, execute
from tests.support.raw import run

pytestmark = pytest.mark.django_db(transaction=True)


def _lose_connection() -> None:
    """End the thread's session at the server, as a restart of PostgreSQL does; the thread learns of it by an error."""
    connection.ensure_connection()
    with transaction.atomic():
        pid = execute("SELECT pg_backend_pid()", ()).fetchone()[0]
    with pytest.raises(DatabaseError):
        run("SELECT pg_terminate_backend(%s)", [pid])


def test_the_kept_cursor_is_of_the_connection_in_use() -> None:
    first = execute("SELECT pg_backend_pid()", ()).fetchone()[0]
    assert execute("SELECT pg_backend_pid()", ()).fetchone()[0] == first

    connection.close()

    assert execute("SELECT pg_backend_pid()", ()).fetchone()[0] != first


def test_a_connection_that_was_lost_is_dropped_before_the_next_request() -> None:
    _lose_connection()
    assert connection.connection is not None

    drop_failed_connection()

    assert execute("SELECT 1", ()).fetchone() == (1,)


def test_a_connection_that_still_answers_after_an_error_is_kept() -> None:
    before = execute("SELECT pg_backend_pid()", ()).fetchone()[0]
    with pytest.raises(DatabaseError):
        execute("SELECT 1 / %s", (0,))

    drop_failed_connection()

    assert execute("SELECT pg_backend_pid()", ()).fetchone()[0] == before


def test_a_broken_transaction_takes_no_statement() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            execute("SELECT 1", ())

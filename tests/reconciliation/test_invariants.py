"""The proof of the books finds whatever is wrong with them: a check that never failed proves nothing."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from payments.models import Payment
from payments.states import Status
from reconciliation.invariants import CHECKS, verify_books
from reconciliation.models import BooksVerification
from tests.support.factories import NOON, Merchant, make_payment
from tests.support.raw import check_deferred, run
from wallets.models import LedgerTransaction

pytestmark = pytest.mark.django_db

DISARMED = "SET LOCAL session_replication_role = replica"
ARMED = "SET LOCAL session_replication_role = origin"


def _behind_the_back_of_the_triggers(statement: str) -> None:
    """As a superuser, a damaged disk or a restored half would."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        (may_disarm,) = cursor.fetchone() or (False,)
    # A table whose triggers still have something to check cannot be altered.
    check_deferred()
    tables = ("wallets_ledgertransaction", "wallets_ledgerentry", "wallets_balance", "payments_paymenthistory")
    if may_disarm:
        run(DISARMED)
        run(statement)
        run(ARMED)
        return
    for table in tables:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    run(statement)


def checks_that_differ() -> set[str]:
    return {str(found["check"]) for found in verify_books(now=NOON).differences}


@pytest.fixture
def paid(merchant: Merchant) -> Payment:
    return make_payment(merchant, Status.COMPLETED).payment


def test_sound_books_hold(paid: Payment) -> None:
    found = verify_books(now=NOON)

    assert found.holds
    assert (found.transactions, found.entries) == (1, 3)


def test_each_run_is_kept(paid: Payment) -> None:
    verify_books(now=NOON)

    kept = BooksVerification.objects.get()
    assert (kept.holds, kept.transactions, kept.entries, kept.differences) == (True, 1, 3, [])


@pytest.mark.row("F5")
def test_a_balance_that_is_not_its_entries_is_found_with_both_numbers(paid: Payment) -> None:
    """F5: the application may write balances, so one written wrongly must come to light in one run."""
    run("UPDATE wallets_balance SET balance_minor = balance_minor + 7 WHERE balance_minor = 1253")

    (found,) = verify_books(now=NOON).differences

    assert (found["check"], found["is"], found["should_be"]) == ("balances_are_sums", 12_60, 12_53)


@pytest.mark.row("F5")
@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE wallets_ledgerentry SET amount_minor = 1400 WHERE amount_minor = 1337", "transactions_balance"),
        ("DELETE FROM wallets_ledgerentry WHERE amount_minor = -84", "transactions_balance"),
        ("UPDATE wallets_ledgertransaction SET entry_count = 4", "transactions_balance"),
        ("DELETE FROM wallets_balance WHERE balance_minor = 84", "accounts_have_balances"),
        ("UPDATE wallets_ledgertransaction SET effect = 'moved'", "paid_payments_are_booked"),
        ("UPDATE payments_payment SET status = 'failed'", "only_paid_payments_are_booked"),
        ("UPDATE payments_payment SET status = 'refunded'", "history_rebuilds_status"),
        ("UPDATE payments_payment SET version = version + 1", "history_rebuilds_status"),
        ("UPDATE payments_paymentattempt SET state = 'unknown'", "open_attempts_are_asked"),
    ],
)
def test_damage_is_found(paid: Payment, damage: str, check: str) -> None:
    """F5: each kind of damage is found by the check that claims it."""
    _behind_the_back_of_the_triggers(damage)

    assert check in checks_that_differ()


def test_every_check_was_seen_to_fail() -> None:
    """The list above leaves no check out, but for those with a test of their own."""
    marks = test_damage_is_found.pytestmark  # type: ignore[attr-defined]
    cases = next(mark for mark in marks if mark.name == "parametrize").args[1]

    assert {check for _, check in cases} | {"balances_are_sums", "statement_lines_are_booked"} == {
        check.name for check in CHECKS
    }


def test_the_command_says_that_the_books_hold(paid: Payment) -> None:
    output = StringIO()

    call_command("verify_books", stdout=output)

    assert output.getvalue().splitlines()[-1] == "The books hold."


def test_the_command_fails_and_names_what_differs(paid: Payment) -> None:
    run("UPDATE wallets_balance SET balance_minor = balance_minor + 7 WHERE balance_minor = 1253")
    output = StringIO()

    with pytest.raises(CommandError, match="1 differences"):
        call_command("verify_books", stdout=output)

    assert "is 1260, should be 1253" in output.getvalue()
    assert LedgerTransaction.objects.count() == 1

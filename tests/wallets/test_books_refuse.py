"""What the database refuses about the books, whoever asks: here the owner of the tables, with plain SQL."""

from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from tenants.models import Tenant
from tests.support.books import assert_books_balance, counts
from tests.support.factories import NOON, eur, make_tenant
from tests.support.raw import add_entries, add_header, check_deferred, run
from wallets import ledger
from wallets.accounts import account_ids
from wallets.chart import AccountKind, AccountRef
from wallets.ledger import Booking, Posting
from wallets.models import Balance, BooksClosing, LedgerAccount, LedgerTransaction

pytestmark = pytest.mark.django_db

CLEARING = AccountRef(AccountKind.GATEWAY_CLEARING, 7, "EUR")
WALLET = AccountRef(AccountKind.WALLET_AVAILABLE, 11, "EUR")
DOLLARS = AccountRef(AccountKind.WALLET_AVAILABLE, 12, "USD")


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def accounts(tenant: Tenant) -> dict[AccountRef, int]:
    refs = {(tenant.pk, ref) for ref in (CLEARING, WALLET, DOLLARS)}
    return {ref: pk for (_, ref), pk in account_ids(refs, created_at=NOON).items()}


@pytest.fixture
def booked(tenant: Tenant, accounts: dict[AccountRef, int]) -> LedgerTransaction:
    booking = Booking(tenant.pk, "sale", 1, "completed", (Posting(CLEARING, WALLET, eur(13_37)),), NOON)
    return ledger.post(booking, recorded_at=NOON)


def forge(tenant: Tenant, *lines: tuple[int, int, str], entry_count: int = 2) -> None:
    """Write a transaction past the code, as far as its commit would let it come."""
    forged = add_header(tenant_id=tenant.pk, entry_count=entry_count)
    if lines:
        add_entries(forged, *lines)
    check_deferred()


@pytest.mark.row("F1")
@pytest.mark.parametrize(
    ("entry_count", "lines", "constraint"),
    [
        pytest.param(2, [(CLEARING, 5), (WALLET, -4)], "ledger_sums_to_zero", id="unbalanced"),
        pytest.param(2, [(CLEARING, 5)], "ledger_sums_to_zero", id="one-sided"),
        pytest.param(1, [(CLEARING, 5)], "ledger_two_entries_or_more", id="one entry"),
        pytest.param(2, [(CLEARING, 5), (WALLET, 0)], "ledger_entry_not_zero", id="zero"),
        pytest.param(2, [(CLEARING, 5), (DOLLARS, -5)], "ledger_sums_to_zero", id="cross-currency"),
        pytest.param(3, [(CLEARING, 5), (WALLET, -5)], "ledger_sealed", id="fewer than said"),
        pytest.param(2, [], "ledger_has_entries", id="no entries"),
    ],
)
def test_what_does_not_balance_is_refused(
    tenant: Tenant, accounts: dict[AccountRef, int], entry_count: int, lines: list, constraint: str
) -> None:
    """F1: unbalanced, one-sided, zero and cross-currency transactions do not survive the commit."""
    rows = [(accounts[ref], minor, ref.currency) for ref, minor in lines]

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        forge(tenant, *rows, entry_count=entry_count)

    assert refused.value.__cause__.diag.constraint_name == constraint
    assert counts() == (0, 0)


@pytest.mark.row("F4")
def test_entries_cannot_be_added_to_an_old_transaction(
    booked: LedgerTransaction, accounts: dict[AccountRef, int]
) -> None:
    """F4: balanced or not, a sealed transaction takes no late entries."""
    with pytest.raises(IntegrityError, match="sealed"), transaction.atomic():
        add_entries(booked.pk, (accounts[CLEARING], 3, "EUR"), (accounts[WALLET], -3, "EUR"))

    assert counts() == (1, 2)


@pytest.mark.row("F7")
@pytest.mark.parametrize("currency", ["USD", "eur", "XOF"])
def test_an_account_takes_entries_of_its_own_currency_only(
    tenant: Tenant, accounts: dict[AccountRef, int], currency: str
) -> None:
    """F7: both lines are of one currency and balance, but it is not the accounts'."""
    with pytest.raises(IntegrityError, match="another currency"), transaction.atomic():
        forge(tenant, (accounts[CLEARING], 5, currency), (accounts[WALLET], -5, currency))

    assert counts() == (0, 0)


def test_a_transaction_stays_within_its_tenant(tenant: Tenant, accounts: dict[AccountRef, int]) -> None:
    with pytest.raises(IntegrityError, match="another tenant"), transaction.atomic():
        forge(make_tenant(), (accounts[CLEARING], 5, "EUR"), (accounts[WALLET], -5, "EUR"))

    assert counts() == (0, 0)


@pytest.mark.row("F2")
@pytest.mark.parametrize("table", ["wallets_ledgertransaction", "wallets_ledgerentry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_booked_rows_are_never_changed_even_by_the_owner(booked: LedgerTransaction, table: str, statement: str) -> None:
    """F2: the triggers hold for the role that owns the tables too."""
    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        run(statement.format(table))

    assert counts() == (1, 2)


@pytest.mark.parametrize("table", ["wallets_ledgeraccount", "wallets_balance"])
def test_accounts_and_balances_are_never_removed(booked: LedgerTransaction, table: str) -> None:
    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        run(f"DELETE FROM {table}")

    assert LedgerAccount.objects.count() == Balance.objects.count() == 3


@pytest.mark.row("F2")
def test_the_books_are_truncated_in_databases_of_tests_only() -> None:
    """F2: TRUNCATE passes by row triggers, so each table has one of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE proname = 'refuse_truncate' AND tgtype & 32 = 32 ORDER BY 1"
        )
        guarded = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'refuse_truncate'")
        (source,) = cursor.fetchone()

    assert guarded == [
        "payments_paymenthistory",
        "wallets_balance",
        "wallets_booksclosing",
        "wallets_ledgeraccount",
        "wallets_ledgerentry",
        "wallets_ledgertransaction",
    ]
    assert r"current_database() NOT LIKE 'test\_%'" in source


@pytest.mark.row("F8")
def test_a_transaction_is_reversed_once_by_constraint(booked: LedgerTransaction, tenant: Tenant) -> None:
    """F8: not a check in code but a unique column."""
    ledger.post(
        Booking(tenant.pk, "sale", 2, "completed", (Posting(CLEARING, WALLET, eur(13_37)),), NOON), recorded_at=NOON
    )
    ledger.reverse(booked, occurred_at=NOON, recorded_at=NOON)

    with pytest.raises(IntegrityError, match="reverses_id"), transaction.atomic():
        run(
            "INSERT INTO wallets_ledgertransaction (public_id, tenant_id, subject_type, subject_id, effect,"
            " entry_count, occurred_at, recorded_at, reverses_id)"
            " VALUES (gen_random_uuid(), %s, 'sale', 1, 'again', 2, now(), now(), %s)",
            [tenant.pk, booked.pk],
        )

    assert_books_balance()


@pytest.mark.row("F9")
@pytest.mark.parametrize("minor", [2**63, -(2**63) - 1])
def test_the_column_refuses_what_it_cannot_hold(tenant: Tenant, accounts: dict[AccountRef, int], minor: int) -> None:
    """F9: beyond 64 bits nothing wraps around."""
    with pytest.raises(DataError), transaction.atomic():
        run(
            "INSERT INTO wallets_ledgerentry (transaction_id, account_id, amount_minor, currency)"
            f" VALUES (1, {accounts[CLEARING]}, {minor}, 'EUR')"
        )

    assert counts() == (0, 0)


def test_a_closing_goes_forward_only_and_is_never_removed() -> None:
    tenant = make_tenant()
    BooksClosing.objects.create(tenant=tenant, closed_through=NOON)

    BooksClosing.objects.filter(tenant=tenant).update(closed_through=NOON + timedelta(days=1))
    for change in (
        lambda: BooksClosing.objects.filter(tenant=tenant).update(closed_through=NOON),
        lambda: BooksClosing.objects.filter(tenant=tenant).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()

    assert BooksClosing.objects.get(tenant=tenant).closed_through == NOON + timedelta(days=1)

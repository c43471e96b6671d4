"""The books under many writers at once: no deadlock, no lost line, and every snapshot of them adds up."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from reconciliation.invariants import verify_books
from tenants.models import Tenant
from tests.support.books import assert_books_balance, balance_of, counts
from tests.support.factories import NOON, eur, make_tenant
from tests.support.threads import raised, together
from wallets import ledger
from wallets.chart import AccountKind, AccountRef
from wallets.ledger import Booking, Posting
from wallets.models import LedgerTransaction

pytestmark = pytest.mark.django_db(transaction=True)

CLEARING = AccountRef(AccountKind.GATEWAY_CLEARING, 7, "EUR")
COMMISSION = AccountRef(AccountKind.COMMISSION_REVENUE, 0, "EUR")
WRITERS = 50


def wallet(number: int) -> AccountRef:
    return AccountRef(AccountKind.WALLET_AVAILABLE, number, "EUR")


def sale(tenant: Tenant, *, subject: int, wallets: tuple[int, ...] = (1,)) -> Booking:
    shares = tuple(Posting(CLEARING, wallet(number), eur(12_53)) for number in wallets)
    return Booking(tenant.pk, "sale", subject, "completed", (*shares, Posting(CLEARING, COMMISSION, eur(84))), NOON)


def posting(*bookings: Booking) -> Callable[[], None]:
    def work() -> None:
        with transaction.atomic(durable=True):
            ledger.post_batch(bookings, recorded_at=NOON)

    return work


@pytest.mark.row("F10")
def test_fifty_writers_on_a_hot_account_do_not_deadlock() -> None:
    """F10: each batch touches the same accounts, in an order of its own."""
    tenant = make_tenant()
    jobs = []
    for number in range(WRITERS):
        one, other = (1, 2) if number % 2 else (2, 1)
        first = sale(tenant, subject=2 * number, wallets=(one,))
        second = sale(tenant, subject=2 * number + 1, wallets=(other,))
        jobs.append(posting(first, second))

    results = together(jobs)

    assert raised(results) == []
    assert counts() == (2 * WRITERS, 6 * WRITERS)
    assert balance_of(AccountKind.WALLET_AVAILABLE, 1) == 12_53 * WRITERS
    assert balance_of(AccountKind.WALLET_AVAILABLE, 2) == 12_53 * WRITERS
    assert balance_of(AccountKind.COMMISSION_REVENUE) == 84 * 2 * WRITERS
    assert_books_balance()


@pytest.mark.row("F6")
def test_every_snapshot_during_load_adds_up() -> None:
    """F6: a reader in the middle of the load never sees half a transaction."""
    tenant = make_tenant()
    stopping = threading.Event()
    found: list[list[dict[str, object]]] = []

    def read() -> None:
        while not stopping.is_set():
            found.append(verify_books(now=NOON).differences)

    def write(writer: int) -> None:
        for number in range(40):
            posting(sale(tenant, subject=writer * 1000 + number, wallets=(1, 2 + writer)))()
        if writer == 0:
            stopping.set()

    results = together([read, *(lambda writer=writer: write(writer) for writer in range(4))])

    assert raised(results) == []
    assert len(found) > 3
    assert [differences for differences in found if differences] == []
    assert counts() == (160, 640)
    assert_books_balance()


@pytest.mark.row("F8")
def test_a_transaction_reversed_by_ten_at_once_is_reversed_once() -> None:
    """F8: nine of ten are refused."""
    tenant = make_tenant()
    posting(sale(tenant, subject=1), sale(tenant, subject=2))()
    booked = LedgerTransaction.objects.get(subject_id=1)

    def reverse() -> None:
        with transaction.atomic(durable=True):
            ledger.reverse(booked, occurred_at=NOON, recorded_at=NOON)

    results = together([reverse] * 10)

    assert len(raised(results, ledger.EffectAlreadyBooked)) == 9
    assert counts() == (3, 9)
    assert_books_balance()


@pytest.mark.row("F11")
def test_a_wallet_drained_by_twenty_at_once_ends_at_zero() -> None:
    """F11: the constraint holds at every instant, not on average."""
    tenant = make_tenant()
    posting(sale(tenant, subject=1))()

    def withdraw(number: int) -> Callable[[], None]:
        return posting(Booking(tenant.pk, "payout", number, "paid", (Posting(wallet(1), CLEARING, eur(12_53)),), NOON))

    results = together([withdraw(number) for number in range(20)])

    assert len(raised(results, ledger.InsufficientFunds)) == 19
    assert balance_of(AccountKind.WALLET_AVAILABLE, 1) == 0
    assert_books_balance()


def test_accounts_made_by_twenty_at_once_are_made_once() -> None:
    tenant = make_tenant()

    results = together([posting(sale(tenant, subject=number, wallets=(3, 4, 5))) for number in range(20)])

    assert raised(results) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT (kind, party_id)) FROM wallets_ledgeraccount")
        assert cursor.fetchone() == (5, 5)
    assert_books_balance()

"""The books as code sees them: pairs in, balanced lines out, each effect once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.money import Money
from tenants.models import Tenant
from tests.support.books import assert_books_balance, balance_of, balances, counts
from tests.support.factories import NOON, eur, make_tenant
from wallets import ledger
from wallets.chart import AccountKind, AccountRef
from wallets.ledger import Booking, Posting
from wallets.models import BooksClosing, LedgerAccount, LedgerTransaction

pytestmark = pytest.mark.django_db

CLEARING = AccountRef(AccountKind.GATEWAY_CLEARING, 7, "EUR")
WALLET = AccountRef(AccountKind.WALLET_AVAILABLE, 11, "EUR")
COMMISSION = AccountRef(AccountKind.COMMISSION_REVENUE, 0, "EUR")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def sale(tenant: Tenant, *, subject: int = 1, net: int = 12_53, commission: int = 84) -> Booking:
    postings = (Posting(CLEARING, WALLET, eur(net)), Posting(CLEARING, COMMISSION, eur(commission)))
    return Booking(tenant.pk, "sale", subject, "completed", postings, NOON)


def move(tenant: Tenant, *, debit: AccountRef, credit: AccountRef, minor: int, subject: int = 1) -> Booking:
    amount = Money(minor, debit.currency)
    return Booking(tenant.pk, "move", subject, "moved", (Posting(debit, credit, amount),), NOON)


def lines_of(transaction_: LedgerTransaction) -> list[tuple[str, int, int | None]]:
    entries = transaction_.entries.select_related("account").order_by("id")
    return [(entry.account.kind, entry.amount_minor, entry.balance_after_minor) for entry in entries]


def test_a_sale_is_one_debit_and_two_credits(tenant: Tenant) -> None:
    booked = ledger.post(sale(tenant), recorded_at=LATER)

    assert lines_of(booked) == [
        ("gateway_clearing", 13_37, None),
        ("wallet_available", -12_53, 12_53),
        ("commission_revenue", -84, None),
    ]
    assert (booked.entry_count, booked.occurred_at, booked.recorded_at) == (3, NOON, LATER)
    assert_books_balance()


def test_balances_stand_on_the_side_the_chart_gives_them(tenant: Tenant) -> None:
    ledger.post(sale(tenant), recorded_at=LATER)

    assert balances() == {
        "gateway_clearing:7 EUR": 13_37,
        "wallet_available:11 EUR": 12_53,
        "commission_revenue EUR": 84,
    }


def test_a_batch_keeps_the_balance_after_each_line_of_a_wallet(tenant: Tenant) -> None:
    ledger.post_batch([sale(tenant, subject=1, net=5_01), sale(tenant, subject=2, net=7_03)], recorded_at=LATER)

    after = [entry.balance_after_minor for number in (1, 2) for entry in ledger.entries_of("sale", number)]
    assert after == [None, 5_01, None, None, 12_04, None]
    assert_books_balance()


def test_lines_of_one_account_are_summed(tenant: Tenant) -> None:
    postings = (Posting(CLEARING, WALLET, eur(10_01)), Posting(WALLET, COMMISSION, eur(3_02)))

    booked = ledger.post(Booking(tenant.pk, "sale", 1, "netted", postings, NOON), recorded_at=LATER)

    assert lines_of(booked)[1] == ("wallet_available", -6_99, 6_99)


def test_an_empty_batch_writes_nothing() -> None:
    ledger.post_batch([], recorded_at=LATER)

    assert counts() == (0, 0)


def test_what_moves_nothing_is_refused(tenant: Tenant) -> None:
    there_and_back = (Posting(CLEARING, WALLET, eur(4_21)), Posting(WALLET, CLEARING, eur(4_21)))

    with pytest.raises(ledger.EmptyPosting):
        ledger.post(Booking(tenant.pk, "sale", 1, "nothing", there_and_back, NOON), recorded_at=LATER)

    assert counts() == (0, 0)


@pytest.mark.row("F1")
@pytest.mark.parametrize("minor", [0, -1])
def test_a_posting_of_nothing_or_less_is_refused(minor: int) -> None:
    """F1: a one-sided or zero line cannot be written down."""
    with pytest.raises(ledger.EmptyPosting):
        Posting(CLEARING, WALLET, eur(minor))


@pytest.mark.row("F1")
@pytest.mark.parametrize(
    ("debit", "credit", "amount"),
    [
        (CLEARING, AccountRef(AccountKind.WALLET_AVAILABLE, 11, "USD"), eur(5)),
        (AccountRef(AccountKind.GATEWAY_CLEARING, 7, "USD"), WALLET, eur(5)),
        (CLEARING, WALLET, Money(5, "USD")),
    ],
)
def test_a_posting_across_currencies_is_refused(debit: AccountRef, credit: AccountRef, amount: Money) -> None:
    """F1: five euros never answer for five dollars."""
    with pytest.raises(ledger.CurrencyDiffers):
        Posting(debit, credit, amount)


def test_an_effect_is_booked_once(tenant: Tenant) -> None:
    ledger.post(sale(tenant), recorded_at=LATER)

    with pytest.raises(ledger.EffectAlreadyBooked), transaction.atomic():
        ledger.post(sale(tenant, net=1), recorded_at=LATER)

    assert counts() == (1, 3)
    assert_books_balance()


def test_one_refused_booking_leaves_out_its_whole_batch(tenant: Tenant) -> None:
    ledger.post(sale(tenant, subject=2), recorded_at=LATER)

    with pytest.raises(ledger.EffectAlreadyBooked), transaction.atomic():
        ledger.post_batch([sale(tenant, subject=1), sale(tenant, subject=2)], recorded_at=LATER)

    assert counts() == (1, 3)
    assert balance_of(AccountKind.WALLET_AVAILABLE, 11) == 12_53


def test_a_wallet_cannot_go_below_zero(tenant: Tenant) -> None:
    ledger.post(sale(tenant, net=12_53), recorded_at=LATER)

    with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
        ledger.post(move(tenant, debit=WALLET, credit=CLEARING, minor=12_54), recorded_at=LATER)

    assert counts() == (1, 3)
    assert_books_balance()


def test_a_wallet_can_be_emptied_to_the_last_unit(tenant: Tenant) -> None:
    ledger.post(sale(tenant, net=12_53), recorded_at=LATER)
    ledger.post(move(tenant, debit=WALLET, credit=CLEARING, minor=12_53), recorded_at=LATER)

    assert balance_of(AccountKind.WALLET_AVAILABLE, 11) == 0
    assert_books_balance()


def test_what_the_gateway_owes_us_may_be_negative(tenant: Tenant) -> None:
    bank = AccountRef(AccountKind.BANK, 1, "EUR")

    ledger.post(move(tenant, debit=bank, credit=CLEARING, minor=9_07), recorded_at=LATER)

    assert balance_of(AccountKind.GATEWAY_CLEARING, 7) == -9_07
    assert_books_balance()


@pytest.mark.row("F8")
def test_a_reversal_is_the_mirror_image(tenant: Tenant) -> None:
    """F8: what was booked by mistake is answered, not removed."""
    booked = ledger.post(sale(tenant), recorded_at=LATER)

    reversal = ledger.reverse(booked, occurred_at=LATER, recorded_at=LATER)

    assert lines_of(reversal) == [
        ("gateway_clearing", -13_37, None),
        ("wallet_available", 12_53, 0),
        ("commission_revenue", 84, None),
    ]
    assert (reversal.reverses_id, reversal.effect) == (booked.pk, f"reversal of {booked.pk}")
    assert balances() == {}
    assert_books_balance()


@pytest.mark.row("F8")
def test_a_transaction_is_reversed_once(tenant: Tenant) -> None:
    """F8: the second reversal is refused."""
    booked = ledger.post(sale(tenant), recorded_at=LATER)
    ledger.post(sale(tenant, subject=2), recorded_at=LATER)
    ledger.reverse(booked, occurred_at=LATER, recorded_at=LATER)

    with pytest.raises(ledger.EffectAlreadyBooked), transaction.atomic():
        ledger.reverse(booked, occurred_at=LATER, recorded_at=LATER)

    assert counts() == (3, 9)
    assert_books_balance()


def test_spent_money_cannot_be_reversed_out_of_a_wallet(tenant: Tenant) -> None:
    booked = ledger.post(sale(tenant), recorded_at=LATER)
    ledger.post(move(tenant, debit=WALLET, credit=CLEARING, minor=1), recorded_at=LATER)

    with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
        ledger.reverse(booked, occurred_at=LATER, recorded_at=LATER)

    assert counts() == (2, 5)


@pytest.mark.row("F7")
def test_closed_books_take_nothing_recorded_before_the_close(tenant: Tenant) -> None:
    """F7: a closed period is closed."""
    BooksClosing.objects.create(tenant=tenant, closed_through=LATER)

    with pytest.raises(ledger.BooksClosed), transaction.atomic():
        ledger.post(sale(tenant), recorded_at=LATER)

    assert counts() == (0, 0)


@pytest.mark.row("F7")
def test_old_news_is_booked_in_the_open_period(tenant: Tenant) -> None:
    """F7: what happened before the close and was heard of after it belongs to the day it was heard."""
    BooksClosing.objects.create(tenant=tenant, closed_through=LATER)

    booked = ledger.post(sale(tenant), recorded_at=LATER + timedelta(microseconds=1))

    assert booked.occurred_at < LATER
    assert_books_balance()


@pytest.mark.row("F7")
def test_a_closed_account_takes_no_entries(tenant: Tenant) -> None:
    """F7: closing an account is final."""
    ledger.post(sale(tenant), recorded_at=LATER)
    ledger.close_account(LedgerAccount.objects.get(kind=AccountKind.COMMISSION_REVENUE), closed_at=LATER)

    with pytest.raises(ledger.AccountTakesNoEntry), transaction.atomic():
        ledger.post(sale(tenant, subject=2), recorded_at=LATER)

    assert counts() == (1, 3)


@pytest.mark.row("F9")
def test_a_line_beyond_the_books_is_refused(tenant: Tenant) -> None:
    """F9: 2^63 does not wrap around."""
    most = Posting(CLEARING, WALLET, eur(ledger.INT64_MAX))

    with pytest.raises(ledger.AmountTooLarge):
        ledger.post(Booking(tenant.pk, "sale", 1, "huge", (most, most), NOON), recorded_at=LATER)

    assert counts() == (0, 0)


@pytest.mark.row("F9")
def test_a_balance_beyond_the_books_is_refused(tenant: Tenant) -> None:
    """F9: each amount fits, their sum does not."""
    most = ledger.INT64_MAX
    ledger.post(move(tenant, debit=CLEARING, credit=WALLET, minor=most), recorded_at=LATER)

    with pytest.raises(ledger.AmountTooLarge), transaction.atomic():
        ledger.post(move(tenant, debit=CLEARING, credit=WALLET, minor=1, subject=2), recorded_at=LATER)

    assert counts() == (1, 2)
    assert balance_of(AccountKind.WALLET_AVAILABLE, 11) == most
    assert_books_balance()


def test_tenants_keep_separate_books(tenant: Tenant) -> None:
    other = make_tenant()
    ledger.post(sale(tenant, subject=1), recorded_at=LATER)
    ledger.post(sale(other, subject=2, net=5_03), recorded_at=LATER)

    assert LedgerAccount.objects.filter(tenant=tenant).count() == 3
    assert LedgerAccount.objects.filter(tenant=other).count() == 3
    assert_books_balance()


def test_entries_of_a_subject_come_oldest_first(tenant: Tenant) -> None:
    booked = ledger.post(sale(tenant), recorded_at=LATER)
    ledger.post(sale(tenant, subject=2), recorded_at=LATER)

    entries = ledger.entries_of("sale", 1)

    assert [entry.transaction_id for entry in entries] == [booked.pk] * 3
    assert next(entry.account.kind for entry in entries) == "gateway_clearing"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_booked_outside_a_transaction(tenant: Tenant) -> None:
    with pytest.raises(ledger.NotInTransaction):
        ledger.post(sale(tenant), recorded_at=LATER)

    assert counts() == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_an_account_made_in_a_transaction_that_rolled_back_is_made_again(tenant: Tenant) -> None:
    with pytest.raises(ledger.EffectAlreadyBooked), transaction.atomic():
        ledger.post_batch([sale(tenant), sale(tenant)], recorded_at=LATER)
    with transaction.atomic():
        ledger.post(sale(tenant), recorded_at=LATER)

    assert counts() == (1, 3)
    assert_books_balance()


def test_what_the_books_have_no_word_for_is_raised_as_it_is(tenant: Tenant) -> None:
    """A mistake in our own code is no refusal: it must not look like one."""
    nowhen = replace(sale(tenant), occurred_at=None)  # type: ignore[arg-type]

    with pytest.raises(IntegrityError, match="occurred_at"), transaction.atomic():
        ledger.post(nowhen, recorded_at=LATER)

    assert counts() == (0, 0)

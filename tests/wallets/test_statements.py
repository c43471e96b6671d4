"""Balances, statements and the trial balance, now and at a past time, compared with a plain sum over every entry."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from common.money import Money
from tests.support.factories import Merchant, eur, make_merchant, make_wallet
from wallets import balances, ledger, selectors, statements
from wallets.chart import CHART, AccountKind, AccountRef, Category
from wallets.models import LedgerAccount, LedgerEntry, Wallet
from wallets.statements import Selection, Side

DAY_1 = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
DAY_2 = DAY_1 + timedelta(days=1)
DAY_3 = DAY_1 + timedelta(days=2)
MIDNIGHT_2 = DAY_2.replace(hour=0)
MIDNIGHT_3 = DAY_3.replace(hour=0)


@pytest.fixture
def merchant(db: None) -> Merchant:
    return make_merchant()


@pytest.fixture
def wallet(merchant: Merchant) -> Wallet:
    return make_wallet(merchant.tenant)


def book(merchant: Merchant, wallet: Wallet, *, number: int, gross: int, commission: int, at: datetime) -> None:
    """A sale: the gateway owes us the gross, the owner gets the net."""
    currency = wallet.currency
    clearing = AccountRef(AccountKind.GATEWAY_CLEARING, merchant.account.pk, currency)
    shares = (
        (AccountRef(AccountKind.WALLET_AVAILABLE, wallet.pk, currency), gross - commission),
        (AccountRef(AccountKind.COMMISSION_REVENUE, 0, currency), commission),
    )
    postings = tuple(ledger.Posting(clearing, to, Money(minor, currency)) for to, minor in shares)
    booking = ledger.Booking(merchant.tenant.pk, "payment", number, "completed", postings, occurred_at=at)
    with transaction.atomic():
        ledger.post(booking, recorded_at=at)


def pay_out(merchant: Merchant, wallet: Wallet, *, number: int, minor: int, at: datetime) -> None:
    available = AccountRef(AccountKind.WALLET_AVAILABLE, wallet.pk, wallet.currency)
    reserved = AccountRef(AccountKind.WALLET_RESERVED, wallet.pk, wallet.currency)
    posting = ledger.Posting(available, reserved, Money(minor, wallet.currency))
    booking = ledger.Booking(merchant.tenant.pk, "payout", number, "requested", (posting,), occurred_at=at)
    with transaction.atomic():
        ledger.post(booking, recorded_at=at)


@pytest.fixture
def three_days(merchant: Merchant, wallet: Wallet) -> Wallet:
    book(merchant, wallet, number=1, gross=13_37, commission=84, at=DAY_1)
    book(merchant, wallet, number=2, gross=29_00, commission=1_47, at=DAY_2)
    pay_out(merchant, wallet, number=1, minor=11_11, at=DAY_2 + timedelta(hours=1))
    book(merchant, wallet, number=3, gross=7_03, commission=59, at=DAY_3)
    return wallet


def account_of(kind: AccountKind, wallet: Wallet | None = None) -> LedgerAccount:
    return LedgerAccount.objects.get(kind=kind, party_id=wallet.pk if wallet else 0)


def selection_of(account: LedgerAccount, **fields: object) -> Selection:
    return Selection(
        account.tenant_id, account.currency, account_id=account.pk, kind=AccountKind(account.kind), **fields
    )


def trial_balance(merchant: Merchant, *, start: datetime, end: datetime) -> selectors.TrialBalance:
    found = selectors.trial_balances(tenant_id=merchant.tenant.pk, start=start, end=end)
    return next(balance for balance in found if balance.currency == "EUR")


def summed(account: LedgerAccount, *, before: datetime) -> Money:
    """The same by adding up one by one."""
    entries = LedgerEntry.objects.filter(account=account, transaction__recorded_at__lt=before)
    sign = CHART[AccountKind(account.kind)].normal_sign
    return Money(sum(entry.amount_minor for entry in entries) * sign, account.currency)


def test_a_wallets_balances_are_told_now_and_at_a_past_time(three_days: Wallet) -> None:
    now = balances.of_wallets([three_days])[three_days.pk]
    first_day = balances.of_wallets([three_days], at=MIDNIGHT_2)[three_days.pk]

    assert (now.available, now.reserved, now.pending, now.debt) == (eur(35_39), eur(11_11), eur(0), eur(0))
    assert (first_day.available, first_day.reserved) == (eur(12_53), eur(0))


def test_a_wallet_without_accounts_has_nothing(wallet: Wallet) -> None:
    assert balances.of_wallets([wallet])[wallet.pk].available == eur(0)


def test_a_balance_before_anything_happened_is_nothing(three_days: Wallet) -> None:
    account = account_of(AccountKind.WALLET_AVAILABLE, three_days)

    assert statements.balance_of(account, at=DAY_1) == eur(0)
    assert statements.balance_of(account) == eur(35_39)


@pytest.mark.parametrize(
    "moment", [DAY_1, MIDNIGHT_2, DAY_2 + timedelta(minutes=30), MIDNIGHT_3, DAY_3 + timedelta(days=9)]
)
def test_every_balance_at_every_time_is_the_sum_of_the_entries_before(three_days: Wallet, moment: datetime) -> None:
    for account in LedgerAccount.objects.all():
        assert statements.balance_of(account, at=moment) == summed(account, before=moment)


def test_a_statement_runs_from_opening_to_closing(three_days: Wallet) -> None:
    account = account_of(AccountKind.WALLET_AVAILABLE, three_days)
    selection = selection_of(account, start=MIDNIGHT_2, end=MIDNIGHT_3)

    lines = statements.page(selection).lines
    totals = statements.totals(selection)

    assert [(line.debit, line.credit, line.balance_after) for line in lines] == [
        (eur(11_11), None, eur(28_95)),
        (None, eur(27_53), eur(40_06)),
    ]
    assert (totals.count, totals.debit, totals.credit, totals.balance) == (2, eur(11_11), eur(27_53), eur(16_42))
    assert statements.balance_of(account, at=MIDNIGHT_2) + totals.balance == statements.balance_of(
        account, at=MIDNIGHT_3
    )


@pytest.mark.parametrize("kind", [AccountKind.COMMISSION_REVENUE, AccountKind.GATEWAY_CLEARING])
def test_the_balance_after_is_worked_out_where_it_is_not_kept(three_days: Wallet, kind: AccountKind) -> None:
    account = LedgerAccount.objects.get(kind=kind)

    for start, end in ((None, None), (MIDNIGHT_2, MIDNIGHT_3), (None, MIDNIGHT_2)):
        for line in statements.page(selection_of(account, start=start, end=end)).lines:
            earlier = LedgerEntry.objects.filter(account=account, pk__lte=line.entry_id)
            minor = sum(entry.amount_minor for entry in earlier) * CHART[kind].normal_sign
            assert line.balance_after == eur(minor)


def test_pages_by_key_show_every_line_once_with_the_same_balances(merchant: Merchant, wallet: Wallet) -> None:
    for number in range(1, 8):
        book(
            merchant, wallet, number=number, gross=10_00 + number, commission=number, at=DAY_1 + timedelta(hours=number)
        )
    account = LedgerAccount.objects.get(kind=AccountKind.GATEWAY_CLEARING)
    whole = statements.page(selection_of(account)).lines

    seen = list(_paged(selection_of(account), size=3))

    assert seen == whole
    assert statements.whole(selection_of(account), lines_max=100) == whole[::-1]


def test_a_page_turned_back_is_the_page_that_was_left(merchant: Merchant, wallet: Wallet) -> None:
    for number in range(1, 6):
        book(merchant, wallet, number=number, gross=10_00 + number, commission=number, at=DAY_1)
    selection = selection_of(account_of(AccountKind.WALLET_AVAILABLE, wallet))
    first = statements.page(selection, size=2)
    second = statements.page(selection, size=2, older_than=first.older_than)

    back = statements.page(selection, size=2, newer_than=second.newer_than)

    assert back.lines == first.lines
    assert (first.newer_than, back.newer_than) == (None, None)


def _paged(selection: Selection, *, size: int) -> Iterator[statements.Line]:
    edge = None
    while True:
        found = statements.page(selection, older_than=edge, size=size)
        yield from found.lines
        edge = found.older_than
        if edge is None:
            return


def test_one_side_of_a_kind_sums_to_what_the_trial_balance_says(merchant: Merchant, three_days: Wallet) -> None:
    balance = trial_balance(merchant, start=MIDNIGHT_2, end=MIDNIGHT_3)

    for category in balance.categories:
        for line in category.kinds:
            for side, figure in ((Side.DEBIT, line.figures.debit), (Side.CREDIT, line.figures.credit)):
                chosen = Selection(
                    merchant.tenant.pk, "EUR", kind=line.kind, side=side, start=MIDNIGHT_2, end=MIDNIGHT_3
                )
                totals = statements.totals(chosen)
                assert figure == (totals.debit if side is Side.DEBIT else totals.credit)


def test_the_trial_balance_opens_moves_and_closes(merchant: Merchant, three_days: Wallet) -> None:
    balance = trial_balance(merchant, start=MIDNIGHT_2, end=MIDNIGHT_3)
    lines = {line.kind: line.figures for category in balance.categories for line in category.kinds}

    assert balance.holds
    assert lines[AccountKind.GATEWAY_CLEARING] == selectors.Figures(eur(13_37), eur(29_00), eur(0), eur(42_37))
    assert lines[AccountKind.WALLET_AVAILABLE] == selectors.Figures(eur(12_53), eur(11_11), eur(27_53), eur(28_95))
    assert lines[AccountKind.WALLET_RESERVED] == selectors.Figures(eur(0), eur(0), eur(11_11), eur(11_11))
    assert lines[AccountKind.COMMISSION_REVENUE] == selectors.Figures(eur(84), eur(0), eur(1_47), eur(2_31))
    assert [line.category for line in balance.categories] == [Category.ASSET, Category.LIABILITY, Category.INCOME]


def test_both_sides_of_the_trial_balance_are_equal(merchant: Merchant, three_days: Wallet) -> None:
    balance = trial_balance(merchant, start=MIDNIGHT_2, end=MIDNIGHT_3)

    assert (balance.figures.debit, balance.figures.credit) == (eur(40_11), eur(40_11))
    assert (balance.debit_side.opening, balance.credit_side.opening) == (eur(13_37), eur(13_37))
    assert (balance.debit_side.closing, balance.credit_side.closing) == (eur(42_37), eur(42_37))


def test_books_whose_sides_differ_do_not_hold() -> None:
    nothing = eur(0)
    asset = selectors.Figures(nothing, eur(5_01), nothing, eur(5_01))
    line = selectors.CategoryLine(Category.ASSET, [], asset)

    assert not selectors.TrialBalance("EUR", 1, [line]).holds


def test_a_kind_with_many_accounts_is_one_line(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        book(merchant, make_wallet(merchant.tenant), number=number, gross=13_37, commission=84, at=DAY_1)
    monkeypatch.setattr(selectors, "ACCOUNTS_SHOWN_MAX", 2)

    balance = trial_balance(merchant, start=DAY_1, end=DAY_2)
    lines = {line.kind: line for category in balance.categories for line in category.kinds}

    assert lines[AccountKind.WALLET_AVAILABLE].accounts == []
    assert lines[AccountKind.WALLET_AVAILABLE].account_count == 3
    assert lines[AccountKind.WALLET_AVAILABLE].figures.closing == eur(3 * 12_53)
    assert [part.figures.closing for part in lines[AccountKind.GATEWAY_CLEARING].accounts] == [eur(3 * 13_37)]


def test_tenants_and_currencies_are_never_added_together(merchant: Merchant, three_days: Wallet) -> None:
    book(merchant, make_wallet(merchant.tenant, currency="XOF"), number=9, gross=10_007, commission=701, at=DAY_2)
    stranger = make_merchant()
    book(stranger, make_wallet(stranger.tenant), number=10, gross=99_99, commission=1_01, at=DAY_2)

    balance = trial_balance(merchant, start=DAY_1, end=MIDNIGHT_3)
    every = selectors.trial_balances(tenant_id=merchant.tenant.pk, start=DAY_1, end=MIDNIGHT_3)

    assert balance.figures.debit == eur(13_37 + 29_00 + 11_11)
    assert [(one.currency, one.entry_count, one.figures.debit.minor, one.holds) for one in every] == [
        ("EUR", 8, 13_37 + 29_00 + 11_11, True),
        ("XOF", 3, 10_007, True),
    ]


def test_lines_of_a_transaction_are_all_of_them(merchant: Merchant, three_days: Wallet) -> None:
    booking = LedgerEntry.objects.order_by("pk")[0].transaction

    lines = statements.lines_of(booking)

    assert len(lines) == booking.entry_count == 3
    assert sum(line.debit.minor for line in lines if line.debit) == 13_37
    assert sum(line.credit.minor for line in lines if line.credit) == 13_37


@pytest.mark.django_db(transaction=True)
def test_a_reading_sees_one_moment_and_can_change_nothing() -> None:
    with balances.one_snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        isolation = cursor.fetchone()
        cursor.execute("SHOW transaction_read_only")
        assert (isolation, cursor.fetchone()) == (("repeatable read",), ("on",))

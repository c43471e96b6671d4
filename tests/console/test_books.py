"""The books in the console: every figure leads to rows that come to it, one currency at a time, in few queries."""

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common import formatting, ids
from common.money import Money
from console.books import names
from payments.models import Payment
from tests.console.conftest import Get
from tests.console.scene import Scene, play_a_month
from wallets import ledger, statements
from wallets.chart import AccountKind
from wallets.models import LedgerAccount, LedgerTransaction, Wallet
from wallets.statements import Selection

QUERIES_MAX = 15
_CELL = re.compile(r'<td class="c-right">(?:<a href="([^"]+)">)?<span class="c-amount" data-plain="([^"]+)">')


@pytest.fixture
def month(scene: Scene) -> Scene:
    play_a_month(scene)
    return scene


def trial_balance(scene: Scene, **words: str) -> str:
    asked = {"tenant": ids.show(ids.TENANT, scene.tenant.public_id), "currency": "EUR"} | words
    return f"{reverse('admin:books_trial_balance')}?{urlencode(asked)}"


def days(scene: Scene, *, first: int, last: int) -> dict[str, str]:
    """From so many days ago to so many days ago."""
    today = scene.now.date()
    return {"from": str(today - timedelta(days=first)), "to": str(today - timedelta(days=last))}


def body(get: Get, address: str) -> str:
    answer = get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def linked_figures(page: str) -> list[tuple[str, str]]:
    """Address and plain amount of every figure of the table that leads somewhere."""
    return [(html.unescape(address), plain) for address, plain in _CELL.findall(page) if address]


def figures_on(page: str) -> list[str]:
    """What the head of a page of entries says in amounts."""
    head = page[page.index('<dl class="c-figures">') : page.index("</dl>", page.index('<dl class="c-figures">'))]
    return re.findall(r'data-plain="([^"]+)"', head)


def plain(money: Money) -> str:
    return formatting.amount_plain(money)


@pytest.mark.parametrize("currency", ["EUR", "XOF", "TND"])
def test_every_figure_of_the_trial_balance_leads_to_rows_that_come_to_it(month: Scene, get: Get, currency: str) -> None:
    page = body(get, trial_balance(month, currency=currency, **days(month, first=20, last=2)))
    figures = linked_figures(page)

    assert len(figures) >= 12
    for address, figure in figures:
        assert figure in figures_on(body(get, address)), address


def test_the_rows_behind_a_figure_are_the_ones_that_were_summed(month: Scene, get: Get) -> None:
    page = body(get, trial_balance(month, **days(month, first=3, last=0)))
    address = next(address for address, _figure in linked_figures(page) if "side=credit" in address)

    rows = get(address).context["rows"]

    assert rows
    assert sum(row.credit.minor for row in rows) == get(address).context["totals"].credit.minor
    assert all(row.debit is None for row in rows)


def test_the_trial_balance_says_that_debit_is_credit_and_what_was_verified(month: Scene, get: Get) -> None:
    verification = month.verify()

    page = body(get, trial_balance(month))

    assert "Books balance" in page
    assert reverse("admin:reconciliation_booksverification_change", args=[verification.pk]) in page
    assert "Verified to entry 3\u202f612" in page


def test_books_that_were_never_verified_say_so(scene: Scene, get: Get) -> None:
    scene.pay()

    assert "Never verified yet." in body(get, trial_balance(scene))


def test_the_trial_balance_shows_one_currency_and_totals_for_each(month: Scene, get: Get) -> None:
    answer = get(trial_balance(month, currency="XOF"))

    assert answer.context["balance"].currency == "XOF"
    assert [tab.balance.currency for tab in answer.context["currencies"]] == ["EUR", "TND", "USD", "XOF"]
    assert all(tab.balance.holds for tab in answer.context["currencies"])


def test_the_trial_balance_begins_with_this_month(month: Scene, get: Get) -> None:
    asked = get(trial_balance(month)).context["days"]

    assert (asked.first.day, asked.last) == (1, month.now.date())


def test_a_kind_leads_to_the_accounts_that_its_line_counted(month: Scene, get: Get) -> None:
    for owner in ("org-one", "org-two"):
        month.wallets["EUR"] = Wallet.objects.create(
            tenant=month.tenant, owner_type="organizer", owner_id=owner, currency="EUR", created_at=month.now
        )
        month.pay()
    groups = get(trial_balance(month)).context["groups"]
    (whole,) = [row for group in groups for row in group.rows if row.note_count]

    listed = get(whole.address).context["cl"].result_list

    assert whole.note_count == len(listed) == 3


def test_the_trial_balance_of_an_unknown_tenant_is_not_found(month: Scene, get: Get) -> None:
    assert get(f"{reverse('admin:books_trial_balance')}?tenant=ten_1").status_code == 404


def test_without_accounts_the_trial_balance_is_empty_and_says_what_will_fill_it(scene: Scene, get: Get) -> None:
    assert "The books begin with the first completed payment." in body(get, reverse("admin:books_trial_balance"))


@pytest.mark.parametrize("words", ["from=yesterday", "to=9999-12-31", "from=2026-13-01"])
def test_what_is_no_day_is_refused(month: Scene, get: Get, words: str) -> None:
    assert get(f"{trial_balance(month)}&{words}").status_code == 400


@pytest.mark.parametrize("words", ["kind=nonsense", "category=nonsense", "side=left", "currency=ZZZ", "tenant=ten_1"])
def test_entries_of_what_does_not_exist_are_refused(month: Scene, get: Get, words: str) -> None:
    tenant = ids.show(ids.TENANT, month.tenant.public_id)
    name, _equals, value = words.partition("=")
    asked = {"tenant": tenant, "currency": "EUR"} | {name: value}

    answer = get(f"{reverse('admin:books_entries')}?{urlencode(asked)}")

    assert answer.status_code == (404 if name == "tenant" else 400)


def test_an_account_opens_with_its_entries_and_the_balance_after_each(month: Scene, get: Get) -> None:
    account = LedgerAccount.objects.get(kind=AccountKind.COMMISSION_REVENUE, currency="EUR")
    balance = statements.balance_of(account)

    answer = get(names.account_address(account.pk))

    assert answer.context["rows"][0].balance_after == balance
    assert plain(balance) in figures_on(answer.content.decode())


def test_opening_and_movement_come_to_closing(month: Scene, get: Get) -> None:
    account = LedgerAccount.objects.get(kind=AccountKind.GATEWAY_CLEARING, currency="EUR")
    words = urlencode(days(month, first=20, last=5))

    context = get(f"{names.account_address(account.pk)}?{words}").context
    (_opening, opening, _before), (_closing, closing, _until) = context["figures"]

    assert opening + context["totals"].balance == closing
    assert opening.is_positive


def test_the_list_of_accounts_says_whose_each_is(month: Scene, get: Get) -> None:
    page = body(get, reverse("admin:wallets_ledgeraccount_changelist"))

    assert "Baobab Productions" in page
    assert "Stripe (demo)" in page


def test_the_accounts_of_a_gateway_account_are_found_by_its_id(month: Scene, get: Get) -> None:
    key = ids.show(ids.GATEWAY_ACCOUNT, month.account.public_id)

    rows = get(f"{reverse('admin:wallets_ledgeraccount_changelist')}?q={key}").context["cl"].result_list

    assert {(row.kind, row.party_id) for row in rows} == {(AccountKind.GATEWAY_CLEARING, month.account.pk)}


def test_a_transaction_shows_all_lines_its_payment_and_equal_sides(month: Scene, get: Get) -> None:
    booking = LedgerTransaction.objects.order_by("-pk")[0]
    payment = Payment.objects.get(pk=booking.subject_id)

    answer = get(names.transaction_address(booking))

    assert len(answer.context["rows"]) == booking.entry_count
    assert [debit == credit for debit, credit in answer.context["totals"]] == [True]
    assert reverse("admin:payments_payment_change", args=[payment.shown_id]) in answer.content.decode()


def test_a_reversal_and_what_it_reverses_link_to_each_other(month: Scene, get: Get) -> None:
    booking = LedgerTransaction.objects.order_by("-pk")[0]
    with transaction.atomic():
        answer = ledger.reverse(booking, occurred_at=month.now, recorded_at=month.now)

    assert names.transaction_address(answer) in body(get, names.transaction_address(booking))
    assert names.transaction_address(booking) in body(get, names.transaction_address(answer))


@pytest.mark.parametrize(
    "address",
    [
        "books/trial-balance/",
        "wallets/ledgeraccount/",
        "wallets/ledgertransaction/",
        "wallets/wallet/",
        "commissions/commissionplan/",
    ],
)
def test_a_list_of_the_books_costs_few_queries_however_long(scene: Scene, get: Get, address: str) -> None:
    scene.pay()
    get(f"/admin/{address}")
    few = queries_of(get, f"/admin/{address}")
    for _ in range(30):
        scene.pay()

    many = queries_of(get, f"/admin/{address}")

    assert many == few <= QUERIES_MAX


def test_a_record_of_the_books_costs_few_queries_however_long(scene: Scene, get: Get) -> None:
    scene.pay()
    records = [
        names.account_address(LedgerAccount.objects.get(kind=AccountKind.GATEWAY_CLEARING).pk),
        reverse("admin:wallets_wallet_change", args=[scene.wallets["EUR"].pk]),
        reverse("admin:gateways_gatewayaccount_change", args=[scene.account.pk]),
        names.transaction_address(LedgerTransaction.objects.get()),
    ]
    for address in records:
        get(address)
    few = [queries_of(get, address) for address in records]
    for _ in range(30):
        scene.pay()

    many = [queries_of(get, address) for address in records]

    assert many == few
    assert max(few) <= QUERIES_MAX


def queries_of(get: Get, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert get(address).status_code == 200
    return len(caught)


def test_selections_of_a_tenant_never_show_another(month: Scene, get: Get) -> None:
    other = Selection(month.tenant.pk + 1, "EUR")

    assert statements.page(other).lines == []
    assert statements.totals(other).count == 0

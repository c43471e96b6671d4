"""Bank statements and their lines in the console: totals, tabs, links both ways, proposals, and nothing to change."""

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from gateways.models import GatewayAccount
from payments.models import Payment
from reconciliation.models import BankStatement, LineState, StatementLine
from tests.console.conftest import Get
from tests.support.bank import ASKED, awaiting, make_bank_account, told
from tests.support.camt import Entry
from tests.support.factories import Merchant
from wallets.chart import AccountKind
from wallets.models import LedgerAccount

pytestmark = pytest.mark.django_db
STATEMENTS = "/admin/reconciliation/bankstatement/"
LINES = "/admin/reconciliation/statementline/"


@pytest.fixture
def account(merchant: Merchant) -> GatewayAccount:
    """A matched transfer, one of another amount, one announced, one without reference, and a fee."""
    account = make_bank_account(merchant, name="Odd Bank")
    paid, differs, announced = awaiting(merchant), awaiting(merchant), awaiting(merchant)
    told(
        account,
        Entry(ASKED, text=paid.gateway_payment_id, bank_reference="BK-1"),
        Entry("10.00", text=differs.gateway_payment_id, bank_reference="BK-2"),
        Entry(ASKED, text=announced.gateway_payment_id, status="PDNG"),
        Entry(ASKED, text="for the show"),
        Entry("-4.21", text="fee", name="The Bank"),
    )
    return account


def text_of(get: Get, address: str) -> str:
    page = get(address)
    assert page.status_code == 200, address
    return page.content.decode()


def test_a_statement_is_listed_with_what_came_what_went_and_what_is_left_to_explain(
    account: GatewayAccount, get: Get
) -> None:
    page = text_of(get, STATEMENTS)

    assert "36.74\u00a0EUR" in page
    assert "−4.21\u00a0EUR" in page
    statement = BankStatement.objects.get()
    assert f'href="{LINES}?statement={statement.pk}&amp;state=unmatched">3</a>' in page
    record = text_of(get, f"{STATEMENTS}{statement.pk}/")
    assert statement.file_sha256 in record
    assert "1\u202f032.53\u00a0EUR" in record


@pytest.mark.parametrize(
    ("tab", "count"), [("", 5), ("?state=unmatched", 3), ("?state=matched", 1), ("?state=announced", 1)]
)
def test_each_tab_holds_its_lines(account: GatewayAccount, get: Get, tab: str, count: int) -> None:
    page = text_of(get, f"{LINES}{tab}")

    assert page.count('<th scope="row"') == count


def test_a_matched_line_leads_to_its_payment_and_its_booking(account: GatewayAccount, get: Get) -> None:
    line = StatementLine.objects.get(state=LineState.MATCHED)
    payment = Payment.objects.get(pk=line.attempt.payment_id)

    page = text_of(get, f"{LINES}{line.pk}/")

    assert f"/admin/payments/payment/{payment.shown_id}/" in page
    assert "Arrived at the bank" in page
    booking = page.split('href="/admin/wallets/ledgertransaction/')[1].split('"')[0]
    assert f"{LINES}{line.pk}/" in text_of(get, f"/admin/wallets/ledgertransaction/{booking}")


def test_an_unmatched_line_says_why_and_what_it_may_be_about(account: GatewayAccount, get: Get) -> None:
    line = StatementLine.objects.get(bank_reference="BK-2")

    page = text_of(get, f"{LINES}{line.pk}/")

    assert "Another amount than asked" in page
    assert "its reference" in page
    assert f"/admin/payments/payment/{line.attempt.payment.shown_id}/" in page


@pytest.mark.parametrize("by", ["bank", "payer", "payment"])
def test_a_line_is_found_by_any_exact_id(account: GatewayAccount, get: Get, by: str) -> None:
    line = StatementLine.objects.get(bank_reference="BK-1")
    reference = line.attempt.gateway_payment_id
    asked = {
        "bank": "BK-1",
        "payer": f"{reference[:4]} {reference[4:]}".lower(),
        "payment": line.attempt.payment.shown_id,
    }

    page = text_of(get, f"{LINES}?q={asked[by]}")

    assert page.count('<th scope="row"') == 1
    assert f"{LINES}{line.pk}/" in page


def test_the_days_are_the_banks_days(account: GatewayAccount, get: Get) -> None:
    assert text_of(get, f"{LINES}?from=2026-11-21&to=2026-11-21").count('<th scope="row"') == 5
    assert text_of(get, f"{LINES}?from=2026-11-22").count('<th scope="row"') == 0


def test_a_statement_that_does_not_add_up_says_that_nothing_is_booked(merchant: Merchant, get: Get) -> None:
    told(make_bank_account(merchant), Entry(ASKED), closing="1.00")

    page = text_of(get, f"{STATEMENTS}{BankStatement.objects.get().pk}/")

    assert "Does not add up" in page
    assert "Nothing of it is booked" in page


def test_home_counts_what_is_to_be_explained(account: GatewayAccount, get: Get) -> None:
    page = text_of(get, "/admin/")

    assert "Statement lines to explain" in page
    assert f'href="{LINES}?state=unmatched"' in page


def test_the_books_name_the_bank_account(account: GatewayAccount, get: Get) -> None:
    assert "Odd Bank" in text_of(get, "/admin/wallets/ledgeraccount/?kind=bank")
    ledger_account = LedgerAccount.objects.get(kind=AccountKind.BANK)
    record = text_of(get, f"/admin/wallets/ledgeraccount/{ledger_account.pk}/")
    assert f'<a href="/admin/gateways/gatewayaccount/{account.pk}/">Odd Bank</a>' in record


def test_pages_are_whole_in_french(account: GatewayAccount, get: Get, client: Client) -> None:
    client.cookies["django_language"] = "fr"

    page = text_of(get, LINES) + text_of(get, STATEMENTS)
    for line in StatementLine.objects.all():
        page += text_of(get, f"{LINES}{line.pk}/")

    for french in ("Relevés bancaires", "À rapprocher", "Aucune référence à nous", "Concerne peut-être", "Sorties"):
        assert french in page
    for english in ("Unmatched", "May be about", "Money out", "No reference of ours"):
        assert english not in page


def test_what_a_bank_writes_is_shown_as_text(merchant: Merchant, get: Get) -> None:
    told(
        make_bank_account(merchant),
        Entry(ASKED, text="&lt;script&gt;alert(1)&lt;/script&gt; {{ 7|add:7 }}", name="&lt;b&gt;x"),
    )
    line = StatementLine.objects.get()
    assert line.remittance.startswith("<script>")

    for address in (LINES, f"{LINES}{line.pk}/"):
        assert "<script>alert" not in text_of(get, address)
        assert "<b>x" not in text_of(get, address)


def test_a_viewer_reads_and_a_list_costs_the_same_for_many_lines(
    account: GatewayAccount, get_as_viewer: Get, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told(account, *(Entry("4.21", text=f"odd {number}") for number in range(30)), statement_id="STM-2")

    with django_assert_max_num_queries(12):
        assert text_of(get_as_viewer, LINES).count('<th scope="row"') == 35
    with django_assert_max_num_queries(12):
        text_of(get_as_viewer, STATEMENTS)

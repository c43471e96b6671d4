"""The same file, overlapping and contradicting files, imports that died half-way: each entry is booked once."""

import pytest
from django.db import IntegrityError, transaction

from gateways.models import GatewayAccount
from gateways.statements import StatementRefused
from payments.models import PaymentAttempt
from reconciliation.invariants import verify_books
from reconciliation.models import BankStatement, LineState, StatementLine
from reconciliation.statements import StatementConflict, decide
from tests.support.bank import ASKED, awaiting, imported, make_bank_account, the_line, told
from tests.support.books import assert_books_balance, balance_of, counts
from tests.support.camt import OTHER_IBAN, Entry, camt
from tests.support.factories import GROSS, NOON, Merchant
from wallets.chart import AccountKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(merchant: Merchant) -> GatewayAccount:
    return make_bank_account(merchant)


def transfer(attempt: PaymentAttempt, **fields: str) -> Entry:
    return Entry(ASKED, **{"text": attempt.gateway_payment_id} | fields)


@pytest.mark.row("H13")
def test_the_same_file_again_changes_nothing(merchant: Merchant, account: GatewayAccount) -> None:
    body = camt(transfer(awaiting(merchant)), Entry("4.21"))
    imported(account, body)
    before = counts()

    again = imported(account, body, name="copy of bank.xml")

    assert (again.was_known, again.matched, again.unmatched) == (True, 0, 0)
    assert counts() == before
    assert BankStatement.objects.count() == 1
    assert_books_balance()


@pytest.mark.row("H13")
@pytest.mark.parametrize("bank_reference", ["B1", ""], ids=["the bank's reference", "no reference"])
def test_an_entry_that_two_statements_list_is_booked_once(
    merchant: Merchant, account: GatewayAccount, bank_reference: str
) -> None:
    attempt = awaiting(merchant)
    shared = transfer(attempt, bank_reference=bank_reference)
    told(account, shared, statement_id="Saturday")

    found = told(account, shared, Entry("4.21", day="2026-11-22"), statement_id="The week")

    assert (found.matched, found.unmatched) == (0, 1)
    assert [statement.known_entries for statement in found.statements] == [1]
    assert balance_of(AccountKind.BANK, account.pk) == GROSS + 4_21
    assert_books_balance()


@pytest.mark.row("H13")
def test_a_file_that_contradicts_an_earlier_one_is_refused_whole(merchant: Merchant, account: GatewayAccount) -> None:
    told(account, Entry(ASKED, bank_reference="B1"))
    before = counts()

    with pytest.raises(StatementConflict, match="line"):
        told(account, Entry("4.21", bank_reference="B2"), Entry("13.38", bank_reference="B1"))

    assert counts() == before
    assert (BankStatement.objects.count(), StatementLine.objects.count()) == (1, 1)


@pytest.mark.row("H13")
def test_the_same_days_in_another_format_are_refused(merchant: Merchant) -> None:
    account = make_bank_account(
        merchant, csv_profile={"booking_date": "Day", "amount": "Amount", "currency": "EUR", "remittance": ["Text"]}
    )
    told(account, Entry(ASKED))

    with pytest.raises(StatementConflict, match="format"):
        imported(account, b"Day;Amount;Text\n2026-11-21;13,37;x\n", name="bank.csv")


@pytest.mark.row("H13")
def test_a_file_whose_balances_do_not_add_up_is_kept_and_books_nothing(
    merchant: Merchant, account: GatewayAccount
) -> None:
    attempt = awaiting(merchant)

    found = told(account, transfer(attempt), closing="1013.38")

    (statement,) = found.statements
    assert (statement.state, statement.difference_minor) == (BankStatement.State.DIFFERS, 1)
    assert StatementLine.objects.count() == 0
    assert counts() == (0, 0)
    assert told(account, transfer(attempt)).matched == 1


@pytest.mark.row("H13")
def test_a_statement_of_another_account_is_refused(merchant: Merchant, account: GatewayAccount) -> None:
    with pytest.raises(StatementRefused, match="about this account"):
        told(account, Entry(ASKED), iban=OTHER_IBAN)

    assert BankStatement.objects.count() == 0


def test_a_card_account_takes_no_statements(merchant: Merchant) -> None:
    with pytest.raises(StatementRefused, match="not an account"):
        told(merchant.account, Entry(ASKED))


def test_an_import_that_died_half_way_is_finished_by_the_same_file(merchant: Merchant, account: GatewayAccount) -> None:
    """As though the process had ended between keeping the file and booking its entries."""
    attempt = awaiting(merchant)
    body = camt(transfer(attempt))
    imported(account, body)
    line = the_line()
    other = StatementLine.objects.get(pk=line.pk)
    other.pk, other.key, other.state, other.attempt, other.references = None, "left", LineState.RECEIVED, None, []
    other.save()

    found = imported(account, body)

    assert (found.was_known, found.unmatched) == (True, 1)
    assert_books_balance()


def test_a_line_is_decided_once(merchant: Merchant, account: GatewayAccount) -> None:
    told(account, Entry(ASKED))
    before = counts()

    assert decide(the_line().pk, now=NOON) is None
    assert counts() == before


def test_the_database_refuses_a_second_line_that_pays_one_attempt(merchant: Merchant, account: GatewayAccount) -> None:
    told(account, transfer(awaiting(merchant)))
    line = the_line()
    line.pk, line.key = None, "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


def test_the_file_is_kept_sealed_and_the_payers_account_masked(merchant: Merchant, account: GatewayAccount) -> None:
    told(account, transfer(awaiting(merchant)))

    assert b"Odd Payer" not in bytes(BankStatement.objects.get().file)
    assert the_line().counterparty_iban == "FR … 2606"


@pytest.mark.row("F5")
@pytest.mark.parametrize("damage", [{"amount_minor": 13_38}, {"state": LineState.IGNORED}], ids=["amount", "state"])
def test_an_entry_booked_otherwise_than_the_bank_says_is_found(
    account: GatewayAccount, damage: dict[str, object]
) -> None:
    told(account, Entry(ASKED))
    StatementLine.objects.update(**damage)

    (found,) = verify_books(now=NOON).differences

    assert found["check"] == "statement_lines_are_booked"

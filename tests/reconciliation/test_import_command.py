"""`manage.py import_statement`: says what it did, and fails where a person has to look."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gateways.models import GatewayAccount
from payments.models import Payment
from payments.states import Status
from reconciliation.models import BankStatement
from tests.support.bank import ASKED, awaiting, make_bank_account, shown_id, written
from tests.support.books import assert_books_balance
from tests.support.camt import Entry, camt
from tests.support.factories import Merchant

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(merchant: Merchant) -> GatewayAccount:
    return make_bank_account(merchant)


def test_a_file_is_imported_and_told(
    merchant: Merchant, account: GatewayAccount, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = camt(Entry(ASKED, text=awaiting(merchant).gateway_payment_id), Entry("4.21"))

    call_command("import_statement", shown_id(account), written(tmp_path, body), "--by", "A. Accountant")
    call_command("import_statement", shown_id(account), written(tmp_path, body, "again.xml"))

    first, again = capsys.readouterr().out.split("This file was imported before")
    assert "1 matched, 1 to suspense" in first
    assert "0 matched, 0 to suspense" in again
    assert Payment.objects.get().status == Status.COMPLETED
    assert BankStatement.objects.get().imported_by == "A. Accountant"
    assert_books_balance()


def test_a_file_that_does_not_add_up_ends_with_an_error(account: GatewayAccount, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="do not add up"):
        call_command("import_statement", shown_id(account), written(tmp_path, camt(Entry(ASKED), closing="1")))


def test_what_cannot_be_read_is_said(account: GatewayAccount, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="well-formed"):
        call_command("import_statement", shown_id(account), written(tmp_path, b"<Document>"))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_statement", shown_id(account), str(tmp_path / "nowhere.xml"))
    with pytest.raises(CommandError, match="no gateway account"):
        call_command("import_statement", "gwa_odd", written(tmp_path, camt()))

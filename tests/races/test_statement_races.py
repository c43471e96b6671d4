"""One statement imported by many at once, and overlapping ones side by side: every transfer is booked once."""

from functools import partial

import pytest

from payments.models import Payment
from payments.states import Status
from reconciliation.models import BankStatement, LineState, StatementLine
from tests.support.bank import ASKED, awaiting, imported, make_bank_account
from tests.support.books import assert_books_balance, balance_of
from tests.support.camt import Entry, camt
from tests.support.factories import GROSS, Merchant, make_merchant
from tests.support.threads import raised, together
from wallets.chart import AccountKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.row("B27", "H13")]
IMPORTS = 6


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


def test_one_file_imported_at_once_is_booked_once(merchant: Merchant) -> None:
    account = make_bank_account(merchant)
    attempts = [awaiting(merchant) for _ in range(4)]
    body = camt(*(Entry(ASKED, text=attempt.gateway_payment_id) for attempt in attempts), Entry("4.21"))

    found = together([partial(imported, account, body)] * IMPORTS)

    assert raised(found) == []
    assert BankStatement.objects.count() == 1
    assert StatementLine.objects.filter(state=LineState.MATCHED).count() == 4
    assert set(Payment.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert balance_of(AccountKind.BANK, account.pk) == 4 * GROSS + 4_21
    assert balance_of(AccountKind.SUSPENSE) == 4_21
    assert_books_balance()


def test_overlapping_files_imported_at_once_book_each_entry_once(merchant: Merchant) -> None:
    account = make_bank_account(merchant)
    entries = [Entry(ASKED, text=awaiting(merchant).gateway_payment_id, bank_reference=f"B{n}") for n in range(4)]
    bodies = [camt(*entries[: n + 2], statement_id=f"STM-{n}") for n in range(3)]

    found = together([partial(imported, account, body) for body in bodies * 2])

    assert raised(found) == []
    assert BankStatement.objects.count() == 3
    assert StatementLine.objects.count() == 4
    assert balance_of(AccountKind.BANK, account.pk) == 4 * GROSS
    assert_books_balance()


def test_two_accounts_import_side_by_side(merchant: Merchant) -> None:
    """Both put money into the one suspense account of the tenant."""
    first, second = make_bank_account(merchant), make_bank_account(merchant)
    body = camt(*(Entry("4.21", text=f"odd {number}") for number in range(8)))

    found = together([partial(imported, account, body) for account in (first, second)] * 2)

    assert raised(found) == []
    assert balance_of(AccountKind.SUSPENSE) == 16 * 4_21
    assert_books_balance()

"""docs/ledger.md tells the accountant what is booked for an entry of the bank."""

import re
from pathlib import Path

from reconciliation import postings
from tests.support.factories import eur
from tests.wallets.test_ledger_page import table


def test_the_postings_on_the_page_are_the_postings() -> None:
    amount = eur(13_37)
    booked = {
        postings.BANKED: postings.banked(amount, gateway_account_id=7),
        postings.SUSPENDED: postings.suspended(amount, gateway_account_id=7),
        postings.WITHDRAWN: postings.withdrawn(amount, gateway_account_id=7),
    }

    rows = [
        [effect, pair.debit.kind.value, pair.credit.kind.value] for effect, pairs in booked.items() for pair in pairs
    ]

    assert [row[1:4] for row in table("Postings of bank statements")] == rows
    names = re.findall(r"^([A-Z_]+) = ", Path(postings.__file__).read_text(), re.M)
    assert names == ["STATEMENT_LINE", "BANKED", "SUSPENDED", "WITHDRAWN"]


def test_the_bank_account_in_the_books_is_the_gateway_account() -> None:
    (pair,) = postings.banked(eur(13_37), gateway_account_id=7)

    assert (pair.debit.party_id, pair.credit.party_id) == (7, 7)

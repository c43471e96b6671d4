"""docs/ledger.md tells the accountant what the code does."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from payments import postings
from payments.states import Status
from tests.support.factories import COMMISSION, GROSS, NET, RATE, Merchant, eur, make_payment
from wallets import ledger
from wallets.chart import CHART

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ledger.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head, without code marks."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_chart_on_the_page_is_the_chart() -> None:
    rules = [
        [
            kind.value,
            rule.category.value,
            rule.party.value.replace("_", " "),
            "yes" if rule.may_be_negative else "no",
            rule.what_it_is,
        ]
        for kind, rule in CHART.items()
    ]

    assert table("Chart of accounts") == rules


def test_the_postings_on_the_page_are_the_postings() -> None:
    amounts = {NET: "net", COMMISSION: "commission", GROSS: "gross"}
    booked = postings.payment_completed(
        gross=eur(GROSS), commission=eur(COMMISSION), wallet_id=11, gateway_account_id=7
    )
    booked += postings.collected_twice(gross=eur(GROSS), gateway_account_id=7)

    pairs = [[pair.debit.kind.value, pair.credit.kind.value, amounts[pair.amount.minor]] for pair in booked]

    rows = table("Postings")
    assert [row[2:] for row in rows] == pairs
    assert rows[0][1] == postings.COMPLETED
    assert rows[2][1].startswith(postings.COLLECTED_TWICE)
    named = re.findall(r"^[A-Z_]+ = ", Path(postings.__file__).read_text(), re.M)
    assert named == ["SUBJECT = ", "COMPLETED = ", "COLLECTED_TWICE = "]


@pytest.mark.django_db
def test_the_example_on_the_page_is_what_is_booked(merchant: Merchant) -> None:
    attempt = make_payment(merchant, Status.COMPLETED)

    lines = [
        [entry.account.kind, shown(entry.amount_minor), shown(-entry.amount_minor)]
        for entry in ledger.entries_of(postings.SUBJECT, attempt.payment_id)
    ]

    assert lines == table("An example")
    assert RATE.percent == Decimal(4) and RATE.fixed_minor == 31


def shown(minor: int) -> str:
    return str(Decimal(minor) / 100) if minor > 0 else ""

"""A bank's CSV by declared columns: nothing is guessed, and a row that cannot be read stops the file by its number."""

import json
from datetime import date
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.bank_transfer import statements
from gateways.adapters.bank_transfer.reference import reference_for
from gateways.statements import Statement, StatementRefused
from tests.support.camt import IBAN

PROFILE: dict[str, Any] = {
    "booking_date": "Buchung",
    "date_format": "%d.%m.%Y",
    "amount": "Betrag",
    "currency_column": "Währung",
    "name": "Name",
    "iban": "Konto",
    "remittance": ["Zweck 1", "Zweck 2"],
    "encoding": "cp1252",
    "thousands_mark": ".",
    "skip_lines": 1,
}
HEAD = "Umsätze\nBuchung;Betrag;Währung;Name;Konto;Zweck 1;Zweck 2\n"


def read(rows: str, *, head: str = HEAD, **changes: Any) -> Statement:
    profile = json.dumps(PROFILE | changes)
    (found,) = statements.read((head + rows).encode("cp1252"), iban=IBAN, csv_profile=profile)
    return found


def test_rows_become_entries() -> None:
    reference = reference_for("att_odd")

    found = read(f"21.11.2026;1.313,37;EUR;Zoë;FR14 2004;for;{reference}\n22.11.2026;-4,21;EUR;;;fee;\n")

    first, second = found.entries
    assert (first.amount, first.booking_date, first.counterparty_name) == (
        Money(1_313_37, "EUR"),
        date(2026, 11, 21),
        "Zoë",
    )
    assert (first.counterparty_iban, first.references, first.remittance) == (
        "FR142004",
        (reference,),
        f"for {reference}",
    )
    assert second.amount == Money(-4_21, "EUR")
    assert (found.format, found.account, found.currency, found.difference) == ("csv", IBAN, "EUR", None)
    assert first.key != second.key


@pytest.mark.parametrize(
    ("credit", "debit", "negative", "minor"),
    [("13,37", "", False, 13_37), ("", "4,21", False, -4_21), ("", "-4,21", True, -4_21), ("", "4,21", True, 4_21)],
)
def test_two_columns_say_the_direction(credit: str, debit: str, *, negative: bool, minor: int) -> None:
    found = read(
        f"2026-11-21;{credit};{debit}\n",
        head="Day;In;Out\n",
        booking_date="Day",
        date_format="%Y-%m-%d",
        amount="",
        credit="In",
        debit="Out",
        debit_is_negative=negative,
        currency_column="",
        currency="EUR",
        name="",
        iban="",
        remittance=[],
        skip_lines=0,
    )

    assert [entry.amount.minor for entry in found.entries] == [minor]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("21.11.2026;13.37;EUR;;;;\n", "grouped"),
        ("21.11.2026;1.31.337,00;EUR;;;;\n", "grouped"),
        ("21.11.2026;13,375;EUR;;;;\n", "decimals"),
        ("21.11.2026;,37;EUR;;;;\n", "not an amount"),
        ("21.11.2026;13,37 EUR;EUR;;;;\n", "not an amount"),
        ("21.11.2026;;EUR;;;;\n", "not an amount"),
        ("21.11.2026;13,37;EURO;;;;\n", "not a currency"),
        ("2026-11-21;13,37;EUR;;;;\n", "not a date"),
        ("21.11.2026;13,37;EUR\n", "columns"),
        ("21.11.2026;13,37;EUR;;;;;;\n", "columns"),
    ],
)
def test_a_row_that_reads_two_ways_stops_the_file(row: str, why: str) -> None:
    with pytest.raises(StatementRefused, match=rf"Line 4.*{why}"):
        read(f"21.11.2026;13,37;EUR;;;;\n{row}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": ""}, "csv_profile names"),
        ({"currency": "EUR"}, "csv_profile names"),
        ({"encoding": "utf-7"}, "encoding is one of"),
        ({"thousands_mark": ","}, "cannot stand"),
        ({"guess": True}, "cannot be read"),
        ({"name": "Nom"}, "no column"),
        ({"encoding": "utf-8"}, "not written in"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(StatementRefused, match=why):
        read("21.11.2026;13,37;EUR;;;;\n", **changes)


def test_two_currencies_in_one_file_are_refused() -> None:
    with pytest.raises(StatementRefused, match="more than one currency"):
        read("21.11.2026;13,37;EUR;;;;\n21.11.2026;13,37;USD;;;;\n")

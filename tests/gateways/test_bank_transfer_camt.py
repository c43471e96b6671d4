"""camt.053 into entries: versions, directions, batches, balances, and files that must not be believed."""

from datetime import date

import pytest

from common.money import Money
from gateways.adapters.bank_transfer import statements
from gateways.adapters.bank_transfer.reference import reference_for
from gateways.statements import EntryStatus, Statement, StatementRefused
from tests.support.camt import IBAN, OTHER_IBAN, Entry, camt


def read(body: bytes, *, iban: str = IBAN) -> tuple[Statement, ...]:
    return statements.read(body, iban=iban, csv_profile="")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_an_entry_is_the_same_in_every_version(version: str) -> None:
    reference = reference_for("att_odd")
    body = camt(
        Entry("13.37", text=f"for {reference}", bank_reference="B-1", end_to_end="E-1", name="Zoë"), version=version
    )

    ((entry,),) = [statement.entries for statement in read(body)]

    assert (entry.amount, entry.status, entry.key) == (eur(13_37), EntryStatus.BOOKED, "in:B-1")
    assert (entry.booking_date, entry.value_date) == (date(2026, 11, 21), date(2026, 11, 21))
    assert (entry.counterparty_name, entry.counterparty_iban, entry.end_to_end_id) == ("Zoë", OTHER_IBAN, "E-1")
    assert (entry.remittance, entry.references) == (f"for {reference}", (reference,))


def test_a_words_for_no_reference_is_none() -> None:
    ((entry,),) = [statement.entries for statement in read(camt(Entry("13.37", bank_reference="NONREF")))]

    assert (entry.end_to_end_id, entry.bank_reference) == ("", "")


def test_balances_are_checked_to_the_last_unit() -> None:
    entries = (Entry("13.37"), Entry("-4.21"), Entry("100.00", status="PDNG"))

    (whole,) = read(camt(*entries))
    (short,) = read(camt(*entries, closing="1009.15"))

    assert (whole.opening, whole.closing, whole.difference) == (eur(1000_00), eur(1009_16), eur(0))
    assert short.difference == eur(-1)


def test_an_overdrawn_account_has_a_negative_balance() -> None:
    (statement,) = read(camt(Entry("-4.21"), opening="-10.00"))

    assert (statement.opening, statement.difference) == (eur(-10_00), eur(0))


def test_a_reversal_keeps_the_direction_that_the_bank_states() -> None:
    (statement,) = read(camt(Entry("-13.37", reversal=True), Entry("4.21", reversal=True, return_reason="AC04")))

    taken, returned = statement.entries
    assert (taken.amount, taken.is_reversal) == (eur(-13_37), True)
    assert (returned.amount, returned.is_reversal, returned.return_reason) == (eur(4_21), True, "AC04")


def detail(amount: str, reference: str, *, currency: str = "EUR") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f'<AmtDtls><TxAmt><Amt Ccy="{currency}">{amount}</Amt></TxAmt></AmtDtls></TxDtls>'
    )


def batch(*details: str) -> bytes:
    """One entry of 17.58 that holds several transfers."""
    body = camt(Entry("17.58", bank_reference="B-1")).decode()
    before, after = body.split("<NtryDtls>")[0], body.split("</NtryDtls>")[1]
    return f"{before}<NtryDtls>{''.join(details)}</NtryDtls>{after}".encode()


def test_a_batch_whose_parts_make_up_the_whole_is_split() -> None:
    (statement,) = read(batch(detail("13.37", "E-1"), detail("4.21", "E-2")))

    assert [(entry.amount, entry.end_to_end_id, entry.key) for entry in statement.entries] == [
        (eur(13_37), "E-1", "in:B-1/1"),
        (eur(4_21), "E-2", "in:B-1/2"),
    ]
    assert statement.difference == eur(0)


@pytest.mark.parametrize(
    "details",
    [
        (detail("13.37", "E-1"), detail("4.20", "E-2")),
        (detail("13.37", "E-1"), detail("4.21", "E-2", currency="USD")),
        (detail("13.37", "E-1"), "<TxDtls><Refs><EndToEndId>E-2</EndToEndId></Refs></TxDtls>"),
    ],
    ids=["another sum", "another currency", "no amount"],
)
def test_a_batch_whose_parts_do_not_is_one_entry_for_a_person(details: tuple[str, str]) -> None:
    (statement,) = read(batch(*details))

    assert [(entry.amount, entry.end_to_end_id, entry.key) for entry in statement.entries] == [
        (eur(17_58), "", "in:B-1")
    ]


def test_equal_entries_without_a_bank_reference_are_numbered() -> None:
    (statement,) = read(camt(Entry("13.37", text="x"), Entry("13.37", text="x"), Entry("13.37", text="y")))

    first, second, third = (entry.key for entry in statement.entries)
    assert second == f"{first}#2"
    assert "#" not in third
    assert third != first


def test_a_file_for_several_accounts_gives_ours() -> None:
    ours, theirs = camt(Entry("13.37")).decode(), camt(Entry("4.21"), iban=OTHER_IBAN).decode()
    statement = theirs[theirs.index("<Stmt>") : theirs.index("</BkToCstmrStmt>")]

    (found,) = read(ours.replace("</BkToCstmrStmt>", f"{statement}</BkToCstmrStmt>").encode())

    assert [entry.amount for entry in found.entries] == [eur(13_37)]


@pytest.mark.row("I27")
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "between 1 byte"),
        (b"PK\x03\x04odd", "packed"),
        (b"\x1f\x8bodd", "packed"),
        (camt(Entry("13.37"))[:-40], "well-formed"),
        (b'<!DOCTYPE d [<!ENTITY a "aa">]><Document>&a;</Document>', "well-formed"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Document/>', "well-formed"),
        (b"<Document><BkToCstmrDbtCdtNtfctn/></Document>", "no camt.053"),
        (camt(Entry("13.37"), iban=OTHER_IBAN), "about this account"),
        (camt(Entry("13.37", currency="USD")), "on an account in EUR"),
        (camt(Entry("13.375"), closing="1"), "more decimals"),
        (camt(Entry("13.37")).replace(b"13.37</Amt><CdtDbtInd>CRDT", b"1e3</Amt><CdtDbtInd>CRDT"), "not an amount"),
        (camt(Entry("13.37")).replace(b"13.37</Amt><CdtDbtInd>CRDT", b"NaN</Amt><CdtDbtInd>CRDT"), "not an amount"),
        (camt(Entry("13.37", status="MAYB")), "not known"),
        (camt(Entry("13.37", day="2026-13-01")), "not a date"),
        (b"Day;Amount\n2026-11-21;13,37\n", "declares no columns"),
    ],
)
def test_what_cannot_be_read_with_certainty_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(StatementRefused, match=why):
        read(body)

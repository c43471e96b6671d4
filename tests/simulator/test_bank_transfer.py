"""The stand-in bank: it books what people write, right or wrong, and its statements always add up."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from gateways.adapters.bank_transfer import statements as reader
from gateways.statements import EntryStatus, Statement, StatementRefused
from simulator import process
from simulator.process import Simulator
from tests.support.camt import IBAN

DAY = "2026-11-21"
PROFILE = (
    '{"booking_date": "Booking date", "amount": "Amount", "currency_column": "Currency", "name": "Name", '
    '"remittance": ["Text"], "bank_reference": "Bank reference"}'
)


class Bank:
    def __init__(self, simulator: Simulator) -> None:
        self.url = simulator.url

    def post(self, path: str, **fields: Any) -> requests.Response:
        return requests.post(f"{self.url}/_control/bank_transfer{path}", json=fields, timeout=5)

    def transfer(self, amount: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(f"/accounts/{IBAN}/transfers", amount=amount, **{"day": DAY} | fields)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def file(self, name: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.url}/bank_transfer/accounts/{IBAN}/statements/{name}", headers=headers, timeout=5)

    def read(self, name: str) -> Statement:
        (found,) = reader.read(self.file(name).content, iban=IBAN, csv_profile=PROFILE)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "simulator"


@pytest.fixture
def bank(folder: Path) -> Iterator[Bank]:
    simulator = process.start(directory=folder, seed=7)
    bank = Bank(simulator)
    bank.post("/accounts", iban=IBAN, holder="Odd Nights", opening="1000.00")
    yield bank
    simulator.stop()


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_days_statement_says_what_happened_and_adds_up(bank: Bank, version: str) -> None:
    bank.transfer("13.37", reference="for A-1", name="Zoë")
    bank.transfer("4.21", out=True, reference="fee")
    bank.transfer("99.00", status="PDNG")
    bank.transfer("7.00", day="2026-11-22")

    found = bank.read(f"{DAY}.xml?version={version}")

    assert [(entry.amount.minor, entry.status, entry.counterparty_name) for entry in found.entries] == [
        (13_37, EntryStatus.BOOKED, "Zoë"),
        (-4_21, EntryStatus.BOOKED, "Test Payer"),
        (99_00, EntryStatus.PENDING, "Test Payer"),
    ]
    assert (found.opening.minor, found.closing.minor, found.difference.minor) == (1000_00, 1009_16, 0)


def test_a_day_begins_where_the_last_one_ended_and_files_may_overlap(bank: Bank) -> None:
    bank.transfer("13.37")
    bank.transfer("4.21", day="2026-11-22")

    first, second = bank.read(f"{DAY}.xml"), bank.read("2026-11-22.xml")
    both = bank.read(f"{DAY}..2026-11-22.xml")

    assert first.closing == second.opening
    assert [entry.key for entry in both.entries] == [entry.key for entry in (*first.entries, *second.entries)]


def test_the_csv_tells_the_same(bank: Bank) -> None:
    bank.transfer("13.37", reference="for A-1; odd".replace(";", ","))
    bank.transfer("4.21", out=True)

    xml, csv = bank.read(f"{DAY}.xml"), bank.read(f"{DAY}.csv")

    assert [(entry.amount, entry.key) for entry in csv.entries] == [(entry.amount, entry.key) for entry in xml.entries]


def test_another_currency_stands_on_a_statement_of_its_own(bank: Bank) -> None:
    bank.transfer("13.37", currency="USD")

    assert bank.read(f"{DAY}.xml").entries == ()
    assert [str(entry.amount) for entry in bank.read(f"{DAY}.xml?currency=USD").entries] == ["13.37 USD"]


def test_a_returned_transfer_is_a_new_entry_the_other_way_and_only_once(bank: Bank) -> None:
    sent = bank.transfer("13.37", reference="for A-1")

    assert bank.post(f"/transfers/{sent['id']}/return", reason="AC04", day=DAY).status_code == 200
    again = bank.post(f"/transfers/{sent['id']}/return", reason="AC04")

    assert again.status_code == 400
    _, back = bank.read(f"{DAY}.xml").entries
    assert (back.amount.minor, back.is_reversal, back.return_reason) == (-13_37, True, "AC04")


def test_what_is_pending_is_booked_under_the_same_reference(bank: Bank) -> None:
    sent = bank.transfer("13.37", status="PDNG")
    before = bank.read(f"{DAY}.xml").entries[0]

    bank.post(f"/transfers/{sent['id']}/book")

    after = bank.read(f"{DAY}.xml").entries[0]
    assert (before.status, after.status) == (EntryStatus.PENDING, EntryStatus.BOOKED)
    assert before.key == after.key


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": "0.00"},
        {"amount": "-1.00"},
        {"amount": "1.5"},
        {"amount": "1.00", "reference": "x" * 141},
        {"amount": "1.00", "reference": "<b>"},
        {"amount": "1.00", "day": "yesterday"},
        {"amount": "1.00", "status": "MAYB"},
    ],
)
def test_the_bank_refuses_what_its_form_would_not_take(bank: Bank, fields: dict[str, str]) -> None:
    assert bank.post(f"/accounts/{IBAN}/transfers", **fields).status_code == 400
    assert bank.read(f"{DAY}.xml").entries == ()


def test_a_wrong_iban_is_no_account(bank: Bank) -> None:
    assert bank.post("/accounts", iban="DE88370400440532013000").status_code == 400
    assert bank.post("/accounts/FR1420041010050500013M02606/transfers", amount="1.00").status_code == 400


def test_the_accounts_key_opens_its_statements(bank: Bank) -> None:
    bank.post("/accounts", iban=IBAN, key="odd-key")

    assert bank.file(f"{DAY}.xml").status_code == 401
    assert bank.file(f"{DAY}.xml", Authorization="Bearer odd-key").status_code == 200
    assert bank.file("2026-13-01.xml", Authorization="Bearer odd-key").status_code == 400


def test_a_payer_writes_the_form_and_may_get_it_wrong(bank: Bank) -> None:
    page = requests.get(f"{bank.url}/pay/bank_transfer/?iban={IBAN}&amount=13.37&reference=RF18%3Cb%3E", timeout=5).text
    assert f'value="{IBAN}"' in page
    assert 'value="RF18&lt;b&gt;"' in page

    form = {"iban": IBAN, "amount": "13,36", "currency": "EUR", "reference": "RF 18", "name": "Zoë"}
    sent = requests.post(f"{bank.url}/pay/bank_transfer/", data=form, timeout=5)
    wrong = requests.post(f"{bank.url}/pay/bank_transfer/", data=form | {"amount": "much"}, timeout=5)

    assert "Booked." in sent.text
    assert wrong.status_code == 422
    account = requests.get(f"{bank.url}/pay/bank_transfer/accounts/{IBAN}", timeout=5).text
    assert "13.36 EUR" in account
    assert "RF 18" in account


def test_a_restart_forgets_nothing(bank: Bank, folder: Path) -> None:
    bank.transfer("13.37", reference="for A-1")
    before = bank.file(f"{DAY}.xml").content
    wrote = threading.Event()
    wrote.wait(1.5)

    again = process.start(directory=folder, seed=7)
    after = Bank(again).file(f"{DAY}.xml").content
    again.stop()

    assert after == before


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("truncated_json", "well-formed"),
        ("html", "well-formed"),
        ("empty", "between 1 byte"),
        ("unknown_status", "not known"),
    ],
)
def test_half_a_file_and_nonsense_are_refused(bank: Bank, fault: str, why: str) -> None:
    bank.transfer("13.37")
    requests.post(
        f"{bank.url}/_control/faults",
        json={"gateway": "bank_transfer", "operation": "statement", "fault": fault},
        timeout=5,
    )

    with pytest.raises(StatementRefused, match=why):
        bank.read(f"{DAY}.xml")


def test_a_lie_about_an_amount_shows_in_the_balances(bank: Bank) -> None:
    bank.transfer("13.37")
    wanted = {"gateway": "bank_transfer", "operation": "statement", "fault": "wrong_amount"}
    requests.post(f"{bank.url}/_control/faults", json=wanted, timeout=5)

    assert bank.read(f"{DAY}.xml").difference.minor == -1_00


def test_the_books_hold_what_was_booked(bank: Bank) -> None:
    bank.transfer("13.37")
    bank.transfer("4.21", out=True)

    (account,) = requests.get(f"{bank.url}/_control/books?gateway=bank_transfer", timeout=5).json()["accounts"]

    assert account["totals"]["EUR"] | {"held": 0} == {
        "payments": 2, "paid": 1, "captured": 13_37, "refunded": 4_21, "held": 0, "fee": 0,
    }  # fmt: skip

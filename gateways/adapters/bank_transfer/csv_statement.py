"""A bank's CSV, read by the columns declared for that bank. Nothing is guessed: a doubtful row stops the file."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, datetime

import msgspec

from common.money import Money
from gateways.adapters.bank_transfer.account import compact
from gateways.adapters.bank_transfer.amounts import amount_from
from gateways.adapters.bank_transfer.reference import references_in
from gateways.statements import Statement, StatementEntry, StatementRefused

FORMAT = "csv"
_ENCODINGS = frozenset({"utf-8", "utf-8-sig", "cp1252", "latin-1"})


class CsvProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one bank's files look like. Amounts: one signed column, or one for money in and one for money out.

    `debit_is_negative` where the column for money out has a minus of its own, so that a correction in it keeps its
    direction. `currency` is the account's where no column says it. Dates as strptime reads them.
    """

    booking_date: str
    date_format: str = "%Y-%m-%d"
    amount: str = ""
    credit: str = ""
    debit: str = ""
    debit_is_negative: bool = False
    currency: str = ""
    currency_column: str = ""
    value_date: str = ""
    name: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    structured_reference: str = ""
    remittance: list[str] = []
    bank_reference: str = ""
    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    skip_lines: int = 0
    decimal_mark: str = ","
    thousands_mark: str = ""

    def columns(self) -> list[str]:
        """Every column that must be there."""
        named = (
            self.booking_date, self.value_date, self.amount, self.credit, self.debit, self.currency_column, self.name,
            self.iban, self.end_to_end_id, self.structured_reference, self.bank_reference, *self.remittance,
        )  # fmt: skip
        return [name for name in named if name]


def read(body: bytes, *, profile: str, account: str) -> Statement:
    """The file as one statement without balances. Raises StatementRefused with the number of the row."""
    wanted = _profile(profile)
    rows = csv.DictReader(_lines(body, wanted), delimiter=wanted.delimiter, strict=True)
    try:
        missing = [name for name in wanted.columns() if name not in (rows.fieldnames or [])]
        if missing:
            raise StatementRefused(f"The file has no column {missing[0]!r:.60}.")
        entries = tuple(_entry(row, wanted, line=rows.line_num) for row in rows if any(row.values()))
    except csv.Error as wrong:
        raise StatementRefused(f"Line {rows.line_num + wanted.skip_lines} is not CSV: {wrong}.") from wrong
    currencies = {entry.amount.currency for entry in entries}
    if len(currencies) > 1:
        raise StatementRefused("The file holds more than one currency.")
    if not entries:
        raise StatementRefused("The file holds no entry.")
    return Statement(format=FORMAT, statement_id="", account=account, currency=currencies.pop(), entries=entries)


def _profile(text: str) -> CsvProfile:
    if not text:
        raise StatementRefused("The account declares no columns for CSV files (csv_profile), and this is no XML.")
    try:
        profile = msgspec.json.decode(text, type=CsvProfile)
    except msgspec.MsgspecError as wrong:
        raise StatementRefused(f"The account's csv_profile cannot be read: {wrong}.") from wrong
    has_one, has_two = bool(profile.amount), bool(profile.credit and profile.debit)
    if has_one == has_two or bool(profile.currency) == bool(profile.currency_column):
        raise StatementRefused("csv_profile names amount, or credit and debit; and currency, or currency_column.")
    if profile.encoding not in _ENCODINGS or profile.decimal_mark not in (",", ".") or len(profile.delimiter) != 1:
        raise StatementRefused(f"csv_profile: encoding is one of {', '.join(sorted(_ENCODINGS))}; marks are single.")
    if profile.thousands_mark == profile.decimal_mark:
        raise StatementRefused("csv_profile: one mark cannot stand for thousands and for decimals.")
    return profile


def _lines(body: bytes, wanted: CsvProfile) -> io.StringIO:
    try:
        text = body.decode(wanted.encoding)
    except UnicodeDecodeError as wrong:
        raise StatementRefused(f"The file is not written in {wanted.encoding}.") from wrong
    return io.StringIO("".join(text.splitlines(keepends=True)[wanted.skip_lines :]), newline="")


def _entry(row: dict[str, str], wanted: CsvProfile, *, line: int) -> StatementEntry:
    if None in row or None in row.values():
        raise StatementRefused(f"Line {line + wanted.skip_lines} has more or fewer columns than the heading.")

    def cell(column: str) -> str:
        return row[column].strip() if column else ""

    try:
        remittance = " ".join(text for column in wanted.remittance if (text := cell(column)))
        structured, end_to_end = cell(wanted.structured_reference), cell(wanted.end_to_end_id)
        return StatementEntry(
            amount=_amount(cell, wanted),
            booking_date=_date(cell(wanted.booking_date), wanted),
            value_date=_date(cell(wanted.value_date), wanted) if cell(wanted.value_date) else None,
            counterparty_name=cell(wanted.name),
            counterparty_iban=compact(cell(wanted.iban)),
            end_to_end_id="" if end_to_end.upper() == "NOTPROVIDED" else end_to_end,
            structured_reference=structured,
            remittance=remittance,
            bank_reference=cell(wanted.bank_reference),
            references=references_in(structured, remittance, end_to_end),
        )
    except StatementRefused as wrong:
        raise StatementRefused(f"Line {line + wanted.skip_lines}: {wrong.message}") from wrong


def _amount(cell: Callable[[str], str], wanted: CsvProfile) -> Money:
    currency = wanted.currency or cell(wanted.currency_column).upper()
    if wanted.amount:
        return _signed(cell(wanted.amount), wanted, currency=currency)
    credit, debit = cell(wanted.credit), cell(wanted.debit)
    if bool(credit) == bool(debit):
        raise StatementRefused("one of credit and debit is filled in, and only one.")
    if credit:
        return _signed(credit, wanted, currency=currency)
    told = _signed(debit, wanted, currency=currency)
    return told if wanted.debit_is_negative else -told


def _signed(text: str, wanted: CsvProfile, *, currency: str) -> Money:
    """Thousands are grouped in threes or not at all: `1.234` is 1234 or refused, never 1.23."""
    sign, digits = (-1, text[1:]) if text[:1] in ("-", "−") else (1, text.removeprefix("+"))
    mark = wanted.thousands_mark
    whole, has_decimals, fraction = digits.strip().partition(wanted.decimal_mark)
    if mark and mark in whole:
        if not re.fullmatch(rf"[0-9]{{1,3}}({re.escape(mark)}[0-9]{{3}})+", whole):
            raise StatementRefused(f"{text!r:.30} is not an amount grouped by {mark!r}.")
        whole = whole.replace(mark, "")
    return amount_from(f"{whole}.{fraction}" if has_decimals else whole, currency) * sign


def _date(text: str, wanted: CsvProfile) -> date:
    try:
        return datetime.strptime(text, wanted.date_format).date()  # noqa: DTZ007 - a day, read as the bank writes it
    except ValueError as wrong:
        raise StatementRefused(f"{text!r:.30} is not a date as {wanted.date_format}.") from wrong

"""camt.053, the bank's statement in XML, versions 02 and 08 onwards: elements by their local names, amounts as written.

CdtDbtInd is the direction of the booking, also of a reversal: RvslInd never turns a sign round.
"""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from common.money import Money
from gateways.adapters.bank_transfer.account import compact
from gateways.adapters.bank_transfer.amounts import amount_from
from gateways.adapters.bank_transfer.reference import references_in
from gateways.statements import EntryStatus, Statement, StatementEntry, StatementRefused

FORMAT = "camt.053"
_STATUSES = {"BOOK": EntryStatus.BOOKED, "PDNG": EntryStatus.PENDING, "INFO": EntryStatus.INFORMATION}
_SIDES = {"CRDT": 1, "DBIT": -1}
# Words banks put where they have no reference.
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF", "NONE"})
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def read(body: bytes) -> tuple[Statement, ...]:
    """Every statement in the document. Raises StatementRefused when anything in it cannot be read with certainty."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as wrong:
        raise StatementRefused(f"The file is not well-formed XML, or holds what XML need not hold: {wrong}.") from wrong
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    statements = root.findall("BkToCstmrStmt/Stmt")
    if not statements:
        raise StatementRefused("The file is no camt.053 statement: reports and notifications are not booked from.")
    return tuple(_statement(element) for element in statements)


def _statement(element: Element) -> Statement:
    account = element.find("Acct")
    if account is None:
        raise StatementRefused("A statement names no account.")
    currency = _text(account, "Ccy") or _currency_of_balances(element)
    return Statement(
        format=FORMAT,
        statement_id=_text(element, "Id"),
        account=compact(_text(account, "Id/IBAN") or _text(account, "Id/Othr/Id")),
        currency=currency,
        entries=tuple(line for entry in element.findall("Ntry") for line in _lines(entry, currency=currency)),
        opening=_balance(element, codes=_OPENING, currency=currency),
        closing=_balance(element, codes=_CLOSING, currency=currency),
    )


def _currency_of_balances(element: Element) -> str:
    found = {amount.get("Ccy", "") for amount in element.findall("Bal/Amt")}
    if len(found) != 1:
        raise StatementRefused("The statement does not say its currency.")
    return found.pop()


def _balance(element: Element, *, codes: tuple[str, ...], currency: str) -> Money | None:
    for code in codes:
        for balance in element.findall("Bal"):
            if _text(balance, "Tp/CdOrPrtry/Cd") == code:
                return _signed(balance, currency=currency)
    return None


def _lines(entry: Element, *, currency: str) -> Iterator[StatementEntry]:
    """One line per transaction in the entry when their amounts make up the entry's; else one for the whole."""
    details = entry.findall("NtryDtls/TxDtls")
    amount = _signed(entry, currency=currency)
    shares = [_share(detail, whole=amount) for detail in details] if len(details) > 1 else []
    known = [share for share in shares if share is not None]
    if shares and len(known) == len(shares) and sum(known, Money.zero(currency)) == amount:
        for number, (detail, share) in enumerate(zip(details, known, strict=True), start=1):
            yield _line(entry, [detail], amount=share, number=number)
    else:
        # Several transfers booked as one sum that cannot be told apart: a person has to.
        yield _line(entry, details, amount=amount, number=0)


def _line(entry: Element, details: list[Element], *, amount: Money, number: int) -> StatementEntry:
    """`number` counts the shares of an entry that is split; 0 is the entry as a whole."""
    detail = details[0] if len(details) == 1 else Element("TxDtls")
    party = "Cdtr" if amount.is_negative else "Dbtr"
    structured = " ".join(_all(details, "RmtInf/Strd/CdtrRefInf/Ref"))
    end_to_end = _reference(detail, "Refs/EndToEndId")
    remittance = " ".join(
        [*_all(details, "RmtInf/Ustrd"), *_all(details, "AddtlTxInf"), *_all([entry], "AddtlNtryInf")]
    )
    return StatementEntry(
        amount=amount,
        booking_date=_date(entry, "BookgDt") or _date(entry, "ValDt") or _no_date(),
        value_date=_date(entry, "ValDt"),
        status=_status(entry),
        counterparty_name=_text(detail, f"RltdPties/{party}/Nm") or _text(detail, f"RltdPties/{party}/Pty/Nm"),
        counterparty_iban=compact(_text(detail, f"RltdPties/{party}Acct/Id/IBAN")),
        end_to_end_id=end_to_end,
        structured_reference=structured,
        remittance=remittance,
        bank_reference=_bank_reference(entry, detail, number=number),
        is_reversal=_text(entry, "RvslInd").lower() in ("true", "1"),
        return_reason=_text(detail, "RtrInf/Rsn/Cd") or _text(detail, "RtrInf/Rsn/Prtry"),
        references=references_in(structured, remittance, end_to_end),
    )


def _bank_reference(entry: Element, detail: Element, *, number: int) -> str:
    own = _reference(detail, "Refs/AcctSvcrRef")
    whole = _reference(entry, "AcctSvcrRef")
    if number == 0 or (own and own != whole):
        return whole or own
    return f"{whole}/{number}" if whole else _reference(detail, "Refs/TxId")


def _share(detail: Element, *, whole: Money) -> Money | None:
    """What one transaction is of its entry, on the entry's side unless it names its own; None when it is not said."""
    amount = detail.find("Amt") if detail.find("Amt") is not None else detail.find("AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != whole.currency:
        return None
    side = _SIDES.get(_text(detail, "CdtDbtInd"), -1 if whole.is_negative else 1)
    return amount_from((amount.text or "").strip(), whole.currency) * side


def _signed(element: Element, *, currency: str) -> Money:
    amount = element.find("Amt")
    side = _SIDES.get(_text(element, "CdtDbtInd"))
    if amount is None or side is None:
        raise StatementRefused("An entry or balance states no amount or no direction.")
    if amount.get("Ccy") != currency:
        raise StatementRefused(f"An amount in {amount.get('Ccy', 'no currency')!r:.10} on an account in {currency}.")
    return amount_from((amount.text or "").strip(), currency) * side


def _status(entry: Element) -> EntryStatus:
    told = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    status = _STATUSES.get(told)
    if status is None:
        raise StatementRefused(f"An entry has the status {told!r:.20}, which is not known.")
    return status


def _date(entry: Element, name: str) -> date | None:
    text = _text(entry, f"{name}/Dt") or _text(entry, f"{name}/DtTm")
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as wrong:
        raise StatementRefused(f"{text!r:.30} is not a date.") from wrong


def _no_date() -> date:
    raise StatementRefused("An entry has neither a booking date nor a value date.")


def _reference(element: Element, path: str) -> str:
    text = _text(element, path)
    return "" if text.upper() in _NO_REFERENCE else text


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _all(elements: list[Element], path: str) -> list[str]:
    return [text for element in elements for found in element.findall(path) if (text := (found.text or "").strip())]

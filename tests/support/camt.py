"""A bank's camt.053 as tests need it: entries in, the bytes of the file out. Version 02 or 08."""

from dataclasses import dataclass
from decimal import Decimal

IBAN = "DE89370400440532013000"
OTHER_IBAN = "FR1420041010050500013M02606"


@dataclass(frozen=True)
class Entry:
    """One entry; `amount` is signed, in the currency's own notation."""

    amount: str
    text: str = ""
    structured: str = ""
    currency: str = "EUR"
    day: str = "2026-11-21"
    status: str = "BOOK"
    bank_reference: str = ""
    end_to_end: str = "NOTPROVIDED"
    name: str = "Odd Payer"
    iban: str = OTHER_IBAN
    reversal: bool = False
    return_reason: str = ""


def camt(
    *entries: Entry,
    version: str = "02",
    iban: str = IBAN,
    statement_id: str = "STM-1",
    currency: str = "EUR",
    opening: str = "1000.00",
    closing: str | None = None,
) -> bytes:
    """A whole statement whose balances agree, unless `closing` says otherwise."""
    booked = sum((Decimal(entry.amount) for entry in entries if entry.status == "BOOK"), Decimal(0))
    end = closing if closing is not None else str(Decimal(opening) + booked)
    body = "".join(_entry(entry, version=version) for entry in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M-1</MsgId></GrpHdr><Stmt><Id>{statement_id}</Id>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{_balance('OPBD', opening, currency)}{_balance('CLBD', end, currency)}{body}</Stmt>"
        "</BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, amount: str, currency: str) -> str:
    side, digits = _split(amount)
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{digits}</Amt><CdtDbtInd>{side}</CdtDbtInd></Bal>'
    )


def _entry(entry: Entry, *, version: str) -> str:
    side, digits = _split(entry.amount)
    new = version != "02"
    party = "Dbtr" if side == "CRDT" else "Cdtr"
    name = f"<Pty><Nm>{entry.name}</Nm></Pty>" if new else f"<Nm>{entry.name}</Nm>"
    structured = f"<Strd><CdtrRefInf><Ref>{entry.structured}</Ref></CdtrRefInf></Strd>" if entry.structured else ""
    reason = f"<RtrInf><Rsn><Cd>{entry.return_reason}</Cd></Rsn></RtrInf>" if entry.return_reason else ""
    reference = f"<AcctSvcrRef>{entry.bank_reference}</AcctSvcrRef>" if entry.bank_reference else ""
    return (
        f'<Ntry><Amt Ccy="{entry.currency}">{digits}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"{'<RvslInd>true</RvslInd>' if entry.reversal else ''}"
        f"<Sts>{f'<Cd>{entry.status}</Cd>' if new else entry.status}</Sts>"
        f"<BookgDt><Dt>{entry.day}</Dt></BookgDt><ValDt><Dt>{entry.day}</Dt></ValDt>{reference}"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{entry.end_to_end}</EndToEndId></Refs>"
        f"<RltdPties><{party}>{name}</{party}><{party}Acct><Id><IBAN>{entry.iban}</IBAN></Id></{party}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{entry.text}</Ustrd>{structured}</RmtInf>{reason}</TxDtls></NtryDtls></Ntry>"
    )


def _split(amount: str) -> tuple[str, str]:
    return ("DBIT", amount[1:]) if amount.startswith("-") else ("CRDT", amount)

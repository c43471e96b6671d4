"""Statements from what was really booked: camt.053 in version 02 or 08, and CSV. Balances always add up."""

import csv
import io
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from simulator.bank_transfer.state import Account, Booking, plain

VERSIONS = ("02", "08")
CSV_COLUMNS = (
    "Booking date", "Value date", "Amount", "Currency", "Name", "IBAN", "End to end", "Text", "Bank reference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    first: str
    last: str

    @property
    def id(self) -> str:
        return self.first.replace("-", "") if self.first == self.last else f"{self.first}-{self.last}".replace("-", "")


def camt(account: Account, period: Period, *, currency: str, version: str) -> bytes:
    lines = account.booked(currency, first=period.first, last=period.last)
    opening = account.balance_before(period.first, currency=currency)
    closing = opening + sum(booking.minor for booking in lines if booking.status == "BOOK")
    entries = "".join(_entry(booking, version=version) for booking in lines)
    record = account.record
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{record.iban[-6:]}{period.id}</MsgId><CreDtTm>{period.last}T23:59:59</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{currency}{period.id}</Id><CreDtTm>{period.last}T23:59:59</CreDtTm>"
        f"<Acct><Id><IBAN>{record.iban}</IBAN></Id><Ccy>{currency}</Ccy>"
        f"<Ownr><Nm>{escape(record.holder)}</Nm></Ownr></Acct>"
        f"{_balance('OPBD', opening, currency=currency, day=period.first)}"
        f"{_balance('CLBD', closing, currency=currency, day=period.last)}"
        f"{entries}</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def as_csv(account: Account, period: Period, *, currency: str) -> bytes:
    """Booked entries alone; banks' CSV files know no balances."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    for booking in account.booked(currency, first=period.first, last=period.last):
        if booking.status == "BOOK":
            sign = "-" if booking.minor < 0 else ""
            amount = sign + plain(booking.minor, currency).replace(".", ",")
            text = " ".join(part for part in (booking.structured, booking.text) if part)
            rows.writerow(
                [booking.day, booking.day, amount, currency, booking.name, booking.other_iban, booking.end_to_end,
                 text, booking.bank_reference]
            )  # fmt: skip
    return out.getvalue().encode("utf-8-sig")


def _balance(code: str, minor: int, *, currency: str, day: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(minor, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _amount(minor: int, currency: str) -> str:
    side = "DBIT" if minor < 0 else "CRDT"
    return f"<Amt Ccy={quoteattr(currency)}>{plain(minor, currency)}</Amt><CdtDbtInd>{side}</CdtDbtInd>"


def _entry(booking: Booking, *, version: str) -> str:
    is_new = version != "02"
    reversal = "<RvslInd>true</RvslInd>" if booking.is_reversal else ""
    status = f"<Sts><Cd>{booking.status}</Cd></Sts>" if is_new else f"<Sts>{booking.status}</Sts>"
    reference = f"<AcctSvcrRef>{booking.bank_reference}</AcctSvcrRef>" if booking.bank_reference else ""
    return (
        f"<Ntry>{_amount(booking.minor, booking.currency)}{reversal}{status}"
        f"<BookgDt><Dt>{booking.day}</Dt></BookgDt><ValDt><Dt>{booking.day}</Dt></ValDt>{reference}"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls>{_details(booking, is_new=is_new)}</TxDtls></NtryDtls></Ntry>"
    )


def _details(booking: Booking, *, is_new: bool) -> str:
    party = "Cdtr" if (booking.minor < 0) != booking.is_reversal else "Dbtr"
    name = f"<Nm>{escape(booking.name)}</Nm>"
    text = f"<Ustrd>{escape(booking.text)}</Ustrd>" if booking.text else ""
    structured = (
        f"<Strd><CdtrRefInf><Ref>{escape(booking.structured)}</Ref></CdtrRefInf></Strd>" if booking.structured else ""
    )
    reason = f"<RtrInf><Rsn><Cd>{escape(booking.return_reason)}</Cd></Rsn></RtrInf>" if booking.return_reason else ""
    return (
        f"<Refs><EndToEndId>{escape(booking.end_to_end or 'NOTPROVIDED')}</EndToEndId></Refs>"
        f"<RltdPties><{party}>{f'<Pty>{name}</Pty>' if is_new else name}</{party}>"
        f"<{party}Acct><Id><IBAN>{booking.other_iban}</IBAN></Id></{party}Acct></RltdPties>"
        f"<RmtInf>{text}{structured}</RmtInf>{reason}"
    )

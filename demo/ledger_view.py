"""The demo's own look at the books: histories with times, T-accounts, balances. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from common.formatting import amount
from common.money import Money
from gateways.models import GatewayAccount
from payments.models import Payment
from reconciliation.models import LineState, StatementLine
from wallets.chart import AccountKind
from wallets.ledger import entries_of
from wallets.models import Balance, LedgerAccount, Wallet

_NAMES = {
    AccountKind.GATEWAY_CLEARING: "owes us",
    AccountKind.BANK: "holds for us",
    AccountKind.WALLET_AVAILABLE: "available to",
    AccountKind.COMMISSION_REVENUE: "our commission",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One ledger line, as people see it: debit or credit, never a sign."""

    account: str
    debit: Money | None
    credit: Money | None


def payment_of(public_id: str) -> Payment:
    return Payment.objects.get(public_id=public_id.removeprefix("pay_"))


def history(payment: Payment) -> list[tuple[datetime, str]]:
    """Each change of status with its time and by which way the news came."""
    rows = payment.history.filter(changed=True).order_by("version")
    return [(row.recorded_at, f"{row.status_after:16} {row.get_source_display()}") for row in rows]


def completed_by(payment: Payment) -> str:
    """By which way the news came that completed it; empty while nothing has."""
    row = payment.history.filter(changed=True, status_after="completed").first()
    return row.source if row else ""


def lines(payment: Payment) -> list[Line]:
    return _lines("payment", payment.pk)


def bank_lines(payment: Payment) -> list[Line]:
    """What the entry of the bank statement moved that paid it."""
    entry = StatementLine.objects.get(attempt__payment=payment, state=LineState.MATCHED)
    return _lines("statement_line", entry.pk)


def _lines(subject_type: str, subject_id: int) -> list[Line]:
    return [
        Line(
            account=_name(entry.account),
            debit=Money(entry.amount_minor, entry.currency) if entry.amount_minor > 0 else None,
            credit=Money(-entry.amount_minor, entry.currency) if entry.amount_minor < 0 else None,
        )
        for entry in entries_of(subject_type, subject_id)
    ]


def available(owner_id: str, currency: str) -> Money:
    """What a wallet can be paid out now; zero before its first credit."""
    wallet = Wallet.objects.filter(tenant__slug="demo", owner_id=owner_id, currency=currency).first()
    found = Balance.objects.filter(
        account__kind=AccountKind.WALLET_AVAILABLE, account__party_id=wallet.pk if wallet else 0
    ).first()
    return Money(found.balance_minor if found else 0, currency)


def shown(money: Money | None) -> str:
    return amount(money, "en") if money else ""


def _name(account: LedgerAccount) -> str:
    kind = AccountKind(account.kind)
    words = _NAMES.get(kind, kind.value)
    if kind in (AccountKind.GATEWAY_CLEARING, AccountKind.BANK):
        gateway = GatewayAccount.objects.get(pk=account.party_id)
        is_on_its_way = kind is AccountKind.GATEWAY_CLEARING and gateway.gateway == "bank_transfer"
        return f"on its way to {gateway.name}" if is_on_its_way else f"{gateway.name} {words}"
    if kind is AccountKind.WALLET_AVAILABLE:
        return f"{words} {Wallet.objects.get(pk=account.party_id).owner_name}"
    return words

"""Telling the story: headings, states with times, T-accounts, and every claim with whether it holds."""

from dataclasses import dataclass, field
from typing import Any, TextIO

from common.money import Money
from demo import ledger_view
from payments.models import Payment

_WIDTH = 76


@dataclass(slots=True)
class Story:
    """Prints as it goes and remembers every claim."""

    out: TextIO
    checks: list[tuple[str, bool]] = field(default_factory=list)
    chapter: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.checks) and all(holds for _, holds in self.checks)

    def begin(self, title: str, why: str) -> None:
        self.chapter = title
        self.say("")
        self.say(f"── {title} " + "─" * max(_WIDTH - len(title) - 4, 2))
        self.say(f"   {why}")

    def say(self, line: str) -> None:
        self.out.write(f"{line}\n")
        self.out.flush()

    def claim(self, what: str, holds: bool) -> None:
        self.checks.append((f"{self.chapter}: {what}", holds))
        self.say(f"   {'✓' if holds else '✗ NOT SO:'} {what}")

    def show_payment(self, payment: Payment) -> None:
        """What it is called, how it came along, and what it moved."""
        payment.refresh_from_db()
        self.say(f"   {payment.shown_id}")
        self.show_states(payment)
        self.show_accounts(payment)

    def show_routing(self, attempts: list[dict[str, Any]], *, currency: str) -> None:
        """As GET /api/v1/payments/{id}/routing tells it: who was asked, why, and how that ended."""
        for attempt in attempts:
            decision = attempt["decision"]
            self.say(f"   routed to {attempt['account']}: {decision['because']}")
            if costs := _costs(decision, currency=currency):
                self.say(f"      estimated cost: {costs}")
            if attempt["errorCode"]:
                self.say(f"      ended {attempt['state']}: {attempt['errorCode']}")

    def show_states(self, payment: Payment) -> None:
        for moment, words in ledger_view.history(payment):
            self.say(f"   {moment:%H:%M:%S.%f}"[:-3] + f"  {words}")

    def show_accounts(self, payment: Payment) -> None:
        self.show_lines(ledger_view.lines(payment), currency=payment.currency)

    def show_lines(self, found: list[ledger_view.Line], *, currency: str) -> None:
        """As debit and credit columns, with their totals."""
        if not found:
            self.say("   Nothing was booked.")
            return
        self.say(f"   {'account':38} {'debit':>16} {'credit':>16}")
        for line in found:
            self.say(f"   {line.account:38} {ledger_view.shown(line.debit):>16} {ledger_view.shown(line.credit):>16}")
        debit = sum(line.debit.minor for line in found if line.debit)
        credit = sum(line.credit.minor for line in found if line.credit)
        totals = (ledger_view.shown(Money(debit, currency)), ledger_view.shown(Money(credit, currency)))
        self.say(f"   {'':38} {totals[0]:>16} {totals[1]:>16}")
        self.claim("debits equal credits", debit == credit and debit > 0)

    def show_wallet(self, name: str, *, before: Money, after: Money) -> None:
        self.say(f"   {name}: {ledger_view.shown(before) or '0'} before, {ledger_view.shown(after)} after")


def _costs(decision: dict[str, Any], *, currency: str) -> str:
    """Of every account that could have taken it, best first."""
    found = [candidate for candidate in decision["candidates"] if candidate.get("cost") is not None]
    return ", ".join(f"{each['name']} {ledger_view.shown(Money(each['cost'], currency))}" for each in found)

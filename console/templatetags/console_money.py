"""Pictures of money: where it is, and the entries of the ledger as debit and credit columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from common import ids
from common.money import Money
from console import trail as trails
from console.account_names import KIND_NAMES, Parties, account_name

# Unfold loads this library while it is being imported: what needs Unfold is named for types only.
if TYPE_CHECKING:
    from payments.admin.story import Story

register = template.Library()


@dataclass(frozen=True, slots=True)
class Line:
    account: str
    debit: Money | None
    credit: Money | None
    balance_after: Money | None


@dataclass(frozen=True, slots=True)
class Booked:
    """One transaction of the ledger as a reader sees it; the two totals are equal or the books are wrong."""

    title: str
    address: str
    occurred_at: datetime
    recorded_at: datetime
    lines: list[Line]
    debit_total: Money
    credit_total: Money


@register.inclusion_tag("console/trail.html")
def money_trail(story: "Story") -> dict[str, object]:
    """Drawn from entries and expectations, never from the status."""
    found = trails.booked(story.entries, parties=story.parties) or [_expectation(story)]
    return {"trails": [(trail, trails.sentence(trail)) for trail in found], "payer": _("Payer")}


@register.simple_tag
def place_name(place: trails.Place) -> str:
    """`Owed by the gateway: Stripe`; the kind alone where the place is ours."""
    kind = str(KIND_NAMES[place.kind])
    return kind if place.name == kind else _("%(kind)s: %(party)s") % {"kind": kind, "party": place.name}


@register.inclusion_tag("console/entries.html")
def entries_table(entries: Sequence[Any], parties: Parties) -> dict[str, object]:
    return {"bookings": booked_lines(entries, parties=parties)}


def booked_lines(entries: Sequence[Any], *, parties: Parties) -> list[Booked]:
    """Entries with account and transaction loaded, grouped by transaction in the order given."""
    groups: dict[int, list[Any]] = {}
    for entry in entries:
        groups.setdefault(entry.transaction_id, []).append(entry)
    return [_booked(group, parties=parties) for group in groups.values()]


def _booked(entries: Sequence[Any], *, parties: Parties) -> Booked:
    booking = entries[0].transaction
    zero = Money.zero(entries[0].currency)
    lines = [_line(entry, parties=parties) for entry in entries]
    return Booked(
        title=booking.effect,
        address=transaction_address(booking),
        occurred_at=booking.occurred_at,
        recorded_at=booking.recorded_at,
        lines=lines,
        debit_total=sum((line.debit for line in lines if line.debit), zero),
        credit_total=sum((line.credit for line in lines if line.credit), zero),
    )


def _line(entry: Any, *, parties: Parties) -> Line:
    money = Money(entry.amount_minor, entry.currency)
    after = entry.balance_after_minor
    return Line(
        account=account_name(kind=entry.account.kind, party_id=entry.account.party_id, parties=parties),
        debit=money if money.is_positive else None,
        credit=-money if money.is_negative else None,
        balance_after=None if after is None else Money(after, entry.currency),
    )


def transaction_address(booking: Any) -> str:
    key = ids.show(ids.LEDGER_TRANSACTION, booking.public_id)
    return reverse("admin:wallets_ledgertransaction_change", args=[key])


def _expectation(story: "Story") -> trails.Trail:
    payment = story.payment
    newest = story.attempts[-1] if story.attempts else None
    certainty = trails.Certainty.FAILED
    if story.is_in_doubt:
        certainty = trails.Certainty.DOUBTFUL
    elif story.open_attempt:
        certainty = trails.Certainty.EXPECTED
    return trails.expected(
        amount=payment.amount,
        commission=payment.commission,
        gateway=newest.gateway_account.name if newest else payment.gateway,
        payee=payment.wallet.owner_name or payment.wallet.owner_id,
        certainty=certainty,
    )

"""Where the money of one thing is, drawn from ledger entries alone: what came in, what went out, what is still here.

Every entry belongs to one place. Places on the debit side say with whom the money lies, places on the credit side whose
it is; the books make both sides equal, and `Trail.holds` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formatting
from common.money import Money
from console.account_names import KIND_NAMES, Parties, party_name
from wallets.chart import CHART, AccountKind


class Certainty(StrEnum):
    BOOKED = "booked"
    EXPECTED = "expected"
    DOUBTFUL = "doubtful"
    FAILED = "failed"


class _Account(Protocol):
    kind: str
    party_id: int


class _Transaction(Protocol):
    pk: int
    effect: str
    occurred_at: datetime


class Entry(Protocol):
    """A line of the ledger with its account and transaction loaded."""

    account_id: int
    amount_minor: int
    currency: str

    @property
    def account(self) -> _Account: ...

    @property
    def transaction(self) -> _Transaction: ...


@dataclass(frozen=True, slots=True)
class Move:
    """What one transaction did to a place: above zero it came in, below it went out."""

    amount: Money
    effect: str
    occurred_at: datetime
    transaction_id: int


@dataclass(slots=True)
class Place:
    kind: AccountKind
    name: str
    came_in: Money
    went_out: Money
    moves: list[Move] = field(default_factory=list)

    @property
    def here(self) -> Money:
        return sum((move.amount for move in self.moves), Money.zero(self.came_in.currency))

    @property
    def holds(self) -> bool:
        return self.came_in == self.went_out + self.here


@dataclass(frozen=True, slots=True)
class Trail:
    """One currency. `lies_with`: assets and costs; `belongs_to`: what we owe and what we earned."""

    certainty: Certainty
    currency: str
    lies_with: list[Place]
    belongs_to: list[Place]

    @property
    def total(self) -> Money:
        return _sum(self.lies_with, self.currency)

    @property
    def collected(self) -> Money:
        """What came from outside into the debit side."""
        return sum((place.came_in for place in self.lies_with), Money.zero(self.currency))

    @property
    def holds(self) -> bool:
        places = [*self.lies_with, *self.belongs_to]
        return all(place.holds for place in places) and self.total == _sum(self.belongs_to, self.currency)


def booked(entries: Sequence[Entry], *, parties: Parties) -> list[Trail]:
    """One trail per currency, in the order in which the currencies first appear."""
    places: dict[tuple[str, int], Place] = {}
    for entry in entries:
        _add(places, entry, parties=parties)
    currencies = dict.fromkeys(currency for currency, _account in places)
    return [
        _trail(currency, [place for (code, _), place in places.items() if code == currency]) for currency in currencies
    ]


def expected(*, amount: Money, commission: Money, gateway: str, payee: str, certainty: Certainty) -> Trail:
    """What will be booked when the gateway confirms. Nothing of it has moved."""
    share = [
        _hoped(AccountKind.WALLET_AVAILABLE, payee, amount - commission),
        _hoped(AccountKind.COMMISSION_REVENUE, "", commission),
    ]
    return Trail(
        certainty=certainty,
        currency=amount.currency,
        lies_with=[_hoped(AccountKind.GATEWAY_CLEARING, gateway, amount)],
        belongs_to=[place for place in share if place.came_in],
    )


def sentence(trail: Trail) -> str:
    """The trail in one sentence that can be copied into a mail."""
    match trail.certainty:
        case Certainty.EXPECTED:
            return _("No money has moved yet. When the gateway confirms, this is what will be booked.")
        case Certainty.DOUBTFUL:
            return _("Nobody knows yet whether the gateway collected this. Nothing is booked until it says so.")
        case Certainty.FAILED:
            return _("Nothing was collected and nothing is expected.")
        case Certainty.BOOKED:
            parts = [_part(place) for place in (*trail.lies_with, *trail.belongs_to) if place.here]
            return _("; ").join(parts) + "." if parts else _("All of it has left again.")


def _part(place: Place) -> str:
    words = {"name": place.name, "amount": _money(place.here)}
    match place.kind:
        case AccountKind.GATEWAY_CLEARING:
            return _("%(name)s owes us %(amount)s") % words
        case AccountKind.WALLET_AVAILABLE:
            return _("%(amount)s is available to %(name)s") % words
        case AccountKind.WALLET_PENDING:
            return _("%(amount)s is held for %(name)s") % words
        case AccountKind.WALLET_RESERVED:
            return _("%(amount)s is set aside for a payout to %(name)s") % words
        case AccountKind.COMMISSION_REVENUE:
            return _("%(amount)s is our commission") % words
        case AccountKind.OWNER_DEBT:
            return _("%(name)s owes us %(amount)s") % words
        case _:
            return _("%(name)s: %(amount)s") % words


def _money(money: Money) -> str:
    return formatting.amount(money, get_language() or "en")


def _add(places: dict[tuple[str, int], Place], entry: Entry, *, parties: Parties) -> None:
    kind = AccountKind(entry.account.kind)
    zero = Money.zero(entry.currency)
    name = party_name(kind=kind, party_id=entry.account.party_id, parties=parties) or str(KIND_NAMES[kind])
    place = places.setdefault((entry.currency, entry.account_id), Place(kind, name, zero, zero))
    amount = Money(entry.amount_minor * CHART[kind].normal_sign, entry.currency)
    if amount.is_negative:
        place.went_out += -amount
    else:
        place.came_in += amount
    booking = entry.transaction
    place.moves.append(Move(amount, booking.effect, booking.occurred_at, booking.pk))


def _trail(currency: str, places: list[Place]) -> Trail:
    return Trail(
        certainty=Certainty.BOOKED,
        currency=currency,
        lies_with=[place for place in places if CHART[place.kind].normal_sign > 0],
        belongs_to=[place for place in places if CHART[place.kind].normal_sign < 0],
    )


def _hoped(kind: AccountKind, name: str, amount: Money) -> Place:
    return Place(
        kind=kind,
        name=name or str(KIND_NAMES[kind]),
        came_in=amount,
        went_out=Money.zero(amount.currency),
    )


def _sum(places: Sequence[Place], currency: str) -> Money:
    return sum((place.here for place in places), Money.zero(currency))

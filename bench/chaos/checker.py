"""Holds the three sides against each other. Every sentence below is one thing that must never be so.

Pure: from evidence to differences. Imports nothing of the product.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bench.chaos.evidence import Entry, Event, Evidence, Payment, Receiving

_PAID = frozenset({"completed", "partially_refunded", "refunded"})
_UNPAID = frozenset({"failed", "cancelled", "expired"})
_OPEN_ATTEMPTS = frozenset({"sending", "unknown", "pending", "authorized"})
_DONE = frozenset({"applied", "ignored"})
# What a lie of the gateway leaves for a person to look at.
_FLAGS_OF_LIES = frozenset({"mismatch", "contradiction"})


class Kind(StrEnum):
    LOST = "lost"
    DUPLICATED = "duplicated"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Difference:
    kind: Kind
    subject: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject}: {self.what}"


def check(evidence: Evidence) -> list[Difference]:
    """Everything that is wrong; nothing where all is well."""
    return [
        difference
        for looks in (
            _promises,
            _money,
            _charges,
            _orders,
            _bookings,
            _balances,
            _events,
            _told,
            _heard,
            _webhooks,
            _ends,
        )
        for difference in looks(evidence)
    ]


def _promises(evidence: Evidence) -> Iterator[Difference]:
    """What a caller was told is so, and the same key told of the same payment."""
    payments = {payment.shown_id: payment for payment in evidence.payments}
    told: dict[str, set[str]] = defaultdict(set)
    for promise in evidence.promises:
        told[promise.key].add(promise.transaction_id)
        payment = payments.get(promise.transaction_id)
        if payment is None:
            yield Difference(Kind.LOST, promise.transaction_id, "was acknowledged and is not there")
            continue
        asked = (promise.wanted_amount, promise.wanted_currency)
        if not (payment.amount, payment.currency) == asked == (promise.amount, promise.currency):
            yield Difference(Kind.UNEXPLAINED, payment.shown_id, f"is not over what was asked: {asked}")
        if promise.status in _PAID and payment.status not in _PAID:
            yield Difference(Kind.LOST, payment.shown_id, f"was told to be paid and is {payment.status}")
    for key, ids in told.items():
        if len(ids) > 1:
            yield Difference(Kind.DUPLICATED, key, f"one key, {len(ids)} payments")


def _money(evidence: Evidence) -> Iterator[Difference]:
    """A payment is paid if, and only if, a gateway holds its money."""
    held = _held_by_payment(evidence)
    known = {attempt.reference for attempt in evidence.attempts}
    for theirs in evidence.theirs:
        if theirs.reference not in known:
            yield Difference(
                Kind.LOST, theirs.gateway_payment_id, f"of our reference {theirs.reference!r}, unknown here"
            )
    for payment in evidence.payments:
        money = held.get(payment.id, 0)
        if money and payment.status not in _PAID:
            yield Difference(Kind.LOST, payment.shown_id, f"{money} at the gateway, and it is {payment.status}")
        if not money and payment.status in _PAID:
            yield Difference(Kind.UNEXPLAINED, payment.shown_id, "paid here, and the gateway has nothing")


def _charges(evidence: Evidence) -> Iterator[Difference]:
    """Charged once at most, over all attempts; a reference of ours makes one object at the gateway."""
    amounts = {payment.id: payment for payment in evidence.payments}
    charges: Counter[int] = Counter()
    payment_of = {attempt.reference: attempt.payment_id for attempt in evidence.attempts}
    for theirs in evidence.theirs:
        if theirs.reference in payment_of:
            charges[payment_of[theirs.reference]] += theirs.charges
    for payment_id, money in _held_by_payment(evidence).items():
        payment = amounts[payment_id]
        if charges[payment_id] > 1 or money > payment.amount:
            what = f"{charges[payment_id]} charges, {money} taken for {payment.amount}"
            yield Difference(Kind.DUPLICATED, payment.shown_id, what)
        elif 0 < money < payment.amount:
            yield Difference(Kind.LOST, payment.shown_id, f"{money} taken for {payment.amount}")
    made = Counter(theirs.reference for theirs in evidence.theirs if theirs.reference)
    for reference, times in made.items():
        if times > 1:
            yield Difference(Kind.DUPLICATED, reference, f"made {times} objects at the gateway")


def _orders(evidence: Evidence) -> Iterator[Difference]:
    paid = Counter((p.tenant_id, p.order_id) for p in evidence.payments if p.order_id and p.status in _PAID)
    for (_, order), times in paid.items():
        if times > 1:
            yield Difference(Kind.DUPLICATED, order, f"the order was paid {times} times")


def _bookings(evidence: Evidence) -> Iterator[Difference]:
    """Every paid payment is booked once, as gross, net and commission; nothing else is booked."""
    booked: dict[int, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    sums: Counter[tuple[int, str]] = Counter()
    for entry in evidence.entries:
        sums[entry.transaction_id, entry.currency] += entry.amount
        if (entry.subject_type, entry.effect) == ("payment", "completed"):
            booked[entry.subject_id][entry.transaction_id].append(entry)
        else:
            yield Difference(Kind.UNEXPLAINED, f"transaction {entry.transaction_id}", f"books {entry.effect!r}")
    for (transaction, currency), minor in sums.items():
        if minor:
            yield Difference(Kind.UNEXPLAINED, f"transaction {transaction}", f"is off by {minor} {currency}")
    for payment in evidence.payments:
        yield from _booking_of(payment, booked.pop(payment.id, {}))
    for subject in booked:
        yield Difference(Kind.UNEXPLAINED, f"payment row {subject}", "is booked and not there")


def _booking_of(payment: Payment, found: dict[int, list[Entry]]) -> Iterator[Difference]:
    wanted = 1 if payment.status in _PAID else 0
    if len(found) != wanted:
        kind = Kind.LOST if len(found) < wanted else Kind.DUPLICATED if wanted else Kind.UNEXPLAINED
        yield Difference(kind, payment.shown_id, f"is {payment.status} and booked {len(found)} times")
        return
    for entries in found.values():
        shares = Counter({(entry.kind, entry.currency): 0 for entry in entries})
        for entry in entries:
            shares[entry.kind, entry.currency] += entry.amount
        due = {
            ("gateway_clearing", payment.currency): payment.amount,
            ("wallet_available", payment.currency): payment.commission - payment.amount,
            ("commission_revenue", payment.currency): -payment.commission,
        }
        wallets = {entry.party_id for entry in entries if entry.kind == "wallet_available"}
        if dict(shares) != {name: minor for name, minor in due.items() if minor} or wallets - {payment.wallet_id}:
            yield Difference(Kind.UNEXPLAINED, payment.shown_id, f"is booked as {dict(shares)}, not {due}")


def _balances(evidence: Evidence) -> Iterator[Difference]:
    """Balances are their entries; wallets hold the nets; what a gateway owes us is what it holds."""
    entries: Counter[int] = Counter()
    for entry in evidence.entries:
        entries[entry.account_id] += entry.amount
    due = _due(evidence)
    for balance in evidence.balances:
        name = f"{balance.kind} {balance.party_id} {balance.currency}"
        if balance.amount != entries[balance.account_id] * balance.sign:
            yield Difference(
                Kind.UNEXPLAINED, name, f"is {balance.amount}, its entries are {entries[balance.account_id]}"
            )
        yield from _compared(name, balance.amount, due.pop((balance.kind, balance.party_id, balance.currency), 0))
    for (kind, party, currency), amount in due.items():
        yield from _compared(f"{kind} {party} {currency}", 0, amount)


def _compared(name: str, is_: int, due: int) -> Iterator[Difference]:
    if is_ != due:
        kind = Kind.LOST if is_ < due else Kind.DUPLICATED
        yield Difference(kind, name, f"is {is_} and should be {due}")


def _due(evidence: Evidence) -> dict[tuple[str, int, str], int]:
    """What the balances must be, from payments and the gateways' books alone."""
    due: Counter[tuple[str, int, str]] = Counter()
    for payment in evidence.payments:
        if payment.status in _PAID:
            due["wallet_available", payment.wallet_id, payment.currency] += payment.amount - payment.commission
            due["commission_revenue", -payment.tenant_id, payment.currency] += payment.commission
    for theirs in evidence.theirs:
        due["gateway_clearing", theirs.account_id, theirs.currency] += theirs.kept
    return dict(due)


def _events(evidence: Evidence) -> Iterator[Difference]:
    told = Counter(event.subject_id for event in evidence.events if event.type == "payment.completed")
    for payment in evidence.payments:
        wanted = 1 if payment.status in _PAID else 0
        if told[payment.id] != wanted:
            kind = Kind.LOST if told[payment.id] < wanted else Kind.DUPLICATED
            yield Difference(
                kind, payment.shown_id, f"is {payment.status}; payment.completed was told {told[payment.id]} times"
            )
    for event_id, times in Counter(event.public_id for event in evidence.events).items():
        if times > 1:
            yield Difference(Kind.DUPLICATED, event_id, "is the id of several events")


def _told(evidence: Evidence) -> Iterator[Difference]:
    """Every event was taken by each endpoint that asked for it, under one id and with one body, and we know that."""
    came: dict[tuple[int, str], list[Receiving]] = defaultdict(list)
    for receiving in evidence.received:
        came[receiving.endpoint_id, receiving.event].append(receiving)
    for event in evidence.events:
        for listener in evidence.listeners:
            if listener.wants(event):
                yield from _hearing_of(event, came.get((listener.endpoint_id, event.shown_id), []))
    for delivery in evidence.deliveries:
        if delivery.state != "delivered":
            yield Difference(Kind.UNEXPLAINED, delivery.event, f"its delivery is {delivery.state}: {delivery.told}")


def _hearing_of(event: Event, came: list[Receiving]) -> Iterator[Difference]:
    if not any(receiving.taken for receiving in came):
        yield Difference(Kind.LOST, event.shown_id, f"{event.type} was never taken by its endpoint")
    for name, versions in (
        ("ids", {receiving.webhook_id for receiving in came}),
        ("bodies", {receiving.body for receiving in came}),
    ):
        if len(versions) > 1:
            yield Difference(Kind.DUPLICATED, event.shown_id, f"{event.type} came with {len(versions)} {name}")


def _heard(evidence: Evidence) -> Iterator[Difference]:
    """Nothing came to a receiver but events of ours, that it asked for, with a signature that holds."""
    events = {event.shown_id: event for event in evidence.events}
    listeners = {listener.endpoint_id: listener for listener in evidence.listeners}
    for receiving in evidence.received:
        event = events.get(receiving.webhook_id)
        if event is None:
            yield Difference(Kind.UNEXPLAINED, receiving.webhook_id, f"came as {receiving.event} and is no event here")
        elif receiving.event != receiving.webhook_id:
            yield Difference(Kind.UNEXPLAINED, receiving.webhook_id, f"came with the body of {receiving.event}")
        elif not listeners[receiving.endpoint_id].wants(event):
            yield Difference(
                Kind.UNEXPLAINED, event.shown_id, f"{event.type} came to an endpoint that is not to have it"
            )
    for forgery in evidence.forgeries:
        yield Difference(Kind.UNEXPLAINED, forgery, "a delivery whose signature does not hold")


def delivered_again(evidence: Evidence) -> int:
    """How often an event was taken that the endpoint had already: allowed, as it is the same id and body."""
    return sum(max(receiving.taken - 1, 0) for receiving in evidence.received)


def _webhooks(evidence: Evidence) -> Iterator[Difference]:
    """What was answered with 200 is stored, once, and came to an end."""
    stored = Counter((inbound.account_id, inbound.key) for inbound in evidence.inbox)
    keys = {key for _, key in stored}
    for event in evidence.acknowledged - keys:
        yield Difference(Kind.LOST, event, "was taken from the gateway and is not in the inbox")
    for (_, key), times in stored.items():
        if times > 1:
            yield Difference(Kind.DUPLICATED, key, f"is {times} times in the inbox")
    for inbound in evidence.inbox:
        if inbound.state not in _DONE:
            yield Difference(
                Kind.UNEXPLAINED, inbound.key, f"is {inbound.state}: {inbound.reason or 'without a reason'}"
            )


def _ends(evidence: Evidence) -> Iterator[Difference]:
    """Everything that could be decided is, and nothing is left for a person but what the gateway lied about."""
    lied_about = {
        attempt.payment_id
        for attempt in evidence.attempts
        if attempt.reference in evidence.lied_about or attempt.account_id in evidence.lists_lied
    }
    waiting = waiting_for_a_person(evidence)
    shown = {payment.id: payment.shown_id for payment in evidence.payments}
    for payment in evidence.payments:
        if payment.status not in _PAID | _UNPAID and payment.id not in waiting:
            yield Difference(Kind.UNEXPLAINED, payment.shown_id, f"is still {payment.status}")
        if payment.flag and not (payment.flag in _FLAGS_OF_LIES and payment.id in lied_about):
            yield Difference(Kind.UNEXPLAINED, payment.shown_id, f"is flagged {payment.flag}: {payment.told}")
    for attempt in evidence.attempts:
        if (attempt.state in _OPEN_ATTEMPTS or attempt.is_due) and attempt.payment_id not in waiting:
            yield Difference(
                Kind.UNEXPLAINED,
                shown.get(attempt.payment_id, "?"),
                f"has an attempt that is {attempt.state}: {attempt.told}",
            )


def waiting_for_a_person(evidence: Evidence) -> frozenset[int]:
    """Payments in doubt that no question resolves: the gateway has no such object and answers with a kept error."""
    theirs = {one.reference for one in evidence.theirs}
    return frozenset(
        attempt.payment_id
        for attempt in evidence.attempts
        if attempt.state == "unknown" and attempt.reference in evidence.kept_errors - theirs
    )


def _held_by_payment(evidence: Evidence) -> dict[int, int]:
    payment_of = {attempt.reference: attempt.payment_id for attempt in evidence.attempts}
    held: Counter[int] = Counter()
    for theirs in evidence.theirs:
        if theirs.reference in payment_of:
            held[payment_of[theirs.reference]] += theirs.kept
    return dict(held)

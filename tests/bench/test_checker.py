"""The independent checker of the crash tests: silent where all is well, and each kind of difference is found."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.chaos.checker import Kind, check, delivered_again, waiting_for_a_person
from bench.chaos.evidence import (
    Attempt,
    Balance,
    Delivery,
    Entry,
    Event,
    Evidence,
    Inbound,
    Listener,
    Payment,
    Promise,
    Receiving,
    Theirs,
)

TENANT, WALLET, ACCOUNT = 1, 31, 7
CLEARING, OWNED, EARNED = 101, 102, 103

paid = Payment(11, "pay_paid", TENANT, "completed", "", 13_37, 84, "EUR", WALLET, "A-1")
unpaid = Payment(12, "pay_unpaid", TENANT, "cancelled", "", 4_21, 30, "EUR", WALLET, "A-2")
paid_attempt = Attempt(paid.id, "att_paid", "succeeded", ACCOUNT, "pi_paid", is_due=False)
unpaid_attempt = Attempt(unpaid.id, "att_unpaid", "cancelled", ACCOUNT, "pi_unpaid", is_due=False)
theirs_paid = Theirs(ACCOUNT, "pi_paid", "att_paid", "EUR", charges=1, captured=13_37, refunded=0)
theirs_unpaid = Theirs(ACCOUNT, "pi_unpaid", "att_unpaid", "EUR", charges=0, captured=0, refunded=0)
completed = Event("event-1", "payment.completed", paid.id, TENANT, "evt_1")
credited = Event("event-2", "wallet.credited", WALLET, TENANT, "evt_2")
ALL, PAYMENTS, OTHERS = 51, 52, 53
listeners = (Listener(ALL, TENANT), Listener(PAYMENTS, TENANT, ("payment.*",)), Listener(OTHERS, TENANT + 1))
deliveries = (
    Delivery("evt_1", ALL, "delivered"), Delivery("evt_1", PAYMENTS, "delivered"), Delivery("evt_2", ALL, "delivered"),
)  # fmt: skip
received = (
    Receiving(ALL, "evt_1", "evt_1", b"completed", 2),
    Receiving(PAYMENTS, "evt_1", "evt_1", b"completed", 1),
    Receiving(ALL, "evt_2", "evt_2", b"credited", 1),
)
webhook = Inbound(ACCOUNT, "evt_1", "applied", "")
promise = Promise("shop/sale-1", "pay_paid", 13_37, "EUR", "completed", 13_37, "EUR")


def entries(transaction: int = 1, subject: int = paid.id) -> tuple[Entry, ...]:
    lines = (
        ("gateway_clearing", ACCOUNT, CLEARING, 13_37),
        ("wallet_available", WALLET, OWNED, -12_53),
        ("commission_revenue", 0, EARNED, -84),
    )
    return tuple(
        Entry(transaction, "payment", subject, "completed", kind, party, account, minor, "EUR")
        for kind, party, account, minor in lines
    )


def balances(times: int = 1) -> tuple[Balance, ...]:
    return (
        Balance(CLEARING, "gateway_clearing", ACCOUNT, "EUR", times * 13_37, 1),
        Balance(OWNED, "wallet_available", WALLET, "EUR", times * 12_53, -1),
        Balance(EARNED, "commission_revenue", -TENANT, "EUR", times * 84, -1),
    )


SOUND = Evidence(
    payments=(paid, unpaid),
    attempts=(paid_attempt, unpaid_attempt),
    entries=entries(),
    balances=balances(),
    events=(completed, credited),
    listeners=listeners,
    deliveries=deliveries,
    received=received,
    inbox=(webhook,),
    theirs=(theirs_paid, theirs_unpaid),
    promises=(promise, promise),
    acknowledged=frozenset({"evt_1"}),
)


def test_nothing_is_found_where_all_is_well() -> None:
    assert check(SOUND) == []
    assert check(Evidence()) == []


def with_payment(payment: Payment, **changes: object) -> Evidence:
    changed = replace(payment, **changes)
    return replace(SOUND, payments=tuple(changed if each is payment else each for each in SOUND.payments))


def with_theirs(**changes: object) -> Evidence:
    return replace(SOUND, theirs=(replace(theirs_paid, **changes), theirs_unpaid))


def with_received(**changes: object) -> Evidence:
    return replace(SOUND, received=(replace(received[0], **changes), *received[1:]))


WRONG: dict[str, tuple[Callable[[], Evidence], Kind, str]] = {
    "an acknowledged payment is gone": (
        lambda: replace(SOUND, promises=(replace(promise, transaction_id="pay_gone"),)), Kind.LOST, "acknowledged"),
    "another amount than was asked": (
        lambda: replace(SOUND, promises=(replace(promise, wanted_amount=13_38),)), Kind.UNEXPLAINED, "what was asked"),
    "told to be paid and then not": (
        lambda: replace(
            SOUND, promises=(replace(promise, transaction_id="pay_unpaid", amount=4_21, wanted_amount=4_21),)),
        Kind.LOST, "told to be paid"),
    "one key, two payments": (
        lambda: replace(SOUND, promises=(promise, replace(promise, transaction_id="pay_unpaid"))),
        Kind.DUPLICATED, "one key, 2 payments"),
    "the gateway's money is not ours": (
        lambda: replace(SOUND, theirs=(theirs_paid, replace(theirs_unpaid, charges=1, captured=4_21))),
        Kind.LOST, "421 at the gateway"),
    "the gateway's object is of nobody": (
        lambda: replace(SOUND, theirs=(*SOUND.theirs, replace(theirs_paid, reference="att_of_nobody"))),
        Kind.LOST, "unknown here"),
    "paid here and not there": (
        lambda: with_theirs(charges=0, captured=0), Kind.UNEXPLAINED, "the gateway has nothing"),
    "charged twice": (lambda: with_theirs(charges=2, captured=26_74), Kind.DUPLICATED, "2 charges"),
    "charged too much": (lambda: with_theirs(captured=13_38), Kind.DUPLICATED, "1338 taken"),
    "charged too little": (lambda: with_theirs(captured=13_36), Kind.LOST, "1336 taken"),
    "one reference, two objects": (
        lambda: replace(SOUND, theirs=(*SOUND.theirs, replace(theirs_unpaid, gateway_payment_id="pi_other"))),
        Kind.DUPLICATED, "2 objects"),
    "an order paid twice": (
        lambda: replace(SOUND, payments=(paid, replace(unpaid, status="completed", order_id="A-1"))),
        Kind.DUPLICATED, "paid 2 times"),
    "paid and not booked": (lambda: replace(SOUND, entries=()), Kind.LOST, "booked 0 times"),
    "booked twice": (
        lambda: replace(SOUND, entries=(*entries(), *entries(2)), balances=balances(2)),
        Kind.DUPLICATED, "booked 2 times"),
    "booked and not paid": (
        lambda: replace(SOUND, entries=(*entries(), *entries(2, subject=unpaid.id))),
        Kind.UNEXPLAINED, "cancelled and booked 1 times"),
    "booked for nobody": (
        lambda: replace(SOUND, entries=(*entries(), *entries(2, subject=99))), Kind.UNEXPLAINED, "not there"),
    "something else is booked": (
        lambda: replace(SOUND, entries=(*entries(), *(replace(e, effect="gift") for e in entries(2)))),
        Kind.UNEXPLAINED, "'gift'"),
    "commission computed otherwise": (
        lambda: with_payment(paid, commission=85), Kind.UNEXPLAINED, "is booked as"),
    "another wallet credited": (lambda: with_payment(paid, wallet_id=32), Kind.UNEXPLAINED, "is booked as"),
    "a transaction that is off": (
        lambda: replace(SOUND, entries=(replace(entries()[0], amount=13_36), *entries()[1:])),
        Kind.UNEXPLAINED, "is off by -1"),
    "a balance that is not its entries": (
        lambda: replace(SOUND, balances=(replace(balances()[0], amount=13_38), *balances()[1:])),
        Kind.UNEXPLAINED, "its entries are 1337"),
    "a wallet with too little": (
        lambda: replace(SOUND, balances=(balances()[0], replace(balances()[1], amount=12_52), balances()[2])),
        Kind.LOST, "is 1252 and should be 1253"),
    "a wallet with too much": (
        lambda: replace(SOUND, balances=(balances()[0], replace(balances()[1], amount=12_54), balances()[2])),
        Kind.DUPLICATED, "is 1254 and should be 1253"),
    "a clearing account that is missing": (
        lambda: replace(SOUND, balances=balances()[1:]), Kind.LOST, "is 0 and should be 1337"),
    "paid and not told": (lambda: replace(SOUND, events=()), Kind.LOST, "told 0 times"),
    "told twice": (
        lambda: replace(SOUND, events=(completed, credited, replace(completed, public_id="event-3"))),
        Kind.DUPLICATED, "told 2 times"),
    "told and not paid": (
        lambda: replace(SOUND, events=(completed, credited, Event("event-3", "payment.completed", unpaid.id))),
        Kind.DUPLICATED, "cancelled; payment.completed was told 1 times"),
    "one id for two events": (
        lambda: replace(SOUND, events=(completed, credited, replace(completed, type="payment.created"))),
        Kind.DUPLICATED, "several events"),
    "an event that came to nobody": (
        lambda: replace(SOUND, received=received[1:]), Kind.LOST, "payment.completed was never taken"),
    "an event that came and was never taken": (
        lambda: with_received(taken=0), Kind.LOST, "payment.completed was never taken"),
    "an event under two ids": (
        lambda: replace(SOUND, received=(*received, replace(received[0], webhook_id="evt_of_this_try"))),
        Kind.DUPLICATED, "came with 2 ids"),
    "an event with two bodies, of which one was refused": (
        lambda: replace(SOUND, received=(*received, replace(received[0], body=b"other", taken=0))),
        Kind.DUPLICATED, "came with 2 bodies"),
    "a delivery of nothing": (
        lambda: replace(SOUND, received=(*received, Receiving(ALL, "evt_9", "evt_9", b"", 1))),
        Kind.UNEXPLAINED, "is no event here"),
    "an id with the body of another event": (
        lambda: replace(SOUND, received=(*received, replace(received[0], webhook_id="evt_2"))),
        Kind.UNEXPLAINED, "with the body of evt_1"),
    "an event that came to whom it was not meant for": (
        lambda: replace(SOUND, received=(*received, replace(received[2], endpoint_id=PAYMENTS))),
        Kind.UNEXPLAINED, "wallet.credited came to an endpoint that is not to have it"),
    "an event that came to another tenant": (
        lambda: replace(SOUND, received=(*received, replace(received[0], endpoint_id=OTHERS))),
        Kind.UNEXPLAINED, "payment.completed came to an endpoint that is not to have it"),
    "a signature that does not hold": (
        lambda: replace(SOUND, forgeries=("/odd: no matching signature",)), Kind.UNEXPLAINED, "does not hold"),
    "a delivery that waits": (
        lambda: replace(SOUND, deliveries=(*deliveries[1:], replace(deliveries[0], state="waiting"))),
        Kind.UNEXPLAINED, "its delivery is waiting"),
    "a delivery given up": (
        lambda: replace(SOUND, deliveries=(*deliveries[1:], replace(deliveries[0], state="failed", told="10 tries"))),
        Kind.UNEXPLAINED, "its delivery is failed: 10 tries"),
    "a webhook that was taken and not stored": (
        lambda: replace(SOUND, acknowledged=frozenset({"evt_1", "evt_2"})), Kind.LOST, "not in the inbox"),
    "a webhook stored twice": (lambda: replace(SOUND, inbox=(webhook, webhook)), Kind.DUPLICATED, "2 times"),
    "a webhook that waits": (
        lambda: replace(SOUND, inbox=(replace(webhook, state="received"),)), Kind.UNEXPLAINED, "without a reason"),
    "a webhook given up": (
        lambda: replace(SOUND, inbox=(replace(webhook, state="dead", reason="unreadable"),)),
        Kind.UNEXPLAINED, "unreadable"),
    "a payment that is open": (lambda: with_payment(unpaid, status="processing"), Kind.UNEXPLAINED, "still processing"),
    "a flag that nothing explains": (
        lambda: with_payment(paid, flag="mismatch"), Kind.UNEXPLAINED, "flagged mismatch"),
    "an attempt that is open": (
        lambda: replace(SOUND, attempts=(paid_attempt, replace(unpaid_attempt, state="unknown"))),
        Kind.UNEXPLAINED, "attempt that is unknown"),
    "an attempt that is still due": (
        lambda: replace(SOUND, attempts=(paid_attempt, replace(unpaid_attempt, is_due=True))),
        Kind.UNEXPLAINED, "attempt that is cancelled"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_kind_of_difference_is_found(name: str) -> None:
    make, kind, words = WRONG[name]

    found = check(make())

    assert any(difference.kind is kind and words in str(difference) for difference in found), found


def test_an_event_that_was_taken_twice_under_one_id_is_counted_and_no_difference() -> None:
    assert delivered_again(SOUND) == 1
    assert delivered_again(with_received(taken=4)) == 3
    assert check(with_received(taken=4)) == []


def test_a_flag_is_explained_by_what_the_gateway_lied_about() -> None:
    flagged = with_payment(paid, flag="mismatch")

    assert check(replace(flagged, lied_about=frozenset({"att_paid"}))) == []
    assert check(replace(flagged, lists_lied=frozenset({ACCOUNT}))) == []
    assert check(replace(flagged, lists_lied=frozenset({ACCOUNT + 1}))) != []
    assert check(replace(with_payment(paid, flag="duplicate_collection"), lied_about=frozenset({"att_paid"}))) != []


def test_doubt_is_explained_only_where_the_gateway_keeps_an_error_and_has_nothing() -> None:
    doubtful = replace(
        with_payment(unpaid, status="processing"),
        attempts=(paid_attempt, replace(unpaid_attempt, state="unknown", is_due=True)),
        kept_errors=frozenset({"att_unpaid"}),
    )
    nothing_there = replace(doubtful, theirs=(theirs_paid,))

    assert check(nothing_there) == []
    assert waiting_for_a_person(nothing_there) == {unpaid.id}
    assert {difference.kind for difference in check(doubtful)} == {Kind.UNEXPLAINED}


def test_the_checker_imports_nothing_of_the_product() -> None:
    product = {
        "common",
        "tenants",
        "events",
        "gateways",
        "wallets",
        "commissions",
        "payments",
        "reconciliation",
        "django",
    }
    imports = "import sys, bench.chaos.checker, bench.chaos.receiver"
    code = f"{imports}; print(sorted({product} & {{n.split('.')[0] for n in sys.modules}}))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"

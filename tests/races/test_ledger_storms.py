"""Four processes at one wallet: what it holds can be taken once, whoever asks, and whatever else moves meanwhile.

Each process has five threads, each thread a connection of its own, and all are let go at the same moment.
"""

import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tenants.models import Tenant
from tests.support.books import assert_books_balance, balance_of, counts
from tests.support.factories import NOON, eur, make_tenant
from tests.support.raw import run
from tests.support.threads import raised, together
from tests.support.web import ROOT, environment_of_test
from wallets import ledger
from wallets.chart import AccountKind, AccountRef
from wallets.models import LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)

Job = dict[str, Any]
CLEARING = ("gateway_clearing", 7)
COMMISSION = ("commission_revenue", 0)
PROCESSES, THREADS = 4, 5
_numbers = itertools.count(1)


def wallet(number: int) -> tuple[str, int]:
    return ("wallet_available", number)


def job(subject: str, *moves: tuple[tuple[str, int], tuple[str, int], int], **names: Any) -> Job:
    """One booking; each move debits the first account and credits the second."""
    lines = [[*debit, *credit, minor] for debit, credit, minor in moves]
    return {"subject": subject, "id": next(_numbers), "effect": "done", "postings": lines} | names


def payout(minor: int, *, of: int = 1, **names: Any) -> Job:
    return job("payout", (wallet(of), CLEARING, minor), **names)


def sale(minor: int, *, to: int = 1) -> Job:
    return job("sale", (CLEARING, wallet(to), minor), (CLEARING, COMMISSION, 84))


def refund(minor: int) -> Job:
    """The commission goes back with it."""
    return job("refund", (wallet(1), CLEARING, minor), (COMMISSION, CLEARING, 3))


def transfer(source: int, target: int, minor: int) -> Job:
    return job("transfer", (wallet(source), wallet(target), minor))


def fund(tenant: Tenant, number: int, minor: int) -> None:
    _book_here(tenant, CLEARING, wallet(number), minor)


def storm(tenant: Tenant, jobs: Sequence[Job]) -> list[str]:
    """What became of each job, dealt out like cards to every thread of every process."""
    hands = [jobs[place :: PROCESSES * THREADS] for place in range(PROCESSES * THREADS)]
    workers = [_worker(tenant, hands[number * THREADS : (number + 1) * THREADS]) for number in range(PROCESSES)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [hand for worker in workers for hand in json.loads(worker.communicate(timeout=120)[0])]
    outcomes = [""] * len(jobs)
    for place, hand in enumerate(said):
        outcomes[place :: PROCESSES * THREADS] = hand
    return outcomes


def _worker(tenant: Tenant, hands: Sequence[Sequence[Job]]) -> Any:
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.races.ledger_worker"],
        cwd=ROOT,
        env=environment_of_test(simulator="http://127.0.0.1:1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin is not None
    worker.stdin.write(json.dumps({"tenant": tenant.pk, "threads": hands}) + "\n")
    worker.stdin.flush()
    return worker


def moved(jobs: Sequence[Job], outcomes: Sequence[str], account: tuple[str, int]) -> int:
    """By how much the jobs that went through have raised this credit account."""
    done = [line for each, said in zip(jobs, outcomes, strict=True) if said == "posted" for line in each["postings"]]
    raised = sum(int(line[4]) for line in done if (line[2], line[3]) == account)
    return raised - sum(int(line[4]) for line in done if (line[0], line[1]) == account)


def assert_never_below_zero(number: int, *, start: int) -> None:
    """Line by line, as the books have it: each balance follows from the one before, and none was ever negative."""
    lines = LedgerEntry.objects.filter(account__kind=AccountKind.WALLET_AVAILABLE, account__party_id=number)
    steps = sorted(lines.values_list("id", "amount_minor", "balance_after_minor"))
    balance = 0
    for _, minor, after in steps:
        balance -= minor
        assert after == balance >= 0
    assert steps[0][2] == start
    assert balance == balance_of(AccountKind.WALLET_AVAILABLE, number)


@pytest.mark.row("F11")
def test_a_hundred_withdrawals_of_the_whole_balance_end_in_one() -> None:
    """F11: what is there is paid out once; the others are told that it is gone."""
    tenant = make_tenant()
    fund(tenant, 1, 12_53)

    outcomes = storm(tenant, [payout(12_53) for _ in range(100)])

    assert Counter(outcomes) == {"posted": 1, "InsufficientFunds": 99}
    assert counts() == (2, 4)
    assert_never_below_zero(1, start=12_53)
    assert balance_of(AccountKind.WALLET_AVAILABLE, 1) == 0
    assert_books_balance()


@pytest.mark.row("F11")
def test_of_a_hundred_withdrawals_as_many_go_through_as_the_wallet_holds() -> None:
    """F11: exactly seven, and what is too little for an eighth stays."""
    tenant = make_tenant()
    fund(tenant, 1, 7 * 4_21 + 4_20)

    outcomes = storm(tenant, [payout(4_21) for _ in range(100)])

    assert Counter(outcomes) == {"posted": 7, "InsufficientFunds": 93}
    assert balance_of(AccountKind.WALLET_AVAILABLE, 1) == 4_20
    assert_never_below_zero(1, start=7 * 4_21 + 4_20)
    assert_books_balance()


@pytest.mark.row("F10", "F11")
def test_money_that_comes_while_it_is_taken_is_counted_to_the_unit() -> None:
    """F11: sales, withdrawals, refunds and transfers at once, of one wallet."""
    tenant = make_tenant()
    fund(tenant, 1, 30_00)
    each = [[sale(5_17), payout(13_37), refund(2_03), transfer(1, 2, 7_01), payout(1)] for _ in range(24)]
    jobs = [one for five in each for one in five]

    outcomes = storm(tenant, jobs)

    assert set(outcomes) == {"posted", "InsufficientFunds"}
    assert [said for each, said in zip(jobs, outcomes, strict=True) if each["subject"] == "sale"] == ["posted"] * 24
    assert balance_of(AccountKind.WALLET_AVAILABLE, 1) == 30_00 + moved(jobs, outcomes, wallet(1))
    assert balance_of(AccountKind.WALLET_AVAILABLE, 2) == moved(jobs, outcomes, wallet(2))
    assert balance_of(AccountKind.COMMISSION_REVENUE) == moved(jobs, outcomes, COMMISSION)
    assert_never_below_zero(1, start=30_00)
    assert_books_balance()


@pytest.mark.row("F10")
def test_two_wallets_that_pay_each_other_at_once_do_not_deadlock() -> None:
    """F10: half one way, half the other; what the two hold together stays."""
    tenant = make_tenant()
    fund(tenant, 1, 20_00)
    fund(tenant, 2, 5_00)
    jobs = [transfer(1, 2, 3_11) if number % 2 else transfer(2, 1, 2_07) for number in range(120)]

    outcomes = storm(tenant, jobs)

    assert set(outcomes) <= {"posted", "InsufficientFunds"}
    one, two = (balance_of(AccountKind.WALLET_AVAILABLE, number) for number in (1, 2))
    assert (one, one + two) == (20_00 + moved(jobs, outcomes, wallet(1)), 25_00)
    assert_never_below_zero(1, start=20_00)
    assert_never_below_zero(2, start=5_00)
    assert_books_balance()


def test_one_effect_booked_by_a_hundred_at_once_is_booked_once() -> None:
    """There is money for all of them; it is the effect that is unique."""
    tenant = make_tenant()
    fund(tenant, 1, 100 * 4_21)
    number = next(_numbers)

    outcomes = storm(tenant, [payout(4_21, id=number) for _ in range(100)])

    assert Counter(outcomes) == {"posted": 1, "EffectAlreadyBooked": 99}
    assert balance_of(AccountKind.WALLET_AVAILABLE, 1) == 99 * 4_21
    assert_books_balance()


@pytest.mark.row("F11")
def test_nothing_is_taken_from_a_wallet_that_never_held_anything() -> None:
    """F11: its account is made by the very booking that is refused, by all of them at once."""
    tenant = make_tenant()

    outcomes = storm(tenant, [payout(1, of=9) for _ in range(40)])

    assert Counter(outcomes) == {"InsufficientFunds": 40}
    assert counts() == (0, 0)
    assert_books_balance()


@pytest.mark.row("F11")
def test_the_leave_to_go_below_zero_cannot_be_taken_from_who_has() -> None:
    """F11: somebody switches it on and off past the code, while others take; at no instant is a balance not allowed."""
    tenant = make_tenant()
    fund(tenant, 1, 5_00)
    run(_SWITCH, [True])
    _book_here(tenant, wallet(1), CLEARING, 10_00)
    with pytest.raises(IntegrityError, match="balance_not_below_zero"):
        run(_SWITCH, [False])
    forbidden = "SELECT count(*) FROM wallets_balance WHERE balance_minor < 0 AND NOT may_be_negative"
    found: list[int] = []

    def take() -> None:
        for _ in range(20):
            with suppress(ledger.InsufficientFunds):
                _book_here(tenant, wallet(1), CLEARING, 31)
            with suppress(ledger.InsufficientFunds):
                _book_here(tenant, CLEARING, wallet(1), 45)

    def switch() -> None:
        for number in range(60):
            with suppress(IntegrityError):
                run(_SWITCH, [number % 2 == 0])
            found.append(_number(forbidden))

    results = together([take, take, take, switch, switch])

    assert raised(results) == []
    assert set(found) == {0}
    assert _number(forbidden) == 0
    assert_books_balance()


_SWITCH = """
UPDATE wallets_balance SET may_be_negative = %s
WHERE account_id = (SELECT id FROM wallets_ledgeraccount WHERE kind = 'wallet_available' AND party_id = 1)
"""


def _number(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def _book_here(tenant: Tenant, debit: tuple[str, int], credit: tuple[str, int], minor: int) -> None:
    one, other = (AccountRef(AccountKind(kind), party, "EUR") for kind, party in (debit, credit))
    posting = ledger.Posting(one, other, eur(minor))
    with transaction.atomic(durable=True):
        ledger.post(ledger.Booking(tenant.pk, "by_hand", next(_numbers), "done", (posting,), NOON), recorded_at=NOON)

"""Two roads for a webhook, one rule: the set-based statement and the careful one leave the same rows behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from common import ids
from common.money import Money
from gateways.contract import GatewayReport, Outcome
from payments.models import PaymentAttempt
from payments.models.history import Source
from payments.services.outcome import apply_report
from payments.services.settle import settle_batch
from payments.services.settle_sql import Charged
from payments.states import Status
from reconciliation.invariants import verify_books
from tests.support.books import assert_books_balance, balances
from tests.support.factories import GROSS, NOON, Merchant, make_merchant, make_payment, report_on
from tests.support.rows import everything_about
from wallets.models import Balance

pytestmark = pytest.mark.django_db

# A success as the webhook tells it, or one of the ways in which it is not quite that.
SUCCESS, OTHER_AMOUNT, OTHER_CURRENCY, OTHER_REFERENCE, NO_REFERENCE, UNKNOWN_ID = range(6)
starts = st.sampled_from([status for status in Status if status is not Status.PENDING])
news = st.tuples(st.integers(0, 4), st.sampled_from([SUCCESS] * 4 + [*range(1, 6)]), st.integers(0, 3))
histories = st.tuples(st.lists(starts, min_size=1, max_size=5), st.lists(news, max_size=12), st.integers(1, 6))


@settings(max_examples=40)
@given(history=histories)
def test_both_roads_leave_the_same_rows(db: None, history: Any) -> None:
    statuses, told, batch_size = history
    merchant, other = make_merchant(), make_merchant()
    one = [_start(merchant, status, number) for number, status in enumerate(statuses)]
    two = [_start(other, status, number) for number, status in enumerate(statuses)]

    reports = [item for item in told if item[0] < len(statuses)]
    for start in range(0, len(reports), batch_size):
        now = NOON + timedelta(hours=1 + start)
        chunk = reports[start : start + batch_size]
        _by_batches(one, chunk, first_id=10_000 + start, now=now)
        _one_by_one(two, chunk, first_id=10_000 + start, now=now)

    for first, second in zip(one, two, strict=True):
        assert _known(first) == _known(second)
    assert _totals(merchant) == _totals(other)
    # A status that was set by hand, because nothing leads there yet, is not in the history.
    assert {found["check"] for found in verify_books(now=NOON).differences} <= {"history_rebuilds_status"}


def _start(merchant: Merchant, status: Status, number: int) -> PaymentAttempt:
    return make_payment(merchant, status, order_id=f"A-{ids.uuid7().hex[:20]}", description=f"Place {number}")


def _report(attempt: PaymentAttempt, kind: int, minutes: int) -> GatewayReport:
    lies: dict[int, dict[str, Any]] = {
        OTHER_AMOUNT: {"amount": Money(GROSS - 1, "EUR")},
        OTHER_CURRENCY: {"amount": Money(GROSS, "USD")},
        OTHER_REFERENCE: {"reference": "att_" + "0" * 32},
        NO_REFERENCE: {"reference": ""},
    }
    changes = {"occurred_at": NOON + timedelta(minutes=minutes), "gateway_status": "succeeded"} | lies.get(kind, {})
    return report_on(attempt, Outcome.SUCCEEDED, **changes)


def _by_batches(attempts: list[PaymentAttempt], chunk: list[Any], *, first_id: int, now: datetime) -> None:
    """As `reconciliation.apply` does it: the plain ones at once, then the rest one by one."""
    reports = [(attempts[number], kind, _report(attempts[number], kind, minutes)) for number, kind, minutes in chunk]
    charged = [
        Charged(
            event_id=first_id + position,
            gateway_account_id=attempt.gateway_account_id,
            gateway_payment_id="pi_nobody" if kind == UNKNOWN_ID else report.gateway_payment_id,
            reference=ids.read(ids.ATTEMPT, report.reference) if report.reference else None,
            amount=report.amount or Money(0, "EUR"),
            occurred_at=report.occurred_at or now,
            gateway_status=report.gateway_status,
        )
        for position, (attempt, kind, report) in enumerate(reports)
    ]
    with transaction.atomic():
        settled = settle_batch(charged, now=now)
    for position, (attempt, kind, report) in enumerate(reports):
        if first_id + position not in settled and kind != UNKNOWN_ID:
            _careful(attempt, report, event_id=first_id + position, now=now)


def _one_by_one(attempts: list[PaymentAttempt], chunk: list[Any], *, first_id: int, now: datetime) -> None:
    """Everything down the careful road, in the order in which batches take it: first what is plain, then the rest."""
    reports = [
        (position, attempts[number], _report(attempts[number], kind, minutes), kind)
        for position, (number, kind, minutes) in enumerate(chunk)
        if kind != UNKNOWN_ID
    ]
    plain = {
        position for position, attempt, _, kind in reports if kind in (SUCCESS, NO_REFERENCE) and _is_waiting(attempt)
    }
    for position, attempt, report, _ in sorted(reports, key=lambda item: item[0] not in plain):
        _careful(attempt, report, event_id=first_id + position, now=now)


def _is_waiting(attempt: PaymentAttempt) -> bool:
    attempt.payment.refresh_from_db()
    return attempt.payment.status in (Status.PROCESSING, Status.REQUIRES_ACTION)


def _careful(attempt: PaymentAttempt, report: GatewayReport, *, event_id: int, now: datetime) -> None:
    with transaction.atomic():
        apply_report(attempt_id=attempt.pk, report=report, source=Source.WEBHOOK, now=now, inbound_event_id=event_id)


def _known(attempt: PaymentAttempt) -> Any:
    """Everything but whose it is, when it was last repeated, and history that only says that nothing moved."""
    known = everything_about(attempt.payment_id)
    known["history"] = [row for row in known["history"] if row["changed"] or row["reason"]]
    own = {"tenant_id", "wallet_id", "commission_version_id", "gateway_account_id", "routing", "actor", "answered_at"}
    return {
        table: [{name: value for name, value in row.items() if name not in own} for row in rows]
        for table, rows in known.items()
    }


def _totals(merchant: Merchant) -> dict[str, int]:
    rows = Balance.objects.filter(account__tenant=merchant.tenant).values_list("account__kind", "balance_minor")
    return dict(rows)


def test_the_batch_road_takes_the_plain_case(merchant: Merchant) -> None:
    """The comparison would prove nothing if everything went down the careful road."""
    attempts = [make_payment(merchant) for _ in range(3)]

    charged = [
        Charged(
            event_id=number,
            gateway_account_id=attempt.gateway_account_id,
            gateway_payment_id=attempt.gateway_payment_id,
            reference=attempt.public_id,
            amount=attempt.payment.amount,
            occurred_at=NOON,
            gateway_status="succeeded",
        )
        for number, attempt in enumerate(attempts)
    ]
    with transaction.atomic():
        settled = settle_batch([*charged, charged[0]], now=NOON)

    assert settled == {number: attempt.payment_id for number, attempt in enumerate(attempts)}
    assert sum(balances().values()) == 3 * 2 * GROSS
    assert_books_balance()

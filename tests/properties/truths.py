"""What must be so after every single step, in plain SQL and by what the gateways say themselves.

Each truth is a query for whatever contradicts it. None of them shares a line with the service: not its tables of
states, not its prices, not the invariants that it checks by itself.
"""

from collections import Counter
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from common import clock
from gateways.models import InboundEvent
from payments.models import PaymentAttempt
from reconciliation.invariants import verify_books
from tests.properties.world import LATER, TERMS, World
from tests.support.api import let_leases_run_out, settle, sweep

# From where a payment may go, in one step.
_MOVES = {
    "": {"processing"},
    "processing": {"requires_action", "completed", "failed", "cancelled", "expired"},
    "requires_action": {"processing", "completed", "failed", "cancelled", "expired"},
    "failed": {"completed"},
    "cancelled": {"completed"},
    "expired": {"completed"},
    "completed": set(),
}

_CONTRADICTIONS = {
    "every transaction sums to zero per currency": """
        SELECT t.id, e.currency, sum(e.amount_minor) FROM wallets_ledgertransaction t
        JOIN wallets_ledgerentry e ON e.transaction_id = t.id WHERE t.tenant_id = %(tenant)s
        GROUP BY t.id, e.currency HAVING sum(e.amount_minor) <> 0
    """,
    "debits are credits, per currency": """
        SELECT e.currency, sum(e.amount_minor) FROM wallets_ledgerentry e
        JOIN wallets_ledgertransaction t ON t.id = e.transaction_id
        WHERE t.tenant_id = %(tenant)s GROUP BY e.currency HAVING sum(e.amount_minor) <> 0
    """,
    "a balance is the sum of its entries, on its own side": """
        SELECT a.id, a.kind, b.balance_minor, coalesce(sum(e.amount_minor), 0)
        FROM wallets_ledgeraccount a JOIN wallets_balance b ON b.account_id = a.id
        LEFT JOIN wallets_ledgerentry e ON e.account_id = a.id
        WHERE a.tenant_id = %(tenant)s GROUP BY a.id, b.account_id
        HAVING b.balance_minor <> coalesce(sum(e.amount_minor), 0) * CASE
            WHEN a.kind IN ('gateway_clearing', 'bank', 'owner_debt', 'adjustments') THEN 1 ELSE -1 END
    """,
    "no wallet is below zero": """
        SELECT a.id, a.kind, b.balance_minor FROM wallets_ledgeraccount a JOIN wallets_balance b ON b.account_id = a.id
        WHERE a.tenant_id = %(tenant)s AND b.balance_minor < 0
          AND a.kind IN ('wallet_pending', 'wallet_available', 'wallet_reserved', 'owner_debt')
    """,
    "a payment has one open attempt at most": """
        SELECT payment_id, count(*) FROM payments_paymentattempt
        WHERE tenant_id = %(tenant)s AND state IN ('sending', 'unknown', 'pending', 'authorized', 'succeeded')
        GROUP BY payment_id HAVING count(*) > 1
    """,
    "an open payment has an open attempt": """
        SELECT p.id, p.status FROM payments_payment p
        WHERE p.tenant_id = %(tenant)s AND p.status NOT IN ('completed', 'failed', 'cancelled', 'expired')
          AND NOT EXISTS (SELECT FROM payments_paymentattempt a
                          WHERE a.payment_id = p.id AND a.next_check_at IS NOT NULL
                            AND a.state IN ('sending', 'unknown', 'pending', 'authorized'))
    """,
    "an order is paid for once, unless that is shown to a person": """
        SELECT order_id, count(*) FROM payments_payment
        WHERE tenant_id = %(tenant)s AND order_id <> '' AND status = 'completed' AND flag <> 'duplicate_collection'
        GROUP BY order_id HAVING count(*) > 1
    """,
    "history is without a gap, and its last change is the status": """
        SELECT p.id, p.status, p.version, array_agg(h.status_before || '>' || h.status_after ORDER BY h.version)
        FROM payments_payment p
        LEFT JOIN (
            SELECT *, lag(status_after, 1, '') OVER w AS came_from, row_number() OVER w AS place
            FROM payments_paymenthistory WHERE changed WINDOW w AS (PARTITION BY payment_id ORDER BY version)
        ) h ON h.payment_id = p.id
        WHERE p.tenant_id = %(tenant)s GROUP BY p.id
        HAVING count(h.id) <> p.version OR bool_or(h.version <> h.place OR h.status_before <> h.came_from)
            OR (array_agg(h.status_after ORDER BY h.version DESC))[1] <> p.status
    """,
    "every change was told, once": """
        SELECT h.payment_id, h.version, h.status_after, count(e.id) FROM payments_paymenthistory h
        LEFT JOIN events_outboxevent e ON e.subject_type = 'payment' AND e.subject_id = h.payment_id
              AND e.subject_version = h.version AND e.payload ->> 'status' = h.status_after
              AND e.type = 'payment.' || CASE WHEN h.version = 1 THEN 'created' ELSE h.status_after END
        WHERE h.tenant_id = %(tenant)s AND h.changed
        GROUP BY h.payment_id, h.version, h.status_after HAVING count(e.id) <> 1
    """,
    "nothing was told that is not so": """
        SELECT e.id, e.type, e.subject_id, e.subject_version FROM events_outboxevent e
        WHERE e.tenant_id = %(tenant)s AND e.subject_type = 'payment' AND e.type <> 'payment.flagged'
          AND NOT EXISTS (SELECT FROM payments_paymenthistory h WHERE h.payment_id = e.subject_id
                          AND h.changed AND h.version = e.subject_version)
    """,
    "whoever was credited was told, once and the right amount": """
        SELECT p.id, p.status, count(e.id) FROM payments_payment p
        LEFT JOIN events_outboxevent e ON e.type = 'wallet.credited' AND e.tenant_id = p.tenant_id
              AND e.payload ->> 'transactionId' = 'pay_' || replace(p.public_id::text, '-', '')
              AND (e.payload ->> 'amount')::bigint = p.amount_minor - p.commission_minor AND e.subject_id = p.wallet_id
        WHERE p.tenant_id = %(tenant)s GROUP BY p.id
        HAVING count(e.id) <> CASE WHEN p.status = 'completed' AND p.amount_minor > p.commission_minor THEN 1 ELSE 0 END
    """,
    "no webhook breaks who applies it": """
        SELECT e.id, e.state, e.reason FROM gateways_inboundevent e
        JOIN gateways_gatewayaccount a ON a.id = e.gateway_account_id
        WHERE a.tenant_id = %(tenant)s AND (e.reason LIKE 'failed%%' OR e.reason LIKE 'unreadable%%')
    """,
    "every flag was told": """
        SELECT p.id, p.flag FROM payments_payment p
        WHERE p.tenant_id = %(tenant)s AND p.flag <> '' AND NOT EXISTS (
            SELECT FROM events_outboxevent e
            WHERE e.subject_type = 'payment' AND e.subject_id = p.id AND e.payload ->> 'flag' = p.flag)
    """,
}

_PAYMENTS = """
SELECT p.id, p.status, p.flag, p.amount_minor, p.commission_minor, p.currency, p.wallet_id, p.order_id,
       array_agg('att_' || replace(a.public_id::text, '-', '')),
       array_agg(a.gateway_account_id)
FROM payments_payment p JOIN payments_paymentattempt a ON a.payment_id = p.id
WHERE p.tenant_id = %s GROUP BY p.id ORDER BY p.id
"""
_BOOKED = """
SELECT t.subject_id, t.effect, a.kind, a.party_id, e.amount_minor
FROM wallets_ledgertransaction t JOIN wallets_ledgerentry e ON e.transaction_id = t.id
JOIN wallets_ledgeraccount a ON a.id = e.account_id
WHERE t.tenant_id = %s AND t.subject_type = 'payment' AND t.reverses_id IS NULL
"""
_WALLETS = """
SELECT w.id, coalesce(b.balance_minor, 0) FROM wallets_wallet w
LEFT JOIN wallets_ledgeraccount a ON a.party_id = w.id AND a.kind = 'wallet_available' AND a.tenant_id = w.tenant_id
LEFT JOIN wallets_balance b ON b.account_id = a.id WHERE w.tenant_id = %s
"""
_MATCHED = """
SELECT a.payment_id, l.amount_minor FROM reconciliation_statementline l
JOIN payments_paymentattempt a ON a.id = l.attempt_id WHERE l.tenant_id = %s AND l.state = 'matched'
"""


def rows(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def assert_everything_holds(world: World) -> None:
    assert verify_books(now=clock.now()).differences == world.known
    wrong = {
        truth: found for truth, sql in _CONTRADICTIONS.items() if (found := rows(sql, {"tenant": world.tenant.pk}))
    }
    assert wrong == {}
    payments = rows(_PAYMENTS, [world.tenant.pk])
    _assert_moves_are_allowed(world)
    _assert_booked(world, payments)
    _assert_wallets(world, payments)
    _assert_gateways_agree(world, payments)


def commission_of(minor: int, currency: str) -> int:
    """What we keep of a sale, worked out as a person would."""
    percent, fixed = TERMS[currency]
    part = (Decimal(minor) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return min(int(part) + fixed, minor)


def _assert_moves_are_allowed(world: World) -> None:
    moves = rows(
        "SELECT DISTINCT status_before, status_after FROM payments_paymenthistory WHERE tenant_id = %s AND changed",
        [world.tenant.pk],
    )
    assert [(before, after) for before, after in moves if after not in _MOVES[before]] == []


def _assert_booked(world: World, payments: list[tuple[Any, ...]]) -> None:
    """What is paid is booked once as gross, net and commission; what is not paid is not booked at all."""
    booked: dict[int, dict[str, Counter[tuple[str, int]]]] = {}
    for payment_id, effect, kind, party, minor in rows(_BOOKED, [world.tenant.pk]):
        booked.setdefault(payment_id, {}).setdefault(effect, Counter())[kind, party] += minor
    for pk, status, flag, amount, commission, currency, wallet, _, _, tills in payments:
        assert commission == commission_of(amount, currency)
        effects = booked.get(pk, {})
        if status != "completed":
            assert effects == {}, f"payment {pk} is {status}"
            continue
        lines = dict(effects.pop("completed"))
        (clearing,) = [key for key in lines if key[0] == "gateway_clearing"]
        assert clearing[1] in tills
        due = {
            clearing: amount,
            ("wallet_available", wallet): commission - amount,
            ("commission_revenue", 0): -commission,
        }
        assert lines == {key: minor for key, minor in due.items() if minor}
        for effect, again in effects.items():
            assert effect.startswith("collected_twice_")
            assert flag == "duplicate_collection"
            assert sorted(again.values()) == [-amount, amount]


def _assert_wallets(world: World, payments: list[tuple[Any, ...]]) -> None:
    """A wallet holds the nets of what was sold for it, and what persons booked."""
    due = Counter(world.moved)
    for _, status, _, amount, commission, _, wallet, *_ in payments:
        due[wallet] += amount - commission if status == "completed" else 0
    held = dict(rows(_WALLETS, [world.tenant.pk]))
    assert held == {wallet: due[wallet] for wallet in held}


def _assert_gateways_agree(world: World, payments: list[tuple[Any, ...]]) -> None:
    """Nothing is paid without money at a gateway, nobody is charged twice, nothing is there that we do not know."""
    payment_of = {reference: row[0] for row in payments for reference in row[8]}
    theirs = world.objects()
    references = Counter(row["reference"] for _, row in theirs)
    assert [reference for reference, times in references.items() if times > 1 or reference not in payment_of] == []
    paid: dict[int, list[int]] = {}
    for _, row in theirs:
        if row["charge_count"]:
            assert row["charge_count"] == 1
            paid.setdefault(payment_of[row["reference"]], []).append(row["captured"])
    for payment_id, minor in rows(_MATCHED, [world.tenant.pk]):
        paid.setdefault(payment_id, []).append(minor)
    for pk, status, flag, amount, *_ in payments:
        collected = paid.get(pk, [])
        assert set(collected) <= {amount}
        assert len(collected) >= (status == "completed"), f"payment {pk} is paid, and nobody has its money"
        assert len(collected) <= 1 or flag == "duplicate_collection"


def bring_to_an_end(world: World) -> None:
    """The webhooks still on their way are lost. Time passes, and the jobs run until there is nothing more to do."""
    world.calm()
    for later in (None, "twenty minutes", "a day", "a day", "two weeks", "two weeks"):
        let_leases_run_out()
        sweep(after=LATER[later] if later else timedelta(0))
        while settle(after=timedelta(days=4)):
            pass


def assert_nothing_is_left(world: World) -> None:
    """All is decided but what a person must decide, and each gateway owes us in the books what it holds for us."""
    theirs = world.objects()
    for attempt in (
        PaymentAttempt.objects.filter(tenant=world.tenant).exclude(next_check_at=None).select_related("payment")
    ):
        # The gateway keeps an error for our key, and has nothing: nobody can know, and a person was told.
        assert (attempt.state, attempt.payment.flag != "") == ("unknown", True), attempt
        assert attempt.reference not in {row["reference"] for _, row in theirs}
    waiting = InboundEvent.objects.filter(gateway_account__tenant=world.tenant, state__in=["received", "parked"])
    assert not waiting.exists()
    for till in world.tills:
        for currency in ("EUR", "XOF", "TND"):
            collected = [row["captured"] for at, row in theirs if at is till and row["currency"].upper() == currency]
            assert _owed_to_us(till.account.pk, currency) == sum(collected)
    assert _owed_to_us(world.bank.pk, "EUR", kind="bank") == world.banked


def _owed_to_us(account_id: int, currency: str, *, kind: str = "gateway_clearing") -> int:
    """By everything but what persons have mirrored."""
    found = rows(
        "SELECT coalesce(sum(e.amount_minor), 0) FROM wallets_ledgerentry e"
        " JOIN wallets_ledgeraccount a ON a.id = e.account_id"
        " JOIN wallets_ledgertransaction t ON t.id = e.transaction_id"
        " WHERE a.kind = %s AND a.party_id = %s AND e.currency = %s AND t.reverses_id IS NULL",
        [kind, account_id, currency],
    )
    return int(found[0][0])

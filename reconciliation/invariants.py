"""What must hold about the books at any moment, checked by plain SQL in one snapshot. Finding nothing is the proof."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from common import clock
from reconciliation.models import BooksVerification

_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Check:
    """A claim about the books and the query whose rows are what contradicts it: (subject, what is, what should be)."""

    name: str
    claim: str
    sql: str


CHECKS = (
    Check(
        "balances_are_sums",
        "every balance is the sum of its entries",
        """
        SELECT 'account ' || b.account_id, b.balance_minor, coalesce(e.minor, 0) * b.normal_sign
        FROM wallets_balance b
        LEFT JOIN (SELECT account_id, sum(amount_minor) AS minor FROM wallets_ledgerentry GROUP BY account_id) e
               ON e.account_id = b.account_id
        WHERE b.balance_minor <> coalesce(e.minor, 0) * b.normal_sign
        ORDER BY 1
        """,
    ),
    Check(
        "accounts_have_balances",
        "every account with entries has a balance",
        """
        SELECT 'account ' || a.id, 0, 1 FROM wallets_ledgeraccount a
        LEFT JOIN wallets_balance b ON b.account_id = a.id WHERE b.account_id IS NULL ORDER BY 1
        """,
    ),
    Check(
        "transactions_balance",
        "every transaction sums to zero per currency and has the entries it says",
        """
        SELECT 'transaction ' || t.id, coalesce(e.entries, 0), t.entry_count
        FROM wallets_ledgertransaction t
        LEFT JOIN (
            SELECT transaction_id, sum(entries) AS entries, bool_or(minor <> 0) AS differs
            FROM (SELECT transaction_id, currency, count(*) AS entries, sum(amount_minor) AS minor
                  FROM wallets_ledgerentry GROUP BY transaction_id, currency) c
            GROUP BY transaction_id
        ) e ON e.transaction_id = t.id
        WHERE e.transaction_id IS NULL OR e.differs OR e.entries <> t.entry_count
        ORDER BY 1
        """,
    ),
    Check(
        "paid_payments_are_booked",
        "every paid payment is booked once, with its own amounts",
        """
        SELECT 'payment ' || p.id, coalesce(e.debit, 0), p.amount_minor
        FROM payments_payment p
        LEFT JOIN wallets_ledgertransaction t
               ON t.subject_type = 'payment' AND t.subject_id = p.id AND t.effect = 'completed'
        LEFT JOIN (
            SELECT transaction_id, sum(amount_minor) FILTER (WHERE amount_minor > 0) AS debit
            FROM wallets_ledgerentry GROUP BY transaction_id
        ) e ON e.transaction_id = t.id
        WHERE p.status IN ('completed', 'partially_refunded', 'refunded')
          AND (t.id IS NULL OR e.debit IS DISTINCT FROM p.amount_minor)
        ORDER BY 1
        """,
    ),
    Check(
        "only_paid_payments_are_booked",
        "nothing is booked for a payment that is not paid",
        """
        SELECT 'payment ' || t.subject_id, 1, 0
        FROM wallets_ledgertransaction t LEFT JOIN payments_payment p ON p.id = t.subject_id
        WHERE t.subject_type = 'payment' AND t.effect = 'completed'
          AND (p.id IS NULL OR p.status NOT IN ('completed', 'partially_refunded', 'refunded'))
        ORDER BY 1
        """,
    ),
    Check(
        "history_rebuilds_status",
        "the newest change in a payment's history is its status",
        """
        SELECT 'payment ' || p.id, p.version, coalesce(h.version, 0)
        FROM payments_payment p
        LEFT JOIN payments_paymenthistory h ON h.payment_id = p.id AND h.version = p.version AND h.changed
        WHERE h.id IS NULL OR h.status_after <> p.status
        ORDER BY 1
        """,
    ),
    Check(
        "statement_lines_are_booked",
        "every entry that the bank booked is in our books once, with its own amount",
        """
        SELECT 'statement line ' || l.id, coalesce(e.minor, 0), l.amount_minor
        FROM reconciliation_statementline l
        LEFT JOIN (
            SELECT t.subject_id, sum(e.amount_minor) AS minor
            FROM wallets_ledgertransaction t
            JOIN wallets_ledgerentry e ON e.transaction_id = t.id
            JOIN wallets_ledgeraccount a ON a.id = e.account_id AND a.kind = 'bank'
            WHERE t.subject_type = 'statement_line'
            GROUP BY t.subject_id
        ) e ON e.subject_id = l.id
        WHERE (l.state IN ('matched', 'unmatched') AND e.minor IS DISTINCT FROM l.amount_minor)
           OR (l.state NOT IN ('matched', 'unmatched') AND e.minor IS NOT NULL)
        ORDER BY 1
        """,
    ),
    Check(
        "open_attempts_are_asked",
        "every open attempt of an unpaid payment has a time at which the gateway is asked",
        """
        SELECT 'attempt ' || id, 0, 1 FROM payments_paymentattempt
        WHERE state IN ('sending', 'unknown', 'pending', 'authorized') AND next_check_at IS NULL
        ORDER BY 1
        """,
    ),
)


@dataclass(slots=True)
class Verification:
    """What one run found; it holds when nothing was found."""

    transactions: int
    entries: int
    last_entry_id: int
    seconds: Decimal = Decimal(0)
    differences: list[dict[str, object]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differences


def verify_books(*, now: datetime) -> Verification:
    """Run every check in one snapshot and keep the result."""
    started = clock.monotonic()
    found = _check_all()
    found.seconds = Decimal(clock.monotonic() - started).quantize(Decimal("0.001"))
    BooksVerification.objects.create(
        started_at=now,
        seconds=found.seconds,
        transactions=found.transactions,
        entries=found.entries,
        last_entry_id=found.last_entry_id,
        holds=found.holds,
        differences=found.differences,
    )
    return found


def _check_all() -> Verification:
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute("SELECT count(*) FROM wallets_ledgertransaction")
        (transactions,) = cursor.fetchone()
        cursor.execute("SELECT count(*), coalesce(max(id), 0) FROM wallets_ledgerentry")
        entries, last_entry_id = cursor.fetchone()
        found = Verification(transactions, entries, last_entry_id)
        for check in CHECKS:
            cursor.execute(check.sql)
            found.differences += [
                {"check": check.name, "claim": check.claim, "subject": subject, "is": int(is_), "should_be": int(due)}
                for subject, is_, due in cursor.fetchmany(_SHOWN_MAX)
            ]
        return found

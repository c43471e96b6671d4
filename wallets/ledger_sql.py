"""The one statement that writes the books: headers, entries and balances of a whole batch.

Lock order: balances by account id, taken before any is moved, so that two batches never wait for each other.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DataError

from common import arrays
from common.database import execute

_WRITE = """
WITH txn AS MATERIALIZED (
    SELECT ord, nextval('wallets_ledgertransaction_id_seq') AS id, public_id, tenant_id, subject_type, subject_id,
           effect, entry_count, occurred_at, reverses_id
    FROM unnest(%s::int[], %s::uuid[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::smallint[],
                %s::timestamptz[], %s::bigint[])
         AS t(ord, public_id, tenant_id, subject_type, subject_id, effect, entry_count, occurred_at, reverses_id)
), line AS MATERIALIZED (
    SELECT position, ord, account_id, amount_minor, currency, keeps_balance
    FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::text[], %s::bool[])
         AS l(position, ord, account_id, amount_minor, currency, keeps_balance)
), delta AS MATERIALIZED (
    SELECT account_id, sum(amount_minor) AS minor FROM line GROUP BY account_id
), locked AS MATERIALIZED (
    SELECT account_id FROM wallets_balance WHERE account_id IN (SELECT account_id FROM delta)
    ORDER BY account_id FOR NO KEY UPDATE
), moved AS (
    UPDATE wallets_balance b
    SET balance_minor = b.balance_minor + b.normal_sign * delta.minor, version = b.version + 1
    FROM delta JOIN locked USING (account_id)
    WHERE b.account_id = delta.account_id
    RETURNING b.account_id, b.balance_minor - b.normal_sign * delta.minor AS before_minor, b.normal_sign
), header AS (
    INSERT INTO wallets_ledgertransaction (id, public_id, tenant_id, subject_type, subject_id, effect, entry_count,
                                           occurred_at, recorded_at, reverses_id)
    SELECT id, public_id, tenant_id, subject_type, subject_id, effect, entry_count, occurred_at, %s::timestamptz,
           reverses_id
    FROM txn
), entry AS (
    INSERT INTO wallets_ledgerentry (transaction_id, account_id, amount_minor, currency, balance_after_minor)
    SELECT txn.id, line.account_id, line.amount_minor, line.currency,
           CASE WHEN line.keeps_balance THEN
               moved.before_minor + moved.normal_sign
               * sum(line.amount_minor) OVER (PARTITION BY line.account_id ORDER BY line.position)
           END
    FROM line JOIN txn USING (ord) JOIN moved USING (account_id)
    ORDER BY line.position
    RETURNING 1
)
SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM line)
"""


class OutOfRange(Exception):
    """A sum does not fit into a 64-bit integer."""


class EntriesMissing(RuntimeError):
    """An account has no balance row: the statement would have dropped its lines."""


@dataclass(slots=True)
class BatchRows:
    """The columns of one batch, as the statement takes them."""

    public_ids: list[UUID] = field(default_factory=list)
    tenant_ids: list[int] = field(default_factory=list)
    subject_types: list[str] = field(default_factory=list)
    subject_ids: list[int] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    entry_counts: list[int] = field(default_factory=list)
    occurred_ats: list[datetime] = field(default_factory=list)
    reverses_ids: list[int | None] = field(default_factory=list)
    line_ords: list[int] = field(default_factory=list)
    account_ids: list[int] = field(default_factory=list)
    amounts_minor: list[int] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    keeps_balances: list[bool] = field(default_factory=list)

    def add_transaction(
        self,
        *,
        public_id: UUID,
        tenant_id: int,
        subject_type: str,
        subject_id: int,
        effect: str,
        occurred_at: datetime,
        reverses_id: int | None,
    ) -> None:
        self.public_ids.append(public_id)
        self.tenant_ids.append(tenant_id)
        self.subject_types.append(subject_type)
        self.subject_ids.append(subject_id)
        self.effects.append(effect)
        self.entry_counts.append(0)
        self.occurred_ats.append(occurred_at)
        self.reverses_ids.append(reverses_id)

    def add_entry(self, *, account_id: int, amount_minor: int, currency: str, keeps_balance: bool) -> None:
        """Add a line to the transaction added last; `keeps_balance` stores the balance after it."""
        self.entry_counts[-1] += 1
        self.line_ords.append(len(self.public_ids))
        self.account_ids.append(account_id)
        self.amounts_minor.append(amount_minor)
        self.currencies.append(currency)
        self.keeps_balances.append(keeps_balance)


def write(rows: BatchRows, *, recorded_at: datetime) -> None:
    """Write the batch. Raises IntegrityError from the constraints of the books, and OutOfRange."""
    parameters: list[Any] = [
        arrays.of_integers(range(1, len(rows.public_ids) + 1)),
        arrays.of_uuids(rows.public_ids),
        arrays.of_integers(rows.tenant_ids),
        arrays.of_texts(rows.subject_types),
        arrays.of_integers(rows.subject_ids),
        arrays.of_texts(rows.effects),
        arrays.of_integers(rows.entry_counts),
        arrays.of_moments(rows.occurred_ats),
        arrays.of_integers(rows.reverses_ids),
        arrays.of_integers(range(len(rows.line_ords))),
        arrays.of_integers(rows.line_ords),
        arrays.of_integers(rows.account_ids),
        arrays.of_integers(rows.amounts_minor),
        arrays.of_texts(rows.currencies),
        arrays.of_flags(rows.keeps_balances),
        recorded_at,
    ]
    try:
        written, wanted = execute(_WRITE, parameters).fetchone()
    except DataError as error:
        raise OutOfRange from error
    if written != wanted:
        raise EntriesMissing(f"{wanted - written} of {wanted} entries have no balance row.")

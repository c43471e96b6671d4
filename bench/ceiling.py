"""The ceiling: the inserts and updates of one settled batch inside the server, called by pgbench. No Python at all.

The function takes 200 stored webhooks, moves their payments, attempts and history, books them and tells of them: the
rows that `reconciliation.apply` writes, under the same triggers. It reads no body and checks no amount.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg

from bench.databases import Database
from devstack import binaries
from devstack.errors import StackError

BATCH = 200
_NEW_UUID = "('019b' || '{mark}000-0000-7000-8000-' || lpad(to_hex({id}), 12, '0'))::uuid"
_ACCOUNT = """(SELECT id FROM wallets_ledgeraccount a WHERE a.tenant_id = payment.tenant_id AND a.kind = '{kind}'
         AND a.party_id = {party} AND a.currency = payment.currency)"""
_FUNCTION = f"""
CREATE FUNCTION bench_settle_batch() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE done bigint;
BEGIN
WITH claimed AS MATERIALIZED (
    SELECT id, gateway_account_id, substr(dedupe_key, 6) AS reference FROM gateways_inboundevent
    WHERE state = 'received' ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), found AS MATERIALIZED (
    SELECT c.id AS event_id, c.gateway_account_id AS account_id, a.id AS attempt_id, a.payment_id
    FROM claimed c, LATERAL (
        -- OFFSET 0 keeps the planner from reading the whole table instead.
        SELECT id, payment_id FROM payments_paymentattempt
        WHERE gateway_account_id = c.gateway_account_id AND gateway_payment_id = 'pi_' || c.reference
          AND gateway_payment_id <> '' AND state = 'pending'
        OFFSET 0
    ) a
), locked AS MATERIALIZED (
    SELECT id, status FROM payments_payment WHERE id IN (SELECT payment_id FROM found) ORDER BY id FOR NO KEY UPDATE
), paid AS MATERIALIZED (
    SELECT locked.status AS status_before, found.*, nextval('wallets_ledgertransaction_id_seq') AS transaction_id
    FROM locked JOIN found ON found.payment_id = locked.id
), payment AS (
    UPDATE payments_payment p SET status = 'completed', version = p.version + 1, completed_at = now()
    FROM paid WHERE p.id = paid.payment_id AND p.status = 'requires_action'
    RETURNING p.id, p.public_id, p.tenant_id, p.version, p.amount_minor, p.commission_minor, p.currency, p.wallet_id,
              p.order_id, paid.event_id, paid.attempt_id, paid.account_id, paid.transaction_id, paid.status_before
), attempt AS (
    UPDATE payments_paymentattempt a SET state = 'succeeded', gateway_status = 'succeeded', answered_at = now(),
           next_check_at = NULL, error_code = '', error_message = ''
    FROM payment WHERE a.id = payment.attempt_id
), history AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor,
         attempt_id, inbound_event_id, raw, occurred_at, recorded_at)
    SELECT tenant_id, id, version, status_before, 'completed', true, 'webhook', 'succeeded', '', '', attempt_id,
           event_id, '{{}}', now(), now()
    FROM payment
), line AS MATERIALIZED (
    SELECT transaction_id, l.account_id, l.minor, payment.currency, l.is_wallet, row_number() OVER () AS position
    FROM payment, LATERAL (VALUES
        ({_ACCOUNT.format(kind="gateway_clearing", party="payment.account_id")}, amount_minor, false),
        ({_ACCOUNT.format(kind="wallet_available", party="payment.wallet_id")}, commission_minor - amount_minor, true),
        ({_ACCOUNT.format(kind="commission_revenue", party="0")}, -commission_minor, false)
    ) AS l(account_id, minor, is_wallet)
), delta AS MATERIALIZED (
    SELECT account_id, sum(minor) AS minor FROM line GROUP BY account_id
), ordered AS MATERIALIZED (
    SELECT account_id FROM wallets_balance WHERE account_id IN (SELECT account_id FROM delta)
    ORDER BY account_id FOR NO KEY UPDATE
), moved AS (
    UPDATE wallets_balance b SET balance_minor = b.balance_minor + b.normal_sign * delta.minor, version = b.version + 1
    FROM delta JOIN ordered USING (account_id) WHERE b.account_id = delta.account_id
    RETURNING b.account_id, b.balance_minor - b.normal_sign * delta.minor AS before_minor, b.normal_sign
), header AS (
    INSERT INTO wallets_ledgertransaction (id, public_id, tenant_id, subject_type, subject_id, effect, entry_count,
                                           occurred_at, recorded_at)
    SELECT transaction_id, {_NEW_UUID.format(mark="1", id="transaction_id")}, tenant_id, 'payment', id, 'completed', 3,
           now(), now()
    FROM payment
), entry AS (
    INSERT INTO wallets_ledgerentry (transaction_id, account_id, amount_minor, currency, balance_after_minor)
    SELECT transaction_id, line.account_id, line.minor, currency,
           CASE WHEN is_wallet THEN before_minor + normal_sign
                * sum(line.minor) OVER (PARTITION BY line.account_id ORDER BY position) END
    FROM line JOIN moved USING (account_id) ORDER BY position
), outbox AS (
    INSERT INTO events_outboxevent (public_id, tenant_id, type, subject_type, subject_id, subject_version, payload,
                                    occurred_at, recorded_at)
    SELECT e.public_id, payment.tenant_id, e.type, e.subject_type, e.subject_id, payment.version, e.payload, now(),
           now()
    FROM payment JOIN wallets_wallet w ON w.id = payment.wallet_id,
    LATERAL (VALUES
        ({_NEW_UUID.format(mark="2", id="transaction_id")}, 'payment.completed', 'payment', payment.id,
         jsonb_build_object('transactionId', payment.public_id, 'status', 'completed', 'amount', amount_minor,
                            'currency', payment.currency, 'orderId', order_id)),
        ({_NEW_UUID.format(mark="3", id="transaction_id")}, 'wallet.credited', 'wallet', payment.wallet_id,
         jsonb_build_object('walletId', w.public_id, 'transactionId', payment.public_id, 'amount',
                            amount_minor - commission_minor, 'currency', payment.currency))
    ) AS e(public_id, type, subject_type, subject_id, payload)
), marked AS (
    UPDATE gateways_inboundevent i SET state = 'applied', payment_id = payment.id, tries = i.tries + 1,
           settled_at = clock_timestamp()
    FROM payment WHERE i.id = payment.event_id
    RETURNING 1
)
SELECT count(*) INTO done FROM marked;
RETURN done;
END $$
"""


class NoPgbench(Exception):
    """There is no pgbench on this machine."""


def program() -> Path:
    """Raises NoPgbench."""
    try:
        beside_server = binaries.postgres_folder() / "pgbench"
    except StackError:
        beside_server = Path()
    if beside_server.is_file():
        return beside_server
    if found := shutil.which("pgbench"):
        return Path(found)
    raise NoPgbench("no pgbench beside the PostgreSQL programs or on PATH")


def make_function(connection: psycopg.Connection) -> None:
    connection.execute("DROP FUNCTION IF EXISTS bench_settle_batch()")
    connection.execute(_FUNCTION)


def drop_function(connection: psycopg.Connection) -> None:
    connection.execute("DROP FUNCTION IF EXISTS bench_settle_batch()")


def payments_per_second(database: Database, *, batches: int) -> float:
    """Settle that many batches by one client; the payments must be waiting."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("SELECT bench_settle_batch();\n")
        script.flush()
        result = subprocess.run(
            [program(), "-n", "-M", "prepared", "-c", "1", "-t", str(batches), "-f", script.name, database.owner_url],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([0-9.]+) \(without", result.stdout)
    if found is None or result.returncode:
        raise RuntimeError(f"pgbench failed: {result.stdout}{result.stderr}")
    return float(found.group(1)) * BATCH

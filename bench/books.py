"""The service's books at a size: filled set-based under every trigger, and proved by the service's own command."""

import json
import subprocess
import sys
from dataclasses import dataclass

import psycopg

from bench.contents import WALLETS, Contents
from bench.stand import Side
from bench.waiting import PAYMENT_UUID
from devstack.folder import ROOT

_CHUNK = 25_000
ENTRIES_PER_PAYMENT = 3
_BOOKED = f"""
WITH clearing AS (
    SELECT id FROM wallets_ledgeraccount
    WHERE kind = 'gateway_clearing' AND tenant_id = %(tenant_id)s AND party_id = %(account_id)s
), commission AS (
    SELECT id FROM wallets_ledgeraccount WHERE kind = 'commission_revenue' AND tenant_id = %(tenant_id)s
), numbered AS MATERIALIZED (
    SELECT nextval('payments_payment_id_seq') AS id, nextval('wallets_ledgertransaction_id_seq') AS transaction_id
    FROM generate_series(1, %(count)s)
), payment AS (
    INSERT INTO payments_payment
        (id, public_id, tenant_id, status, version, flag, purpose, amount_minor, currency, commission_minor,
         commission_version_id, commission_lines, wallet_id, order_id, event_id, external_reference, user_id,
         payer_email, payer_phone, payer_name, description, line_items, metadata, custom_params, allow_pending,
         preferred_gateways, payment_method, payment_token, country, return_url, gateway, failure_code,
         failure_message, created_at, expires_at, completed_at)
    SELECT id, {PAYMENT_UUID.format(id="id")}, %(tenant_id)s, 'completed', 3, '', 'ticket_sale', 2000 + id %% 1000,
           'EUR', 150 + id %% 50, %(version_id)s, '[]', %(first_wallet_id)s + id * 7919 %% {WALLETS}, '', '', '', '',
           '', '', '', '', '[]', '{{}}', '{{}}', true, '[]', 'card', '', '', '', 'bench', '', '', now(),
           now() + interval '1 day', now()
    FROM numbered
    RETURNING id, wallet_id, amount_minor, commission_minor
), history AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor, raw,
         occurred_at, recorded_at)
    SELECT %(tenant_id)s, id, 3, 'requires_action', 'completed', true, 'webhook', 'succeeded', '', '', '{{}}', now(),
           now()
    FROM payment
), header AS (
    INSERT INTO wallets_ledgertransaction (id, public_id, tenant_id, subject_type, subject_id, effect, entry_count,
                                           occurred_at, recorded_at)
    SELECT transaction_id, {PAYMENT_UUID.format(id="id")}, %(tenant_id)s, 'payment', id, 'completed', 3, now(), now()
    FROM numbered
), line AS MATERIALIZED (
    SELECT transaction_id, l.account_id, l.minor, l.is_wallet, payment.id AS position
    FROM payment JOIN numbered USING (id)
    JOIN wallets_ledgeraccount w ON w.tenant_id = %(tenant_id)s AND w.kind = 'wallet_available'
     AND w.party_id = payment.wallet_id,
    LATERAL (VALUES ((SELECT id FROM clearing), amount_minor, false), (w.id, commission_minor - amount_minor, true),
                    ((SELECT id FROM commission), -commission_minor, false)) AS l(account_id, minor, is_wallet)
), moved AS (
    UPDATE wallets_balance b SET balance_minor = balance_minor + normal_sign * delta.minor, version = version + 1
    FROM (SELECT account_id, sum(minor) AS minor FROM line GROUP BY account_id) delta
    WHERE b.account_id = delta.account_id
    RETURNING b.account_id, b.balance_minor - b.normal_sign * delta.minor AS before_minor, b.normal_sign
)
INSERT INTO wallets_ledgerentry (transaction_id, account_id, amount_minor, currency, balance_after_minor)
SELECT transaction_id, line.account_id, line.minor, 'EUR',
       CASE WHEN is_wallet THEN before_minor + normal_sign
            * sum(line.minor) OVER (PARTITION BY line.account_id ORDER BY position) END
FROM line JOIN moved USING (account_id) ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What `verify_books` said."""

    holds: bool
    entries: int
    seconds: float
    differences: int


def fill(side: Side, *, entries: int) -> None:
    """Add sales, booked and balanced, until the books hold that many entries."""
    with side.database.connect() as connection:
        row = connection.execute("SELECT count(*) FROM wallets_ledgerentry").fetchone()
        missing = max(entries - (row[0] if row else 0), 0)
        payments = -(-missing // ENTRIES_PER_PAYMENT)
        while payments > 0:
            _book(connection, side.contents, count=min(payments, _CHUNK))
            payments -= _CHUNK


def verify(side: Side) -> Proof:
    """Run the service's own command."""
    command = [sys.executable, "manage.py", "verify_books", "--json"]
    result = subprocess.run(command, cwd=ROOT, env=side.environment, capture_output=True, text=True, check=False)
    try:
        said = json.loads(result.stdout)
    except ValueError:
        raise RuntimeError(f"verify_books said nothing: {result.stderr}") from None
    return Proof(said["holds"], said["entries"], said["seconds"], len(said["differences"]))


def _book(connection: psycopg.Connection, contents: Contents, *, count: int) -> None:
    connection.execute(
        _BOOKED,
        {
            "count": count,
            "tenant_id": contents.tenant_id,
            "account_id": contents.account_id,
            "first_wallet_id": contents.first_wallet_id,
            "version_id": contents.version_id,
        },
    )

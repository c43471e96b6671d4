"""The two statements of a payment's creation: write everything before the gateway hears of it, and note its answer.

Both have a pure-ORM reference in tests/payments; change them together.
"""

from dataclasses import dataclass
from typing import Any

from psycopg.types.numeric import Int8

from common.database import execute

# Named, so that a value that goes into many places is sent once; psycopg reads a statement anew at every call, half a
# millisecond, when it has more than 50 parameters.
_PAYMENT_COLUMNS = [
    "public_id",
    "tenant_id",
    "purpose",
    "amount_minor",
    "currency",
    "commission_minor",
    "commission_version_id",
    "commission_lines",
    "order_id",
    "order_claim",
    "event_id",
    "external_reference",
    "user_id",
    "payer_email",
    "payer_phone",
    "payer_name",
    "description",
    "line_items",
    "metadata",
    "custom_params",
    "allow_pending",
    "preferred_gateways",
    "only_gateway",
    "payment_method",
    "payment_token",
    "country",
    "return_url",
    "gateway",
    "expires_at",
]

_INSERT = f"""
WITH wal AS MATERIALIZED (
    SELECT id FROM wallets_wallet
    WHERE tenant_id = %(tenant_id)s AND owner_type = %(owner_type)s AND owner_id = %(owner_id)s
      AND currency = %(currency)s AND status <> 'frozen'
), ids AS MATERIALIZED (
    SELECT nextval('payments_payment_id_seq') AS payment_id, nextval('payments_paymentattempt_id_seq') AS attempt_id
), idem AS (
    INSERT INTO tenants_idempotencyrecord
        (tenant_id, principal, route, key, fingerprint, resource_id, locked_until, status, body, created_at)
    SELECT %(tenant_id)s, %(principal)s, %(route)s, %(key)s, %(fingerprint)s, ids.payment_id, %(locked_until)s, 0, '',
           %(now)s
    FROM ids, wal
    ON CONFLICT (tenant_id, principal, route, key) DO NOTHING
    RETURNING id, resource_id
), pay AS (
    INSERT INTO payments_payment
        (id, status, version, flag, failure_code, failure_message, created_at, wallet_id,
         {", ".join(_PAYMENT_COLUMNS)})
    SELECT idem.resource_id, 'processing', 1, '', '', '', %(now)s, wal.id,
           {", ".join(f"%({column})s" for column in _PAYMENT_COLUMNS)}
    FROM idem, wal
    RETURNING id
), att AS (
    INSERT INTO payments_paymentattempt
        (id, public_id, tenant_id, payment_id, number, kind, state, gateway_account_id, gateway_payment_id,
         gateway_status, request_id, next_action_kind, next_action_value, error_code, error_message, routing,
         created_at, next_step, next_check_at, checks, close_reason, fence)
    SELECT ids.attempt_id, %(reference_id)s, %(tenant_id)s, pay.id, 1, 'charge', 'sending', %(account_id)s, '', '', '',
           '', '', '', '', %(routing)s, %(now)s, 'resend', %(next_check_at)s, 0, '', 1
    FROM pay, ids
    RETURNING id
), his AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor,
         attempt_id, raw, occurred_at, recorded_at)
    SELECT %(tenant_id)s, pay.id, 1, '', 'processing', true, 'api', '', 'created', %(principal)s, ids.attempt_id,
           '{{}}', %(now)s, %(now)s
    FROM pay, ids
), evt AS (
    INSERT INTO events_outboxevent (public_id, tenant_id, type, subject_type, subject_id, subject_version, payload,
                                    occurred_at, recorded_at)
    SELECT %(told_id)s, %(tenant_id)s, 'payment.created', 'payment', pay.id, 1, %(told)s, %(now)s, %(now)s FROM pay
)
SELECT wal.id, idem.id, ids.payment_id, ids.attempt_id FROM ids LEFT JOIN wal ON true LEFT JOIN idem ON true
"""

_NOTE_ANSWER = """
WITH pay AS MATERIALIZED (
    SELECT id, tenant_id, status, version FROM payments_payment
    WHERE id = %s AND status = 'processing' AND flag = '' FOR NO KEY UPDATE
), att AS (
    UPDATE payments_paymentattempt a
    SET state = 'pending', gateway_payment_id = %s, gateway_status = %s, request_id = %s, next_action_kind = %s,
        next_action_value = %s, kept = %s, answered_at = %s, next_step = 'ask', next_check_at = %s
    FROM pay WHERE a.id = %s AND a.payment_id = pay.id AND a.state = 'sending' AND a.fence = 1
    RETURNING a.id
), moved AS (
    UPDATE payments_payment p SET status = %s, version = pay.version + 1
    FROM pay, att WHERE p.id = pay.id
    RETURNING p.id, p.version
), his AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor,
         attempt_id, raw, occurred_at, recorded_at)
    SELECT pay.tenant_id, moved.id, moved.version, pay.status, %s, true, 'answer', %s, '', '', att.id, %s, %s, %s
    FROM moved, pay, att
), evt AS (
    INSERT INTO events_outboxevent (public_id, tenant_id, type, subject_type, subject_id, subject_version, payload,
                                    occurred_at, recorded_at)
    SELECT %s, pay.tenant_id, %s, 'payment', moved.id, moved.version, %s, %s, %s FROM moved, pay
), ide AS (
    UPDATE tenants_idempotencyrecord SET status = %s, body = %s FROM moved WHERE tenants_idempotencyrecord.id = %s
)
SELECT count(*) FROM moved
"""


@dataclass(frozen=True, slots=True)
class Inserted:
    """The rows that were written; ids as the database gave them."""

    record_id: int
    payment_id: int
    attempt_id: int


class NoWallet(Exception):
    """The payee has no wallet that takes sales: none was made yet, or it is frozen."""


def insert(parameters: dict[str, Any]) -> Inserted | None:
    """Write record, payment, attempt, history and event; None when the idempotency key was there before.

    Raises NoWallet, and has written nothing then.
    """
    wallet_id, record_id, payment_id, attempt_id = execute(_INSERT, parameters).fetchone()
    if wallet_id is None:
        raise NoWallet
    return Inserted(record_id, payment_id, attempt_id) if record_id is not None else None


def note_answer(parameters: list[Any]) -> bool:
    """Note that the payer must act; False when payment or attempt had moved on, and nothing was written."""
    return bool(execute(_NOTE_ANSWER, parameters).fetchone()[0])


def big(value: int | None) -> Int8 | None:
    """Always sent as bigint: the server then sees one prepared statement, not one per size of the number."""
    return None if value is None else Int8(value)

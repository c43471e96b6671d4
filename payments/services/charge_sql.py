"""The two statements of a payment's creation: write everything before the gateway hears of it, and note its answer.

Both have a pure-ORM reference in tests/payments; change them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import orjson

from common.database import execute
from common.together import Together

# What comes with a row of `insert` besides the columns of the payment, and the types of both.
_GIVEN = {
    "tenant_id": "bigint",
    "owner_type": "text",
    "owner_id": "text",
    "principal": "text",
    "route": "text",
    "key": "text",
    "fingerprint": "bytea",
    "locked_until": "timestamptz",
    "now": "timestamptz",
    "reference_id": "uuid",
    "account_id": "bigint",
    "routing": "jsonb",
    "next_check_at": "timestamptz",
    "told_id": "uuid",
    "told": "jsonb",
}
_PAYMENT = {
    "public_id": "uuid",
    "purpose": "text",
    "amount_minor": "bigint",
    "currency": "text",
    "commission_minor": "bigint",
    "commission_version_id": "bigint",
    "commission_lines": "jsonb",
    "order_id": "text",
    "order_claim": "text",
    "event_id": "text",
    "external_reference": "text",
    "user_id": "text",
    "payer_email": "text",
    "payer_phone": "text",
    "payer_name": "text",
    "description": "text",
    "line_items": "jsonb",
    "metadata": "jsonb",
    "custom_params": "jsonb",
    "allow_pending": "boolean",
    "preferred_gateways": "jsonb",
    "only_gateway": "text",
    "payment_method": "text",
    "payment_token": "text",
    "country": "text",
    "return_url": "text",
    "gateway": "text",
    "expires_at": "timestamptz",
}
_ANSWERED = {
    "payment_id": "bigint",
    "attempt_id": "bigint",
    "record_id": "bigint",
    "gateway_payment_id": "text",
    "gateway_status": "text",
    "request_id": "text",
    "next_action_kind": "text",
    "next_action_value": "text",
    "kept": "jsonb",
    "next_check_at": "timestamptz",
    "status_after": "text",
    "outcome": "text",
    "raw": "jsonb",
    "occurred_at": "timestamptz",
    "now": "timestamptz",
    "told_id": "uuid",
    "told_type": "text",
    "told": "jsonb",
    "answer_status": "smallint",
    "answer": "text",
    "fence": "bigint",
}


def _rows(columns: Mapping[str, str]) -> str:
    """The one parameter of a statement, a JSON text of all rows, as a table `d`: it reads the same for any number."""
    return f"json_to_recordset(%s::json) AS d({', '.join(f'{name} {kind}' for name, kind in columns.items())})"


_INSERT = f"""
WITH given AS MATERIALIZED (
    SELECT d.*, w.id AS wallet_id, nextval('payments_payment_id_seq') AS payment_id,
           nextval('payments_paymentattempt_id_seq') AS attempt_id
    FROM {_rows(_GIVEN | _PAYMENT)} LEFT JOIN LATERAL (
        -- There is one. LIMIT lets the planner look it up, where it would join it to all.
        SELECT id FROM wallets_wallet
        WHERE tenant_id = d.tenant_id AND owner_type = d.owner_type AND owner_id = d.owner_id
          AND currency = d.currency AND status <> 'frozen'
        LIMIT 1
    ) w ON true
), idem AS (
    -- In one order everywhere: who meets the same keys in another process waits for them and never crosswise.
    INSERT INTO tenants_idempotencyrecord
        (tenant_id, principal, route, key, fingerprint, resource_id, locked_until, status, body, created_at)
    SELECT tenant_id, principal, route, key, fingerprint, payment_id, locked_until, 0, '', now
    FROM given WHERE wallet_id IS NOT NULL
    ORDER BY tenant_id, principal, route, key
    ON CONFLICT (tenant_id, principal, route, key) DO NOTHING
    RETURNING id, resource_id
), fresh AS MATERIALIZED (
    SELECT given.* FROM idem JOIN given ON given.payment_id = idem.resource_id
), pay AS (
    INSERT INTO payments_payment
        (id, tenant_id, status, version, flag, failure_code, failure_message, created_at, wallet_id,
         {", ".join(_PAYMENT)})
    SELECT payment_id, tenant_id, 'processing', 1, '', '', '', now, wallet_id,
           {", ".join(_PAYMENT)}
    FROM fresh
), att AS (
    INSERT INTO payments_paymentattempt
        (id, public_id, tenant_id, payment_id, number, kind, state, gateway_account_id, gateway_payment_id,
         gateway_status, request_id, next_action_kind, next_action_value, error_code, error_message, routing,
         created_at, next_step, next_check_at, checks, close_reason, fence)
    SELECT attempt_id, reference_id, tenant_id, payment_id, 1, 'charge', 'sending', account_id, '', '', '',
           '', '', '', '', routing, now, 'resend', next_check_at, 0, '', 1
    FROM fresh
), his AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor,
         attempt_id, raw, occurred_at, recorded_at)
    SELECT tenant_id, payment_id, 1, '', 'processing', true, 'api', '', 'created', principal, attempt_id,
           '{{}}', now, now
    FROM fresh
), evt AS (
    INSERT INTO events_outboxevent (public_id, tenant_id, type, subject_type, subject_id, subject_version, payload,
                                    occurred_at, recorded_at)
    SELECT told_id, tenant_id, 'payment.created', 'payment', payment_id, 1, told, now, now FROM fresh
)
SELECT given.reference_id, given.wallet_id, idem.id, given.payment_id, given.attempt_id
FROM given LEFT JOIN idem ON idem.resource_id = given.payment_id
"""

_NOTE_ANSWER = f"""
WITH given AS MATERIALIZED (
    SELECT d.*, p.tenant_id, p.version FROM {_rows(_ANSWERED)} CROSS JOIN LATERAL (
        SELECT tenant_id, version FROM payments_payment
        WHERE id = d.payment_id AND status = 'processing' AND flag = ''
        LIMIT 1 FOR NO KEY UPDATE
    ) p
    -- To the planner an equality leaves one row of a hundred: it then looks up what it would read whole while small.
    WHERE d.fence = 1
), att AS (
    UPDATE payments_paymentattempt a
    SET state = 'pending', gateway_payment_id = d.gateway_payment_id, gateway_status = d.gateway_status,
        request_id = d.request_id, next_action_kind = d.next_action_kind, next_action_value = d.next_action_value,
        kept = d.kept, answered_at = d.now, next_step = 'ask', next_check_at = d.next_check_at
    FROM given d
    WHERE a.id = d.attempt_id AND a.payment_id = d.payment_id AND a.state = 'sending' AND a.fence = d.fence
    RETURNING a.id
), moved AS (
    UPDATE payments_payment p SET status = d.status_after, version = d.version + 1
    FROM given d, att WHERE p.id = d.payment_id AND att.id = d.attempt_id
    RETURNING p.id
), noted AS MATERIALIZED (
    SELECT given.* FROM moved JOIN given ON given.payment_id = moved.id
), his AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor,
         attempt_id, raw, occurred_at, recorded_at)
    SELECT tenant_id, payment_id, version + 1, 'processing', status_after, true, 'answer', outcome, '', '',
           attempt_id, raw, occurred_at, now
    FROM noted
), evt AS (
    INSERT INTO events_outboxevent (public_id, tenant_id, type, subject_type, subject_id, subject_version, payload,
                                    occurred_at, recorded_at)
    SELECT told_id, tenant_id, told_type, 'payment', payment_id, version + 1, told, occurred_at, now FROM noted
), ide AS (
    UPDATE tenants_idempotencyrecord r SET status = d.answer_status, body = convert_to(d.answer, 'UTF8')
    FROM noted d WHERE r.id = d.record_id
)
SELECT payment_id FROM noted
"""


@dataclass(frozen=True, slots=True)
class Inserted:
    """The rows that were written; ids as the database gave them."""

    record_id: int
    payment_id: int
    attempt_id: int


class NoWallet(Exception):
    """The payee has no wallet that takes sales: none was made yet, or it is frozen."""


def insert(row: dict[str, Any]) -> Inserted | None:
    """Write record, payment, attempt, history and event; None when the idempotency key was there before.

    `row` by the names of _GIVEN and _PAYMENT. Raises NoWallet, and has written nothing then.
    """
    wallet_id, record_id, payment_id, attempt_id = _insert(row)
    if wallet_id is None:
        raise NoWallet
    return Inserted(record_id, payment_id, attempt_id) if record_id is not None else None


def note_answer(row: dict[str, Any]) -> bool:
    """Note that the payer must act; False when payment or attempt had moved on, and nothing was written.

    `row` by the names of _ANSWERED.
    """
    return _note_answer(row)


def _insert_rows(rows: Sequence[dict[str, Any]]) -> list[tuple[int | None, int | None, int, int]]:
    found = {reference_id: ids for reference_id, *ids in execute(_INSERT, [_json(rows)]).fetchall()}
    return [found[row["reference_id"]] for row in rows]


def _note_answers(rows: Sequence[dict[str, Any]]) -> list[bool]:
    # In the order in which settling locks payments.
    ordered = sorted(rows, key=itemgetter("payment_id"))
    noted = {payment_id for (payment_id,) in execute(_NOTE_ANSWER, [_json(ordered)]).fetchall()}
    return [row["payment_id"] in noted for row in rows]


_insert = Together(_insert_rows)
_note_answer = Together(_note_answers)


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()

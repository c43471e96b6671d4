"""Payments that wait for their success, and the webhooks that bring it: made set-based, as the service leaves them."""

import psycopg

from bench import events
from bench.contents import WALLETS, Contents

# Ids that sort by age, as the service's own do; the last digits are the row's number.
PAYMENT_UUID = "('019a0000-0000-7000-8000-' || lpad(to_hex({id}), 12, '0'))::uuid"
ATTEMPT_UUID = "('019a0000-0000-7000-9000-' || lpad(to_hex({id}), 12, '0'))::uuid"
_REFERENCE = "('019a0000000070009000' || lpad(to_hex({id}), 12, '0'))"

_PAYMENTS = f"""
WITH numbered AS MATERIALIZED (
    SELECT nextval('payments_payment_id_seq') AS id FROM generate_series(1, %(count)s)
), payment AS (
    INSERT INTO payments_payment
        (id, public_id, tenant_id, status, version, flag, purpose, amount_minor, currency, commission_minor,
         commission_version_id, commission_lines, wallet_id, order_id, order_claim, event_id, external_reference,
         user_id, payer_email, payer_phone, payer_name, description, line_items, metadata, custom_params, allow_pending,
         preferred_gateways, payment_method, payment_token, country, return_url, gateway, failure_code,
         failure_message, created_at, expires_at)
    SELECT id, {PAYMENT_UUID.format(id="id")}, %(tenant_id)s, 'requires_action', 2, '', 'ticket_sale',
           2000 + id %% 1000, 'EUR', 150 + id %% 50, %(version_id)s,
           '[{{"kind": "percent", "amount": 100, "basis": "5 %% of 20.00 EUR"}}]',
           %(first_wallet_id)s + id * 7919 %% {WALLETS},
           'A-' || id, 'ticket_sale:A-' || id, 'nuit-12', '', 'user-' || id %% 1000, 'awa.diop@example.org', '',
           'Awa Diop', 'Two tickets for Nuit du Baobab',
           '[{{"description": "Ticket", "unit_price": 1000, "quantity": 2, "product_url": ""}}]',
           '{{"channel": "web"}}', '{{}}', true, '[]', 'card', '', 'SN', '', 'bench', '', '', now(),
           now() + interval '1 day'
    FROM numbered
    RETURNING id, amount_minor
), attempt AS (
    INSERT INTO payments_paymentattempt
        (id, public_id, tenant_id, payment_id, number, kind, state, gateway_account_id, gateway_payment_id,
         gateway_status, request_id, next_action_kind, next_action_value, error_code, error_message, routing,
         created_at, answered_at, next_step, next_check_at, checks, close_reason, fence)
    SELECT nextval('payments_paymentattempt_id_seq'), {ATTEMPT_UUID.format(id="id")}, %(tenant_id)s, id, 1, 'charge',
           'pending', %(account_id)s, 'pi_' || {_REFERENCE.format(id="id")}, 'requires_action', '', 'client_secret',
           'pi_' || {_REFERENCE.format(id="id")} || '_secret_bench', '', '',
           '{{"chosen": "bench", "reasons": {{"bench": "lowest priority number"}}}}', now(), now(), 'ask',
           now() + interval '1 day', 0, '', 1
    FROM payment
), history AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor, raw,
         occurred_at, recorded_at)
    SELECT %(tenant_id)s, id, 2, 'processing', 'requires_action', true, 'answer', 'requires_action', '', '', '{{}}',
           now(), now()
    FROM payment
)
SELECT min(id), max(id) FROM payment
"""
_EVENT = f"'evt_' || copy || {_REFERENCE.format(id='id')}"
_EVENTS = f"""
INSERT INTO gateways_inboundevent (gateway_account_id, dedupe_key, event_type, body, received_at, state, reason, tries,
                                   next_try_at)
SELECT %(account_id)s, {_EVENT}, 'payment_intent.succeeded',
       {
    events.sql_body(
        event=f"(copy || {_REFERENCE.format(id='id')})",
        reference_hex=_REFERENCE.format(id="id"),
        amount="amount_minor::text",
    )
},
       clock_timestamp(), 'received', '', 0, clock_timestamp()
FROM payments_payment, generate_series(1, %(copies)s) AS copy
WHERE id BETWEEN %(first)s AND %(last)s
ORDER BY CASE WHEN %(copies)s > 1 THEN random() END, id
"""


def add_payments(connection: psycopg.Connection, contents: Contents, *, count: int) -> tuple[int, int]:
    """Make payments that wait for the payer; returns the first and the last id."""
    row = connection.execute(_PAYMENTS, _of(contents) | {"count": count}).fetchone()
    assert row is not None
    return row[0], row[1]


def add_events(connection: psycopg.Connection, contents: Contents, *, first: int, last: int, copies: int = 1) -> None:
    """Make their successes arrive; with more than one copy of each, in any order."""
    values = {"first": first, "last": last, "copies": copies, "template": events.SUCCEEDED}
    connection.execute(_EVENTS, _of(contents) | values)


def add(connection: psycopg.Connection, contents: Contents, *, count: int, copies: int = 1) -> tuple[int, int]:
    first, last = add_payments(connection, contents, count=count)
    add_events(connection, contents, first=first, last=last, copies=copies)
    return first, last


def _of(contents: Contents) -> dict[str, object]:
    return {
        "tenant_id": contents.tenant_id,
        "account_id": contents.account_id,
        "first_wallet_id": contents.first_wallet_id,
        "version_id": contents.version_id,
    }

"""The plain case for a whole batch: charges that succeeded, of payments that wait for just that.

One statement moves payments, attempts and history; `settle` books and tells. The rule is the one of `outcome`, and a
property test holds both against each other.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from common import arrays
from common.database import execute
from common.money import Money

_SETTLE = """
WITH news AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::uuid[], %s::bigint[], %s::text[],
                         %s::timestamptz[], %s::text[])
        AS n(event_id, account_id, gateway_payment_id, reference, amount_minor, currency, occurred_at, gateway_status)
), found AS MATERIALIZED (
    SELECT DISTINCT ON (a.payment_id) n.*, a.id AS attempt_id, a.payment_id
    FROM news n CROSS JOIN LATERAL (
        -- There is one. LIMIT lets the planner look it up by this pair, where it would join it to all that are open.
        SELECT id, payment_id, public_id, state FROM payments_paymentattempt
        WHERE gateway_account_id = n.account_id AND gateway_payment_id = n.gateway_payment_id
          AND gateway_payment_id <> ''
        LIMIT 1
    ) a
    WHERE a.state IN ('sending', 'unknown', 'pending') AND (n.reference IS NULL OR n.reference = a.public_id)
    ORDER BY a.payment_id, n.event_id
), locked AS MATERIALIZED (
    -- Locked together with its news: joined afterwards, every row would be compared with every other.
    SELECT p.status AS status_before, found.* FROM found JOIN payments_payment p ON p.id = found.payment_id
    ORDER BY p.id FOR NO KEY UPDATE OF p
), paid AS (
    UPDATE payments_payment p
    SET status = 'completed', version = p.version + 1, completed_at = locked.occurred_at,
        flag = CASE WHEN p.flag = 'unresolved' THEN '' ELSE p.flag END
    FROM locked
    WHERE p.id = locked.payment_id AND p.status IN ('pending', 'processing', 'requires_action')
      AND p.amount_minor = locked.amount_minor AND p.currency = locked.currency
    RETURNING p.id, p.public_id, p.tenant_id, p.version, p.amount_minor, p.commission_minor, p.currency, p.wallet_id,
              p.order_id, p.event_id AS for_event, p.external_reference, p.flag, locked.status_before,
              locked.event_id, locked.attempt_id, locked.account_id, locked.occurred_at, locked.gateway_status
), attempts AS (
    UPDATE payments_paymentattempt a
    SET state = 'succeeded', gateway_status = paid.gateway_status, answered_at = %s, next_check_at = NULL,
        error_code = '', error_message = ''
    FROM paid WHERE a.id = paid.attempt_id
), history AS (
    INSERT INTO payments_paymenthistory
        (tenant_id, payment_id, version, status_before, status_after, changed, source, outcome, reason, actor,
         attempt_id, inbound_event_id, raw, occurred_at, recorded_at)
    SELECT tenant_id, id, version, status_before, 'completed', true, 'webhook', 'succeeded', '', '',
           attempt_id, event_id, '{}', occurred_at, %s
    FROM paid
)
SELECT paid.id, paid.public_id, paid.tenant_id, paid.version, paid.amount_minor, paid.commission_minor, paid.currency,
       paid.wallet_id, w.public_id, paid.order_id, paid.for_event, paid.external_reference, paid.flag, paid.event_id,
       paid.account_id, paid.occurred_at
FROM paid JOIN wallets_wallet w ON w.id = paid.wallet_id
ORDER BY paid.id
"""

_ALREADY_PAID = """
SELECT n.event_id, p.id
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::uuid[], %s::bigint[], %s::text[])
     AS n(event_id, account_id, gateway_payment_id, reference, amount_minor, currency)
JOIN payments_paymentattempt a ON a.gateway_account_id = n.account_id AND a.gateway_payment_id = n.gateway_payment_id
 AND a.gateway_payment_id <> '' AND a.state = 'succeeded' AND (n.reference IS NULL OR n.reference = a.public_id)
JOIN payments_payment p ON p.id = a.payment_id AND p.amount_minor = n.amount_minor AND p.currency = n.currency
 AND p.status IN ('completed', 'partially_refunded', 'refunded')
"""


@dataclass(frozen=True, slots=True)
class Charged:
    """A webhook's claim that a charge succeeded, checked as far as it can be without the payment."""

    event_id: int
    gateway_account_id: int
    gateway_payment_id: str
    reference: UUID | None
    amount: Money
    occurred_at: datetime
    gateway_status: str


class Paid(NamedTuple):
    """A payment that was moved to completed by the statement."""

    payment_id: int
    public_id: UUID
    tenant_id: int
    version: int
    amount_minor: int
    commission_minor: int
    currency: str
    wallet_id: int
    wallet_public_id: UUID
    order_id: str
    for_event: str
    external_reference: str
    flag: str
    event_id: int
    gateway_account_id: int
    occurred_at: datetime


def settle(news: list[Charged], *, now: datetime) -> list[Paid]:
    """Move what waits; what is not returned was not in the plain state and goes through `outcome.apply_report`."""
    parameters = [
        *_columns(news),
        arrays.of_moments(item.occurred_at for item in news),
        arrays.of_texts(item.gateway_status for item in news),
        now,
        now,
    ]
    return [Paid._make(row) for row in execute(_SETTLE, parameters).fetchall()]


def already_paid(news: list[Charged]) -> dict[int, int]:
    """Events that repeat what is booked, with their payment: they change nothing."""
    return dict(execute(_ALREADY_PAID, _columns(news)).fetchall())


def _columns(news: list[Charged]) -> list[Any]:
    return [
        arrays.of_integers(item.event_id for item in news),
        arrays.of_integers(item.gateway_account_id for item in news),
        arrays.of_texts(item.gateway_payment_id for item in news),
        arrays.of_uuids(item.reference for item in news),
        arrays.of_integers(item.amount.minor for item in news),
        arrays.of_texts(item.amount.currency for item in news),
    ]

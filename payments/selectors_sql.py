"""Reading one payment by its public id: the statement that callers poll with. The ORM would take longer to write it
than the database to answer it; its reference in the ORM is `selectors.rows_of`, and a test compares them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from common.database import execute

_JSON_COLUMNS = ("commission_lines", "line_items", "metadata", "custom_params")
# The columns of the payment itself; `selectors` reads the same.
PAYMENT_COLUMNS = (
    "id",
    "public_id",
    "version",
    "gateway",
    "amount_minor",
    "currency",
    "purpose",
    "commission_minor",
    "commission_lines",
    "payment_method",
    "description",
    "order_id",
    "event_id",
    "external_reference",
    "user_id",
    "line_items",
    "metadata",
    "custom_params",
    "created_at",
    "expires_at",
    "status",
    "failure_code",
    "failure_message",
    "completed_at",
)
_COLUMNS = {
    **{name: f"p.{name}" for name in PAYMENT_COLUMNS},
    "wallet__owner_type": "w.owner_type",
    "wallet__owner_id": "w.owner_id",
    "attempt_state": "a.state",
    "action_kind": "a.next_action_kind",
    "action_value": "a.next_action_value",
}

_ONE = f"""
SELECT {", ".join(_COLUMNS.values())}
FROM payments_payment p
JOIN wallets_wallet w ON w.id = p.wallet_id
LEFT JOIN LATERAL (
    SELECT state, next_action_kind, next_action_value FROM payments_paymentattempt
    WHERE payment_id = p.id ORDER BY number DESC LIMIT 1
) a ON true
WHERE p.public_id = %(public_id)s AND p.tenant_id = %(tenant_id)s
  AND (%(user_id)s::text = '' OR p.user_id = %(user_id)s)
"""


def visible_row(*, tenant_id: int, user_id: str, public_id: UUID) -> dict[str, Any] | None:
    """The tenant's payment; where `user_id` is given, only if it is that payer's."""
    values = execute(_ONE, {"public_id": public_id, "tenant_id": tenant_id, "user_id": user_id}).fetchone()
    if values is None:
        return None
    row = dict(zip(_COLUMNS, values, strict=True))
    for name in _JSON_COLUMNS:
        row[name] = orjson.loads(row[name])
    return row


# The newest attempts only: a sliding window whose cost does not grow with the table.
_RATES = """
SELECT gateway_account_id, count(*) FILTER (WHERE state IN ('succeeded', 'late', 'authorized')), count(*)
FROM payments_paymentattempt
WHERE id > (SELECT coalesce(max(id), 0) FROM payments_paymentattempt) - %s
  AND tenant_id = %s AND created_at > %s
  AND state IN ('succeeded', 'late', 'authorized', 'declined', 'not_sent', 'unknown')
GROUP BY gateway_account_id
"""


def endings(*, tenant_id: int, newest: int, since: datetime) -> list[tuple[int, int, int]]:
    """Gateway account, how many of its last attempts were paid, how many ended or are in doubt."""
    rows = execute(_RATES, [newest, tenant_id, since]).fetchall()
    return [(account, paid, ended) for account, paid, ended in rows]

"""After a round: nothing more goes wrong, and the jobs run until everything that can be decided is decided."""

import time
from collections.abc import Callable, Collection

import psycopg

from bench.chaos.evidence import kept_errors_of
from bench.chaos.simulator import Control

_SECONDS_MAX = 90.0
_HURRY_SECONDS = 1.0
_UNPAID, _APPROVED = frozenset({"CREATED", "PAYER_ACTION_REQUIRED"}), frozenset({"APPROVED"})
# By then what was approved has been collected, unless the service means to close it.
_COLLECTED_SECONDS = 10.0
# As if the time had come to ask: doubling the wait after each question is not what is tested here.
_ASK_NOW = "UPDATE payments_paymentattempt SET next_check_at = now() WHERE next_check_at > now() + interval '1 second'"
_APPLY_NOW = "UPDATE gateways_inboundevent SET next_try_at = now() WHERE state = 'parked' AND next_try_at > now()"
# As if the day had passed: who has not paid by now does not pay any more. What may never have come to the gateway is
# sent again first, as it would have been a hundred times in a day.
_EXPIRE = """
UPDATE payments_payment p SET expires_at = now()
WHERE status IN ('pending', 'processing', 'requires_action', 'authorized') AND expires_at > now()
  AND EXISTS (SELECT 1 FROM payments_paymentattempt a WHERE a.payment_id = p.id AND a.state = 'pending')
"""
_OPEN = (
    "SELECT 'att_' || replace(public_id::text, '-', '') FROM payments_paymentattempt WHERE next_check_at IS NOT NULL"
)
_WAITING = "SELECT count(*) FROM gateways_inboundevent WHERE state IN ('received', 'parked')"


def _close_orders(control: Control, *, closing: Collection[str]) -> None:
    """As if hours had passed at PayPal, which alone can close an order that was not collected."""
    for account in control.call("GET", "/books?gateway=paypal")["accounts"]:
        for line in account["payments"]:
            if line["status"] in closing:
                control.call("POST", f"/paypal/orders/{line['gateway_payment_id']}/void")


def let_it_settle(
    connect: Callable[[], psycopg.Connection], *, control: Control, keep_up: Callable[[], None]
) -> tuple[int, int]:
    """How many attempts and webhooks are open in the end. `keep_up` restarts what should run and does not."""
    started = time.monotonic()
    hurried_at, open_, waiting = 0.0, set[str](), 0
    with connect() as connection:
        while (age := time.monotonic() - started) < _SECONDS_MAX:
            keep_up()
            open_ = {reference for (reference,) in connection.execute(_OPEN)}
            waiting = _count(connection)
            if not open_ and not waiting and control.call("GET", "/webhooks?limit=0")["waiting"] == 0:
                break
            if age - hurried_at > _HURRY_SECONDS:
                hurried_at = age
                _close_orders(control, closing=_UNPAID | _APPROVED if age > _COLLECTED_SECONDS else _UNPAID)
                for statement in (_EXPIRE, _ASK_NOW, _APPLY_NOW):
                    connection.execute(statement)
                if age > _COLLECTED_SECONDS and not waiting and open_ <= kept_errors_of(control):
                    break
            time.sleep(0.1)
    return len(open_), waiting


def _count(connection: psycopg.Connection) -> int:
    row = connection.execute(_WAITING).fetchone()
    return int(row[0]) if row else 0

"""After a round: nothing more goes wrong, and the jobs run until everything that can be decided is decided."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import psycopg

from bench.chaos.overheard import Overheard
from bench.chaos.simulator import Control, ControlFailed

_SECONDS_MAX = 90.0
_HURRY_SECONDS = 1.0
_UNPAID, _APPROVED = frozenset({"CREATED", "PAYER_ACTION_REQUIRED"}), frozenset({"APPROVED"})
# When nothing has changed for so long: what was approved and is not collected the service means to close; and what is
# still in doubt has been asked about several times.
_COLLECTED_SECONDS, _ASKED_SECONDS = 2.0, 4.0
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
# As if a quarter of an hour had passed since a gateway that knows our reference for ever first said that it does not
# know this one: that it never will is believed the second time, and late.
_GROW_OLD = """
UPDATE payments_paymentattempt a
SET created_at = a.created_at - interval '15 minutes', not_found_since = not_found_since - interval '15 minutes'
FROM gateways_gatewayaccount g
WHERE g.id = a.gateway_account_id AND g.gateway = 'mtn_momo'
  AND (not_found_since > now() - interval '1 minute'
       OR not_found_since IS NOT NULL AND a.created_at > now() - interval '15 minutes')
"""
_OPEN = (
    "SELECT 'att_' || replace(public_id::text, '-', '') FROM payments_paymentattempt WHERE next_check_at IS NOT NULL"
)
_WAITING = """
SELECT (SELECT count(*) FROM gateways_inboundevent WHERE state = 'received')
     + (SELECT count(*) FROM gateways_inboundevent WHERE state = 'parked')
"""
_UNTOLD = """
SELECT (SELECT count(*) FROM events_outboxevent WHERE dispatched_at IS NULL)
     + (SELECT count(*) FROM events_delivery WHERE state = 'waiting')
"""


@dataclass(frozen=True, slots=True)
class Open:
    """What is still undecided. False when nothing is."""

    attempts: frozenset[str]
    webhooks: int
    deliveries: int

    def __bool__(self) -> bool:
        return bool(self.attempts or self.webhooks or self.deliveries)

    def __str__(self) -> str:
        return f"{len(self.attempts)} attempts, {self.webhooks} webhooks, {self.deliveries} deliveries"


def let_it_settle(
    connect: Callable[[], psycopg.Connection],
    *,
    control: Control,
    overheard: Overheard,
    keep_up: Callable[[], None],
) -> Open:
    """What is open in the end. `keep_up` restarts what should run and does not."""
    started = time.monotonic()
    hurried_at = changed_at = 0.0
    before = Open(frozenset(), 0, 0)
    with connect() as connection:
        while True:
            keep_up()
            left = _look(connection)
            age = time.monotonic() - started
            if left != before:
                before, changed_at = left, age
            if age > _SECONDS_MAX or (not left and control.call("GET", "/webhooks?limit=1")["waiting"] == 0):
                return left
            if age - hurried_at > _HURRY_SECONDS:
                hurried_at = age
                is_collected = age - changed_at > _COLLECTED_SECONDS
                _hurry(connection, control, closing=_UNPAID | _APPROVED if is_collected else _UNPAID)
                if age - changed_at > _ASKED_SECONDS and _only_people_can_tell(left, control, overheard):
                    return left
            time.sleep(0.1)


def _look(connection: psycopg.Connection) -> Open:
    return Open(
        attempts=frozenset(reference for (reference,) in connection.execute(_OPEN)),
        webhooks=_count(connection, _WAITING),
        deliveries=_count(connection, _UNTOLD),
    )


def _hurry(connection: psycopg.Connection, control: Control, *, closing: Collection[str]) -> None:
    """As if hours had passed, at the gateways first."""
    _close_orders(control, closing=closing)
    _end_prompts(control)
    for statement in (_EXPIRE, _GROW_OLD, _ASK_NOW, _APPLY_NOW):
        connection.execute(statement)


def _close_orders(control: Control, *, closing: Collection[str]) -> None:
    """PayPal alone can close an order that was not collected."""
    for account in control.call("GET", "/books?gateway=paypal")["accounts"]:
        for line in account["payments"]:
            if line["status"] in closing:
                control.call("POST", f"/paypal/orders/{line['gateway_payment_id']}/void")


def _end_prompts(control: Control) -> None:
    """Nobody answers the phone any more."""
    for prompt in control.prompts():
        try:
            control.end_prompt(prompt["gateway_payment_id"], status="FAILED", reason="EXPIRED")
        except ControlFailed:
            """It was answered in this moment."""


def _only_people_can_tell(left: Open, control: Control, overheard: Overheard) -> bool:
    overheard.listen(control)
    return not left.webhooks and not left.deliveries and left.attempts <= overheard.kept_errors


def _count(connection: psycopg.Connection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0

"""Webhooks: signed with the account's own key over the raw bytes, sent until they are taken, kept until then.

There is no id and no time in them, and nothing is sent about a payment that failed or was abandoned.
"""

import hmac

import orjson

from simulator.deliveries import Delivery
from simulator.paystack.accounts import Accounts
from simulator.paystack.state import Account, Event
from simulator.wire import Json
from simulator.world import World


def sign(body: bytes, *, key: str) -> dict[str, str]:
    digest = hmac.digest(key.encode(), body, "sha512").hex()
    return {"Content-Type": "application/json", "User-Agent": "Paystack/2.0", "x-paystack-signature": digest}


class Publisher:
    def __init__(self, *, world: World, accounts: Accounts) -> None:
        self._world = world
        self._accounts = accounts
        self.sent: list[Delivery] = []

    def publish(self, event_type: str, *, account: Account, data: Json, payment: str, reference: str) -> None:
        """Make the event and send it, where the account has an address. The caller holds the world's lock."""
        if not account.record.webhook_url:
            return
        body = orjson.dumps({"event": event_type, "data": data}).decode()
        event = Event(
            id=self._world.token(length=16),
            account=account.record.id,
            type=event_type,
            body=body,
            payment=payment,
            reference=reference,
        )
        self._accounts.keep(event)
        self.sent.append(self._send(event, account=account))

    def resume(self, account: Account) -> None:
        """Send again what had not arrived when the process ended."""
        for event in account.events.values():
            self._send(event, account=account)

    def _send(self, event: Event, *, account: Account) -> Delivery:
        key = account.record.key
        delivery = Delivery(
            gateway="paystack",
            account=key,
            event_id=event.id,
            event_type=event.type,
            payment=event.payment,
            references=frozenset({event.reference}),
            url=account.record.webhook_url,
            body=event.body.encode(),
            sign=lambda body, _moment: sign(body, key=key),
            forge=lambda body, _moment: sign(body, key=f"not {key}"),
            on_delivered=lambda: self._tick_off(event),
        )
        self._world.dispatcher.send(delivery)
        return delivery

    def _tick_off(self, event: Event) -> None:
        with self._world.lock:
            self._accounts.forget_event(event)

"""Webhooks: an event with the object as it is at that moment, kept and sent signed to the account's one address."""

import uuid
from dataclasses import dataclass, field

import orjson

from simulator.deliveries import Delivery
from simulator.paypal.certificates import Certificates
from simulator.paypal.state import Account, Accounts, Record, time_of
from simulator.wire import Json
from simulator.world import World

_RESOURCES = {
    "CHECKOUT.ORDER": ("checkout-order", "2.0"),
    "PAYMENT.CAPTURE": ("capture", "2.0"),
    "PAYMENT.REFUND": ("refund", "2.0"),
    "PAYMENT.AUTHORIZATION": ("authorization", "2.0"),
    "PAYMENT.PAYOUTSBATCH": ("payouts", "1.0"),
    "PAYMENT.PAYOUTS-ITEM": ("payouts_item", "1.0"),
    "CUSTOMER.DISPUTE": ("dispute", "1.0"),
}


@dataclass(slots=True)
class Cause:
    """What brought a change about; `sent` are the webhooks that it caused."""

    base_url: str = ""
    sent: list[Delivery] = field(default_factory=list)


class Publisher:
    def __init__(self, *, world: World, accounts: Accounts, certificates: Certificates) -> None:
        self._world = world
        self._accounts = accounts
        self._certificates = certificates

    def publish(
        self, event_type: str, account: Account, *, resource: Json, payment: str, references: list[str], cause: Cause
    ) -> None:
        """Make the event and send it. The caller holds the world's lock."""
        kind, version = _RESOURCES[event_type.rpartition(".")[0]]
        if kind == "capture" and event_type.endswith(("REFUNDED", "REVERSED")):
            kind = "refund"
        event_id = f"WH-{self._world.token(length=17).upper()}-{self._world.token(length=17).upper()}"
        body = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": time_of(self._world.now()),
            "resource_type": kind,
            "resource_version": version,
            "event_type": event_type,
            "summary": event_type.replace(".", " ").capitalize(),
            "resource": resource,
            "links": [],
        }
        event = self._accounts.add(
            account,
            "event",
            event_id,
            type=event_type,
            body=orjson.dumps(body).decode(),
            payment=payment,
            references=[reference for reference in references if reference],
            is_waiting=bool(account.record.webhook_url),
        )
        if account.record.webhook_url:
            cause.sent.append(self.send(event, account=account))

    def send(self, event: Record, *, account: Account) -> Delivery:
        hidden, webhook_id = event.hidden, account.record.webhook_id
        delivery = Delivery(
            gateway="paypal",
            account=account.record.key,
            event_id=event.id,
            event_type=hidden["type"],
            payment=hidden["payment"],
            references=frozenset(hidden["references"]),
            url=account.record.webhook_url,
            body=hidden["body"].encode(),
            sign=lambda body, moment: self._headers(body, moment=moment, webhook_id=webhook_id),
            forge=lambda body, moment: self._headers(body, moment=moment, webhook_id=f"{webhook_id}X"),
            on_delivered=lambda: self._tick_off(event),
        )
        self._world.dispatcher.send(delivery)
        return delivery

    def resume(self, account: Account) -> None:
        """Send again what had not arrived when the process ended."""
        for event in list(account.of("event").values()):
            if event.hidden["is_waiting"] and account.record.webhook_url:
                self.send(event, account=account)

    def _headers(self, body: bytes, *, moment: int, webhook_id: str) -> dict[str, str]:
        with self._world.lock:
            return self._certificates.headers(
                body, webhook_id=webhook_id, moment=moment, transmission_id=str(uuid.uuid4())
            )

    def _tick_off(self, event: Record) -> None:
        with self._world.lock:
            event.hidden["is_waiting"] = False
            if self._accounts.find(event.account) is not None:
                self._accounts.keep(event)

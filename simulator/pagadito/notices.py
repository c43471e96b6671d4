"""Webhooks: one event for each change of a status, signed, sent again until the merchant answers 200."""

import hashlib
from decimal import Decimal

import orjson

from simulator.deliveries import Delivery
from simulator.pagadito.records import Records
from simulator.pagadito.signing import Signer
from simulator.pagadito.state import Merchant, Notice, Transaction, usd_value
from simulator.wire import Json
from simulator.world import World

EVENT_TYPE = "TRANSACTION.STATUS.CHANGE"


class Notices:
    def __init__(self, *, world: World, records: Records, signer: Signer) -> None:
        self._world = world
        self._records = records
        self._signer = signer

    def announce(self, transaction: Transaction) -> None:
        """Tell the merchant the new status. The caller holds the world's lock."""
        merchant = self._records.merchants[transaction.uid]
        if not merchant.webhook_url:
            return
        event_id = f"EV-{self._world.token(length=20)}"
        body = {
            "id": event_id,
            "event_create_timestamp": self._world.now(),
            "event_type": EVENT_TYPE,
            "resource": {
                "token": transaction.token,
                "ern": transaction.ern,
                "status": transaction.status,
                "reference": transaction.reference or None,
                "date_trans": transaction.date_trans or None,
                "amount": amount_shown(transaction, merchant=merchant),
            },
        }
        notice = Notice(
            id=event_id,
            notification=hashlib.blake2b(event_id.encode(), digest_size=12).hexdigest(),
            uid=merchant.uid,
            token=transaction.token,
            ern=transaction.ern,
            cert_url=f"{transaction.base_url}/pagadito/certificates/{self._signer.name}",
            body=orjson.dumps(body).decode(),
        )
        self._records.keep_notice(notice)
        self.send(notice)

    def send(self, notice: Notice) -> None:
        merchant = self._records.merchants[notice.uid]

        def sign(body: bytes, moment: int, *, forged: bool = False) -> dict[str, str]:
            return self._signer.headers(
                body,
                moment=moment,
                wsk=merchant.wsk,
                notification=notice.notification,
                cert_url=notice.cert_url,
                forged=forged,
            )

        self._world.dispatcher.send(
            Delivery(
                gateway="pagadito",
                account=merchant.uid,
                event_id=notice.id,
                event_type=EVENT_TYPE,
                payment=notice.token,
                references=frozenset({notice.ern}),
                url=merchant.webhook_url,
                body=notice.body.encode(),
                sign=sign,
                forge=lambda body, moment: sign(body, moment, forged=True),
                on_delivered=lambda: self._tick_off(notice),
            )
        )

    def resume(self) -> None:
        """Send again what had not arrived when the process ended."""
        for notice in self._records.notices.values():
            if notice.is_waiting and self._records.merchants[notice.uid].webhook_url:
                self.send(notice)

    def _tick_off(self, notice: Notice) -> None:
        with self._world.lock:
            notice.is_waiting = False
            self._records.keep_notice(notice)


def amount_shown(transaction: Transaction, *, merchant: Merchant) -> Json:
    if merchant.converts and transaction.currency != "USD":
        total = usd_value(Decimal(transaction.amount), transaction.currency)
        return {"total": str(total), "currency": "USD"}
    return {"total": transaction.amount, "currency": transaction.currency}

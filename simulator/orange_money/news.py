"""Notifications: made when a payment ends, kept until taken, sent again while they are not.

Orange publishes no schedule of its retries, so the world's own is used; a shop must not rely on any.
"""

import base64

import orjson

from simulator.deliveries import Delivery
from simulator.orange_money.state import GATEWAY, Account, News, Order, State
from simulator.wire import Json

_PLAIN = {"Content-Type": "application/json"}


class Publisher:
    def __init__(self, state: State) -> None:
        self._state = state
        # What the call that is being answered has caused.
        self.sent: list[Delivery] = []

    def webpay(self, order: Order) -> None:
        body = {"status": order.status, "notif_token": order.notif_token, "txnid": order.txnid}
        self._publish(order, url=order.notif_url, body=body)

    def cameroon(self, order: Order) -> None:
        body = {"payToken": order.id, "status": order.status, "message": "The transaction has ended."}
        self._publish(order, url=order.notif_url, body=body)

    def sonatel(self, order: Order, *, account: Account, body: Json) -> None:
        """The registered apiKey comes back in the header, or in the body where the account says so."""
        key = account.settings.get("callback_api_key", "")
        url = order.notif_url or account.settings.get("callback_url", "")
        if account.settings.get("api_key_in") == "body":
            self._publish(order, url=url, body={**body, "apiKey": key})
            return
        proof = {"Authorization": _basic(key)}
        self._publish(order, url=url, body=body, headers=proof, false_headers={"Authorization": _basic("no key")})

    def send(self, news: News) -> None:
        order = self._state.orders[news.order]
        delivery = Delivery(
            gateway=GATEWAY,
            account=order.account,
            event_id=news.id,
            event_type=f"{order.product}.{order.status}",
            payment=order.id,
            references=order.references,
            url=news.url,
            body=news.body.encode(),
            sign=lambda _body, _moment: {**_PLAIN, **news.headers},
            forge=lambda _body, _moment: {**_PLAIN, **news.false_headers},
            on_delivered=lambda: self._tick_off(news),
        )
        self._state.world.dispatcher.send(delivery)
        self.sent.append(delivery)

    def _publish(
        self,
        order: Order,
        *,
        url: str,
        body: Json,
        headers: dict[str, str] | None = None,
        false_headers: dict[str, str] | None = None,
    ) -> None:
        if not url:
            return
        news = News(
            id=f"n{self._state.world.token(length=20)}",
            order=order.id,
            url=url,
            body=orjson.dumps(body).decode(),
            headers=headers or {},
            false_headers=false_headers or {},
        )
        self._state.keep(news)
        self.send(news)

    def _tick_off(self, news: News) -> None:
        with self._state.world.lock:
            self._state.forget_news(news)


def _basic(key: str) -> str:
    return f"Basic {base64.b64encode(key.encode()).decode()}"

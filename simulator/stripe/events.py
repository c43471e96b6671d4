"""Events: a snapshot of the object at the moment it changed, kept for the list and sent signed to every endpoint.

Signature: HMAC-SHA256 over "<t>.<raw body>" with the endpoint's secret string as it is.
"""

import hmac
from dataclasses import dataclass, field

import orjson

from simulator.deliveries import Delivery
from simulator.stripe.accounts import Accounts
from simulator.stripe.objects import API_VERSION
from simulator.stripe.state import Account, Endpoint, Event, Intent
from simulator.wire import Json
from simulator.world import World


@dataclass(slots=True)
class Cause:
    """What brought a change about: an API request, or a payer or the passing of time when both ids are absent."""

    base_url: str = ""
    request_id: str | None = None
    idempotency_key: str | None = None
    sent: list[Delivery] = field(default_factory=list)


def sign(body: bytes, *, moment: int, secret: str) -> dict[str, str]:
    digest = hmac.digest(secret.encode(), b"%d." % moment + body, "sha256").hex()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Accept": "*/*; q=0.5, application/xml",
        "Stripe-Signature": f"t={moment},v1={digest}",
    }


class Publisher:
    def __init__(self, *, world: World, accounts: Accounts) -> None:
        self._world = world
        self._accounts = accounts

    def publish(
        self, event_type: str, *, intent: Intent, shape: Json, cause: Cause, previous: Json | None = None
    ) -> None:
        """Make the event of a payment and send it. The caller holds the world's lock."""
        self.announce(
            event_type,
            account=self._accounts.of(intent.account),
            payment=intent.id,
            references=list(intent.metadata.values()),
            shape=shape,
            cause=cause,
            previous=previous,
        )

    def announce(
        self,
        event_type: str,
        *,
        account: Account,
        shape: Json,
        cause: Cause,
        payment: str = "",
        references: list[str] | None = None,
        previous: Json | None = None,
    ) -> None:
        receivers = [endpoint for endpoint in account.endpoints.values() if _wants(endpoint, event_type)]
        event_id = f"evt_3{self._world.token(length=23)}"
        created = self._world.now()
        event = Event(
            id=event_id,
            account=account.id,
            type=event_type,
            created=created,
            body=_body(event_id, event_type, created=created, shape=shape, cause=cause, previous=previous,
                       receivers=len(receivers)),
            payment=payment,
            references=references or [],
            waiting=[endpoint.id for endpoint in receivers],
        )  # fmt: skip
        self._accounts.keep(event)
        for endpoint in receivers:
            cause.sent.append(self.send(event, endpoint=endpoint))

    def send(self, event: Event, *, endpoint: Endpoint) -> Delivery:
        delivery = Delivery(
            gateway="stripe",
            account=self._accounts.of(event.account).record.key,
            event_id=event.id,
            event_type=event.type,
            payment=event.payment,
            references=frozenset(event.references),
            url=endpoint.url,
            body=event.body.encode(),
            sign=lambda body, moment: sign(body, moment=moment, secret=endpoint.secret),
            forge=lambda body, moment: sign(body, moment=moment, secret=f"whsec_not_{endpoint.secret[-4:]}"),
            on_delivered=lambda: self._tick_off(event, endpoint=endpoint),
        )
        self._world.dispatcher.send(delivery)
        return delivery

    def resume(self, account: Account) -> None:
        """Send again what had not arrived when the process ended."""
        for event in account.events.values():
            for endpoint_id in event.waiting:
                if endpoint_id in account.endpoints:
                    self.send(event, endpoint=account.endpoints[endpoint_id])

    def _tick_off(self, event: Event, *, endpoint: Endpoint) -> None:
        with self._world.lock:
            if endpoint.id in event.waiting:
                event.waiting.remove(endpoint.id)
                self._world.store.keep(kind="stripe.event", key=event.id, record=event)


def _wants(endpoint: Endpoint, event_type: str) -> bool:
    return endpoint.status == "enabled" and ("*" in endpoint.enabled_events or event_type in endpoint.enabled_events)


def _body(
    event_id: str,
    event_type: str,
    *,
    created: int,
    shape: Json,
    cause: Cause,
    previous: Json | None,
    receivers: int,
) -> str:
    data: Json = {"object": shape}
    if previous is not None:
        data["previous_attributes"] = previous
    event = {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": receivers,
        "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
        "type": event_type,
    }
    return orjson.dumps(event, option=orjson.OPT_INDENT_2).decode()

"""The calls below /paypal: which path does what, and what each answers with."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from simulator.paypal.disputes import Disputes
from simulator.paypal.errors import PayPalError, not_here
from simulator.paypal.ground import Context, Ground
from simulator.paypal.orders import Orders
from simulator.paypal.payments import Payments
from simulator.paypal.payouts import Payouts
from simulator.paypal.reports import Reports
from simulator.paypal.state import Record
from simulator.routing import Route
from simulator.wire import Json

_HOURS, _DAYS = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Work:
    """`perform` makes or finds the record, `show` its answer; a repeated key is shown the record as it is now.

    `key_seconds` is how long a PayPal-Request-Id is known; 0: it is not looked at. `status` of the first answer.
    """

    perform: Callable[[Context], Record]
    show: Callable[[Record, Context], Json]
    status: int = 200
    key_seconds: int = 0


class Api:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.payments = Payments(ground)
        self.orders = Orders(ground, self.payments)
        self.payouts = Payouts(ground)
        self.disputes = Disputes(ground, self.payments)
        self.reports = Reports(ground)

    def routes(self) -> list[Route]:
        order, hold = "/v2/checkout/orders/{id}", "/v2/payments/authorizations/{id}"
        capture = "/v2/payments/captures/{id}"
        orders, payments = self._order, self._payment
        new, taken = (201, 6 * _HOURS), (201, 45 * _DAYS)
        batch = Work(_find("batch"), self._batch)
        return [
            _route("POST", "/v2/checkout/orders", "create", Work(self.orders.create, orders, *new)),
            _route("GET", order, "retrieve", Work(_find("order"), orders)),
            _route("POST", f"{order}/capture", "capture", Work(self._take("capture"), orders, *new)),
            _route("POST", f"{order}/authorize", "authorize", Work(self._take("authorize"), orders, *new)),
            _route("GET", hold, "retrieve_authorization", Work(_find("authorization"), payments)),
            _route(
                "POST", f"{hold}/capture", "capture_authorization",
                Work(self.payments.capture_hold, payments, *taken),
            ),
            _route("POST", f"{hold}/void", "void", Work(self.payments.void, payments)),
            _route("GET", capture, "retrieve_capture", Work(_find("capture"), payments)),
            _route("POST", f"{capture}/refund", "refund", Work(self.payments.refund, payments, *taken)),
            _route("GET", "/v2/payments/refunds/{id}", "retrieve_refund", Work(_find("refund"), payments)),
            _route("POST", "/v1/payments/payouts", "create_payout", Work(self.payouts.create, self._new_batch, 201)),
            _route("GET", "/v1/payments/payouts/{id}", "retrieve_payout", batch),
            _route("GET", "/v1/payments/payouts-item/{id}", "retrieve_payout_item", Work(self._item, self._shown_item)),
            _route(
                "POST", "/v1/payments/payouts-item/{id}/cancel", "cancel_payout_item",
                Work(self._cancel_item, self._shown_item),
            ),
            _route("GET", "/v1/reporting/transactions", "list_transactions", _list(self.reports.transactions)),
            _route("GET", "/v1/reporting/balances", "balances", _list(self.reports.balances)),
            _route(
                "GET", "/v1/customer/disputes/{id}", "retrieve_dispute",
                Work(_find("dispute"), self._dispute),
            ),
            _route(
                "POST", "/v1/customer/disputes/{id}/adjudicate", "adjudicate",
                Work(self.disputes.adjudicate, self._dispute),
            ),
            _route("POST", "/v1/notifications/verify-webhook-signature", "verify_webhook", _list(self._verified)),
        ]  # fmt: skip

    def _take(self, verb: str) -> Callable[[Context], Record]:
        return lambda context: self.orders.take(context, verb=verb)

    def _order(self, record: Record, context: Context) -> Json:
        return self.orders.shape(record, account=context.account, cause=context.cause)

    def _payment(self, record: Record, context: Context) -> Json:
        return self.payments.shape(record, cause=context.cause)

    def _new_batch(self, record: Record, context: Context) -> Json:
        return self.payouts.header(record, cause=context.cause)

    def _batch(self, record: Record, context: Context) -> Json:
        return self.payouts.shape(record, cause=context.cause)

    def _dispute(self, record: Record, context: Context) -> Json:
        return self.disputes.shape(record, cause=context.cause)

    def _item(self, context: Context) -> Record:
        batch = self.payouts.find_item(context.account, context.path["id"])
        if batch is None:
            raise not_here()
        return batch

    def _shown_item(self, record: Record, context: Context) -> Json:
        return self.payouts.item_shape(record, cause=context.cause)

    def _cancel_item(self, context: Context) -> Record:
        batch = self._item(context)
        if batch.hidden["status"] != "UNCLAIMED":
            raise PayPalError(400, name="ITEM_INCORRECT_STATUS", text="Payout item is not UNCLAIMED.")
        self.payouts.end(batch, account=context.account, status="RETURNED", cause=context.cause)
        return batch

    def _verified(self, context: Context) -> Json:
        """PayPal's own opinion about a signature. The event counts as the text it was sent as."""
        body = context.body
        raw = body.get("", b"")
        text = f"{body.get('transmission_id')}|{body.get('transmission_time')}|{body.get('webhook_id')}"
        is_ours = body.get("webhook_id") == context.account.record.webhook_id
        confirmed = self._ground.certificates.confirms(f"{text}|{zlib.crc32(raw)}", str(body.get("transmission_sig")))
        return {"verification_status": "SUCCESS" if is_ours and confirmed else "FAILURE"}


def raw_event(body: bytes) -> bytes:
    """The bytes of `webhook_event`, which is the last field of the question, as they came."""
    _, _, rest = body.partition(b'"webhook_event":')
    return rest[:-1].strip() if rest.endswith(b"}") else b""


def _route(method: str, path: str, operation: str, work: Work) -> Route:
    return Route(method=method, path=path, operation=operation, handler=work.perform, details=work)


def _find(kind: str) -> Callable[[Context], Record]:
    return lambda context: context.record(kind)


def _list(ask: Callable[[Context], Json]) -> Work:
    """A list has no record that is kept."""
    return Work(
        lambda context: Record("list", "", context.account.record.key, 0, ask(context)), lambda told, _: told.shown
    )

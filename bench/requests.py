"""The requests of both sides, byte for byte, and scripts that send them."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bench import events
from bench.contents import WEBHOOK_SECRET, owner_id
from bench.load import Answer, Script
from bench.stand import Side

AMOUNT = 4000
_HEX_DIGITS = 32
# Unique over all rounds of a run: for idempotency keys and orders.
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Requests:
    """How to speak to one side. `key` is an API key of the tenant that asks."""

    side: Side
    key: str

    def create(self) -> bytes:
        number = next(_numbers)
        is_service = self.side.name == "service"
        body = orjson.dumps(_service_body(number) if is_service else _naive_body(number))
        path = b"/api/v1/payments" if is_service else b"/api/payments/"
        return (
            b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\nIdempotency-Key: order-%d\r\n"
            b"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (path, self.key.encode(), number, len(body), body)
        )

    def get(self, shown_id: bytes) -> bytes:
        path = b"/api/v1/payments/%b" if self.side.name == "service" else b"/api/payments/%b/"
        return self._get(path % shown_id)

    def first_page(self) -> bytes:
        return self._get(b"/api/v1/payments?limit=25")

    def signer(self, template: str) -> events.Signer:
        path = f"/webhooks/bench/gwa_{self.side.contents.account_public_id}"
        return events.Signer(path=path, secret=WEBHOOK_SECRET, template=template)

    def _get(self, path: bytes) -> bytes:
        return b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\nAccept: application/json\r\n\r\n" % (
            path,
            self.key.encode(),
        )


def of(side: Side) -> Requests:
    return Requests(side, side.contents.api_key)


def through_stripe(side: Side) -> Requests:
    return Requests(side, side.contents.stripe_key)


def unrelated_news(side: Side, count: int) -> Iterator[bytes]:
    """Signed events that concern no payment: stored and answered, nothing to settle."""
    signer = of(side).signer(events.UNRELATED)
    run = b"%x" % time.time_ns()
    return (
        signer.request(event=b"%b%d" % (run, number), reference_hex=b"%032x" % number, amount=AMOUNT)
        for number in range(count)
    )


def shared(requests: Iterator[bytes]) -> Script:
    """Send what is next, until nothing is; many connections may share one supply."""
    # Not `yield from`: the answers that are sent here are of no use to a plain iterator.
    for request in requests:  # noqa: UP028
        yield request


def sales(requests: Requests, *, signer: events.Signer, is_over: "Over") -> Script:
    """Sell and pay: create, then the webhook of its success, as often as there is time."""
    while not is_over():
        answer: Answer = yield requests.create()
        reference = reference_of(answer)
        yield signer.request(event=b"1" + reference, reference_hex=reference, amount=AMOUNT)


def reference_of(answer: Answer) -> bytes:
    """Our reference, which the benchmark's gateway makes its id from: `pi_` and 32 hexadecimal digits."""
    _, _, rest = answer.body.partition(b'"pi_')
    reference = rest[:_HEX_DIGITS]
    if answer.status != 201 or len(reference) != _HEX_DIGITS:
        raise RuntimeError(f"a payment was not made: {answer.status} {answer.body[:300]!r}")
    return reference


class Over:
    """Whether a number of calls or a moment has passed."""

    def __init__(self, clock: Any, *, at: float) -> None:
        self._clock = clock
        self._at = at

    def __call__(self) -> bool:
        return bool(self._clock() >= self._at)


def _service_body(number: int) -> dict[str, Any]:
    return {
        "amount": AMOUNT,
        "currency": "EUR",
        "purpose": "ticket_sale",
        "payee": {"ownerType": "organizer", "ownerId": owner_id(number * 7919)},
        "paymentMethod": "card",
        "orderId": f"B-{number}",
        "eventId": "nuit-12",
        "externalReference": f"ERN-2026-{number}",
        "userId": f"user-{number % 1000}",
        "customerEmail": "awa.diop@example.org",
        "customerName": "Awa Diop",
        "description": "Two tickets for Nuit du Baobab",
        "country": "SN",
        "lineItems": [{"description": "Ticket", "unitPrice": 2000, "quantity": 2}],
        "metadata": {"channel": "web"},
    }


def _naive_body(number: int) -> dict[str, Any]:
    return {
        "amount_minor": AMOUNT,
        "currency": "EUR",
        "purpose": "ticket_sale",
        "owner_type": "organizer",
        "owner_id": owner_id(number * 7919),
        "payment_method": "card",
        "order_id": f"B-{number}",
        "event_id": "nuit-12",
        "external_reference": f"ERN-2026-{number}",
        "user_id": f"user-{number % 1000}",
        "payer_email": "awa.diop@example.org",
        "payer_name": "Awa Diop",
        "description": "Two tickets for Nuit du Baobab",
        "country": "SN",
        "line_items": [{"description": "Ticket", "unit_price": 2000, "quantity": 2}],
        "metadata": {"channel": "web"},
    }

"""What we send to PayPal and what its stand-in answers, held against PayPal's own descriptions where they lie near."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateways.contract import LookUpRequest, Outcome
from gateways.http import GatewayHttp, HttpAnswer
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.simulated import Simulator
from tests.simulator.receiver import Receiver

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
FILES = sorted(SPECS.glob("paypal_*.json"))
pytestmark = pytest.mark.skipif(not FILES, reason="PayPal's descriptions do not lie beside the project")

Tree = dict[str, Any]
# Nothing of these stands in the descriptions: the token, the certificates.
OUTSIDE = {"token", "certificate"}
RESOURCES = {
    "CHECKOUT.ORDER.APPROVED": ("paypal_checkout_orders_v2.json", "order"),
    "CHECKOUT.ORDER.COMPLETED": ("paypal_checkout_orders_v2.json", "order"),
    "PAYMENT.CAPTURE.COMPLETED": ("paypal_payments_payment_v2.json", "capture"),
    "PAYMENT.CAPTURE.DECLINED": ("paypal_payments_payment_v2.json", "capture"),
    "PAYMENT.CAPTURE.REFUNDED": ("paypal_payments_payment_v2.json", "refund"),
    "PAYMENT.CAPTURE.REVERSED": ("paypal_payments_payment_v2.json", "refund"),
    "PAYMENT.AUTHORIZATION.CREATED": ("paypal_payments_payment_v2.json", "authorization"),
    "PAYMENT.AUTHORIZATION.VOIDED": ("paypal_payments_payment_v2.json", "authorization"),
    "PAYMENT.PAYOUTS-ITEM.SUCCEEDED": ("paypal_payments_payouts_batch_v1.json", "payout_item-2"),
    "CUSTOMER.DISPUTE.CREATED": ("paypal_customer_disputes_v1.json", "dispute"),
    "CUSTOMER.DISPUTE.RESOLVED": ("paypal_customer_disputes_v1.json", "dispute"),
}


@dataclass(frozen=True)
class Exchange:
    operation: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    answer: HttpAnswer


class Recorder(GatewayHttp):
    """The client of the adapters, remembering what went over the wire."""

    def __init__(self) -> None:
        super().__init__("recorded", connect_seconds=1, total_seconds=5)
        self.exchanges: list[Exchange] = []

    def request(
        self, *, operation: str, method: str, url: str, headers: Mapping[str, str], body: bytes | str | None = None
    ) -> HttpAnswer:
        answer = super().request(operation=operation, method=method, url=url, headers=headers, body=body)
        sent = body.encode() if isinstance(body, str) else body or b""
        self.exchanges.append(Exchange(operation, method, url, headers, sent, answer))
        return answer


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    client = Recorder()
    yield client
    client.close()


@pytest.fixture
def paypal(simulator: Simulator, recorder: Recorder) -> Case:
    return cases.make("paypal", simulator=simulator, http=recorder)


def test_a_payment_from_order_to_refund_and_dispute_speaks_as_described(paypal: Case, recorder: Recorder) -> None:
    request, paid = paypal.paid(description="Ticket sale", statement="TICKETS", language="fr")
    refund = paypal.refund_request(request, paid, type(paypal.amount)(4_21, "EUR"))
    refunded = paypal.gateway.refund(refund)
    paypal.gateway.look_up_refund(paypal.asking(refund, refunded))
    dispute = paypal.simulator.control("POST", f"/paypal/captures/{paid.keep['capture_id']}/dispute")
    opened = paypal.gateway.look_up_dispute(LookUpRequest("any", dispute["id"]))
    paypal.look_up(request, paid)

    assert opened.about == paid.gateway_payment_id
    assert list(_faults(recorder.exchanges)) == []
    assert {exchange.operation for exchange in recorder.exchanges} >= {"create", "capture", "refund", "read_capture"}


def test_holds_speak_as_described(paypal: Case, recorder: Recorder) -> None:
    request, held = paypal.authorized()
    paypal.gateway.capture(paypal.capture_request(request, held))
    other, other_held = paypal.authorized()
    paypal.gateway.cancel(paypal.asking(other, other_held))

    assert list(_faults(recorder.exchanges)) == []
    assert {exchange.operation for exchange in recorder.exchanges} >= {"authorize", "capture_hold", "void", "read_hold"}


def test_payouts_and_reports_speak_as_described(paypal: Case, recorder: Recorder) -> None:
    paypal.fund()
    wanted = paypal.payout_request()
    sent = paypal.gateway.pay_out(wanted)
    paypal.gateway.look_up_payout(paypal.asking(wanted, sent))
    paypal.paid()
    paypal.gateway.balances()
    paypal.gateway.settlements(since=paypal.started, until=paypal.started + timedelta(days=1))

    assert list(_faults(recorder.exchanges)) == []
    assert {exchange.operation for exchange in recorder.exchanges} >= {"payout", "read_payout", "transactions"}


def test_refusals_have_the_described_form(paypal: Case, recorder: Recorder) -> None:
    request, paid = paypal.paid()
    paypal.gateway.refund(paypal.refund_request(request, paid, type(paypal.amount)(99_99, "EUR")))
    paypal.gateway.look_up(LookUpRequest("any", "5O190127TN364715T"))
    paypal.gateway.pay_out(paypal.payout_request(destination=paypal.bad_destination))

    refused = [exchange for exchange in recorder.exchanges if exchange.answer.status >= 400]

    assert [exchange.answer.status for exchange in refused] == [422, 404, 400]
    assert list(_faults(refused)) == []


def test_every_call_that_moves_money_has_a_key_and_asks_for_the_whole_answer(paypal: Case, recorder: Recorder) -> None:
    paypal.fund()
    request, paid = paypal.paid()
    paypal.gateway.refund(paypal.refund_request(request, paid))
    paypal.gateway.capture(paypal.capture_request(*paypal.authorized()))
    paypal.gateway.pay_out(paypal.payout_request())

    keys = [
        exchange.headers["PayPal-Request-Id"]
        for exchange in recorder.exchanges
        if exchange.method == "POST" and exchange.operation not in OUTSIDE
    ]

    assert len(keys) == len(set(keys)) == 7
    assert all(len(key) <= 108 for key in keys)
    assert all(
        exchange.headers["Prefer"] == "return=representation"
        for exchange in recorder.exchanges
        if exchange.operation not in OUTSIDE
    )


def test_webhooks_of_the_stand_in_hold_the_described_objects(paypal: Case, receiver: Receiver) -> None:
    paypal.hear_at(receiver.url)
    _request, paid = paypal.paid()
    declined_request, declined = paypal.charged()
    paypal.act(declined_request, declined, Outcome.DECLINED)
    paypal.gateway.refund(paypal.refund_request(*paypal.paid()))
    paypal.gateway.cancel(paypal.asking(*paypal.authorized()))
    paypal.fund()
    wanted = paypal.payout_request()
    paypal.act_payout(wanted, paypal.gateway.pay_out(wanted), Outcome.SUCCEEDED)
    dispute = paypal.simulator.control("POST", f"/paypal/captures/{paid.keep['capture_id']}/dispute")
    paypal.simulator.control("POST", f"/paypal/disputes/{dispute['id']}/resolve", outcome="RESOLVED_BUYER_FAVOUR")
    receiver.wait_for(lambda: {_event(each)["event_type"] for each in list(receiver.received)} >= set(RESOURCES))

    for received in receiver.received:
        event = _event(received)
        file, schema = RESOURCES[event["event_type"]]
        assert list(_errors(event, file="paypal_notifications_webhooks_v1.json", schema="event")) == []
        assert list(_errors(event["resource"], file=file, schema=schema)) == [], event["event_type"]


# --- The descriptions -----------------------------------------------------------------------------------------------


def _event(received: Any) -> Tree:
    event: Tree = json.loads(received.body)
    return event


def _faults(exchanges: list[Exchange]) -> Iterator[str]:
    for exchange in exchanges:
        if exchange.operation in OUTSIDE:
            continue
        for fault in (*_request_faults(exchange), *_answer_faults(exchange)):
            yield f"{exchange.operation}: {fault}"


def _request_faults(exchange: Exchange) -> Iterator[str]:
    file, operation = _described(exchange)
    if exchange.body and "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        yield from _errors(json.loads(exchange.body), file=file, schema=schema)
    described = [_resolved(file, parameter) for parameter in operation.get("parameters", [])]
    known = {parameter["name"]: parameter for parameter in described}
    for name, value in parse_qsl(urlsplit(exchange.url).query):
        if name not in known:
            yield f"unknown parameter {name}"
            continue
        schema = known[name]["schema"]
        typed: Any = json.loads(value) if schema.get("type") in ("integer", "boolean") else value
        yield from _errors(typed, file=file, schema=schema)
    for name, parameter in known.items():
        if parameter["in"] == "header" and name in exchange.headers:
            yield from _errors(exchange.headers[name], file=file, schema=parameter["schema"])


def _answer_faults(exchange: Exchange) -> Iterator[str]:
    file, operation = _described(exchange)
    answers = operation["responses"]
    answer = answers.get(str(exchange.answer.status), answers.get("default"))
    assert answer is not None, f"{exchange.operation} is not described to answer {exchange.answer.status}"
    schema = _resolved(file, answer).get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        said = json.loads(exchange.answer.body)
        for detail in said.get("details", []):
            # The one deviation: the sentence of each issue is described to the letter, and is not ours to copy.
            detail.pop("description", None)
        yield from _errors(said, file=file, schema=schema)


def _described(exchange: Exchange) -> tuple[str, Tree]:
    path = urlsplit(exchange.url).path.removeprefix("/paypal")
    for file in FILES:
        for template, methods in _spec(file.name)["paths"].items():
            if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path) and exchange.method.lower() in methods:
                return file.name, methods[exchange.method.lower()]
    raise AssertionError(f"PayPal describes no {exchange.method} {path}")


@lru_cache
def _spec(file: str) -> Tree:
    spec: Tree = json.loads((SPECS / file).read_bytes())
    return spec


def _resolved(file: str, node: Tree) -> Tree:
    while "$ref" in node:
        place = _spec(file)
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        node = place
    return node


def _errors(value: Any, *, file: str, schema: Tree | str) -> Iterator[str]:
    if isinstance(schema, str):
        schema = {"$ref": f"#/components/schemas/{schema}"}
    whole = {"allOf": [schema], "components": _spec(file)["components"]}
    for error in jsonschema.Draft202012Validator(whole).iter_errors(value):
        yield f"{error.json_path}: {error.message[:300]}"

"""What we send to Paystack and what its stand-in answers, held against Paystack's own description where it lies."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import referencing
import yaml
from referencing.jsonschema import DRAFT202012

from common.money import Money
from gateways.contract import LookUpRequest, Outcome
from gateways.http import GatewayHttp, HttpAnswer
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.simulated import Simulator

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "paystack.yaml"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Paystack's description does not lie beside the project")

Tree = dict[str, Any]
WHOLE = "urn:paystack"
# "METHOD path: what is wrong" -> why it is right all the same. The official samples contradict the description there.
ALLOWED = {
    r"POST \S+: 'XOF' is not one of .*": "the description has forgotten XOF",
    r"GET /refund: unknown parameter transaction": "in the reference page, not in the description",
    r"GET /settlement: unknown parameter (from|to)": "in the reference page, not in the description",
    r"GET /settlement/\{id\}/transactions: unknown parameter (perPage|page)": "in the reference page only",
    r"GET /settlement\S*: \[.*\] is not of type 'object'": "the samples hold a list",
    r"GET /settlement\S*: .* is not valid under any of the given schemas": "the samples hold a list",
}


@dataclass(frozen=True)
class Exchange:
    method: str
    url: str
    body: bytes
    answer: HttpAnswer


class Recorder(GatewayHttp):
    """Keeps what was sent and answered."""

    def __init__(self) -> None:
        super().__init__("test", connect_seconds=1, total_seconds=5)
        self.exchanges: list[Exchange] = []

    def request(
        self,
        *,
        operation: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | str | None = None,
    ) -> HttpAnswer:
        answer = super().request(operation=operation, method=method, url=url, headers=headers, body=body)
        sent = body.encode() if isinstance(body, str) else body or b""
        self.exchanges.append(Exchange(method, url, sent, answer))
        return answer


@pytest.fixture(scope="module")
def spec() -> Tree:
    return _nullable_made_plain(yaml.load(SPEC.read_text(), Loader=yaml.CSafeLoader))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    http = Recorder()
    yield http
    http.close()


@pytest.fixture
def paystack(simulator: Simulator, recorder: Recorder) -> Case:
    simulator.clear_faults()
    return cases.make("paystack", simulator=simulator, http=recorder)


def _charges(case: Case) -> None:
    for changes in (
        {},
        {"method": "mobile_money"},
        {"amount": Money(5_003, "XOF")},
        {"return_url": "", "cancel_url": ""},
    ):
        request, report = case.charged(**changes)
        case.look_up(request, report)
    for outcome in (Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING, Outcome.REVERSED):
        request, report = case.charged()
        case.act(request, report, outcome)
        case.look_up(request, report)


def _customers(case: Case) -> None:
    assert case.save_method is not None
    customer = case.gateway.create_customer(reference=case.reference(), email="ada@payer.example", name="Ada Payer")
    token = case.save_method(customer)
    case.gateway.saved_methods(customer)
    assert case.gateway.charge(case.request(payment_method=token)).outcome is Outcome.SUCCEEDED
    case.gateway.forget_method(token)


def _refunds(case: Case) -> None:
    wanted = case.refund_request(*case.paid())
    report = case.gateway.refund(wanted)
    case.act_refund(wanted, report, Outcome.SUCCEEDED)
    case.gateway.look_up_refund(case.asking(wanted, report))
    case.gateway.look_up_refund(case.asking(wanted))


def _payouts(case: Case) -> None:
    case.fund()
    wanted = case.payout_request()
    case.gateway.look_up_payout(case.asking(wanted, case.gateway.pay_out(wanted)))
    case.gateway.balances()


def _disputes(case: Case) -> None:
    request, paid = case.paid()
    case.reverse(request, paid)
    case.look_up(request, paid)
    found = case.gateway.look_up_dispute(LookUpRequest("", keep=paid.keep))
    assert case.gateway.look_up_dispute(LookUpRequest("", found.gateway_payment_id)).outcome is Outcome.REVERSED


def _settlements(case: Case) -> None:
    case.paid()
    now = datetime.now(UTC)
    case.gateway.settlements(since=now - timedelta(days=1), until=now + timedelta(days=1))


STORIES: dict[str, Callable[[Case], None]] = {
    "charges": _charges,
    "customers": _customers,
    "refunds": _refunds,
    "payouts": _payouts,
    "disputes": _disputes,
    "settlements": _settlements,
}


@pytest.mark.parametrize("story", STORIES)
def test_what_is_said_is_what_paystack_describes(paystack: Case, recorder: Recorder, spec: Tree, story: str) -> None:
    STORIES[story](paystack)

    faults = {fault for exchange in recorder.exchanges for fault in _faults(exchange, spec)}

    assert recorder.exchanges
    assert {fault for fault in faults if not any(re.fullmatch(known, fault) for known in ALLOWED)} == set()


def test_a_field_of_the_wrong_kind_would_be_found(spec: Tree) -> None:
    answer = HttpAnswer(200, {}, b'{"status": "true", "message": "odd", "data": {}}', 1)
    exchange = Exchange("POST", "http://127.0.0.1:1/paystack/transaction/initialize", b'{"amount": "x"}', answer)

    faults = " ".join(_faults(exchange, spec))

    assert "'email' is a required property" in faults
    assert "'x' is not of type 'integer'" in faults
    assert "'true' is not of type 'boolean'" in faults
    assert "'access_code' is a required property" in faults


# --- Reading an exchange as Paystack would ----------------------------------------------------------------------------


def _faults(exchange: Exchange, spec: Tree) -> Iterator[str]:
    parts = urlsplit(exchange.url)
    template, methods = _described(spec, path=parts.path.removeprefix("/paystack"))
    operation = methods[exchange.method.lower()]
    name = f"{exchange.method} {template}"
    if exchange.body:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        yield from _errors(msgspec.json.decode(exchange.body), name=name, schema=schema, spec=spec)
    known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    yield from (f"{name}: unknown parameter {each}" for each, _ in parse_qsl(parts.query) if each not in known)
    if exchange.answer.status in (200, 201):
        told = _plain(spec, operation["responses"][str(exchange.answer.status)])
        schema = told["content"]["application/json"]["schema"]
        yield from _errors(msgspec.json.decode(exchange.answer.body), name=name, schema=schema, spec=spec)


def _described(spec: Tree, *, path: str) -> tuple[str, Tree]:
    """The path that was asked for; one without variables comes first."""
    for template in sorted(spec["paths"], key=lambda each: "{" in each):
        if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path):
            return template, spec["paths"][template]
    raise AssertionError(f"Paystack has no {path}")


def _plain(spec: Tree, node: Tree) -> Tree:
    while "$ref" in node:
        place: Any = spec
        for step in node["$ref"].removeprefix(f"{WHOLE}#/").split("/"):
            place = place[step]
        node = place
    return node


def _errors(value: Any, *, name: str, schema: Tree, spec: Tree) -> Iterator[str]:
    registry = referencing.Registry().with_resource(WHOLE, DRAFT202012.create_resource(spec))
    for error in jsonschema.Draft202012Validator(schema, registry=registry).iter_errors(value):
        yield f"{name}: {error.message}"


def _nullable_made_plain(node: Any) -> Any:
    """`nullable` beside a type, as OpenAPI 3.0 has it, becomes an alternative; references become whole."""
    if isinstance(node, list):
        return [_nullable_made_plain(inner) for inner in node]
    if not isinstance(node, dict):
        return WHOLE + node if isinstance(node, str) and node.startswith("#/components/") else node
    plain = {name: _nullable_made_plain(inner) for name, inner in node.items()}
    return {"anyOf": [plain, {"type": "null"}]} if plain.pop("nullable", None) is True else plain

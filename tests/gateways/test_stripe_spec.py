"""What we send to Stripe, held against Stripe's own description where that lies beside the project."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema  # type: ignore[import-untyped]
import pytest
import referencing
from referencing.jsonschema import DRAFT202012

from common.money import Money
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Destination,
    DestinationKind,
    LookUpRequest,
    PayoutRequest,
    RefundRequest,
)
from gateways.errors import OutcomeUnknown
from tests.gateways.scripted import ScriptedServer
from tests.gateways.stripe_samples import NOW, stripe_intent

SPEC = Path(__file__).resolve().parents[3] / "shared" / "specs" / "stripe_openapi_2023-08-16_subset.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Stripe's description does not lie beside the project")

Tree = dict[str, Any]
SINCE = datetime.fromtimestamp(NOW, tz=UTC)
CONNECTED = Destination(DestinationKind.GATEWAY_ACCOUNT, "acct_1Odd")
OWN_BANK = Destination(DestinationKind.BANK_ACCOUNT, "ba_1Odd")
CHARGES: dict[str, dict[str, Any]] = {
    "fresh": {},
    "with everything": {
        "description": "Ticket sale",
        "payer_email": "payer@example.org",
        "payment_method": "pm_card_visa",
        "return_url": "https://shop.example/back",
        "statement": "TICKETS",
    },
    "confirmed without a way back": {"payment_method": "pm_card_visa"},
    "authorized only": {"capture": False},
    "no decimals": {"amount": Money(5_003, "XOF")},
}


@pytest.fixture(scope="module")
def spec() -> Tree:
    return _nullable_made_plain(json.loads(SPEC.read_bytes()))


@pytest.mark.parametrize("wanted", CHARGES.values(), ids=CHARGES)
def test_a_charge_is_a_request_that_stripe_describes(
    stripe: StripeGateway, scripted: ScriptedServer, spec: Tree, wanted: dict[str, Any]
) -> None:
    scripted.answers(json.dumps(stripe_intent()).encode())

    plain: dict[str, Any] = {"reference": "ref-odd", "amount": Money(13_37, "EUR")}
    stripe.charge(ChargeRequest(**plain | wanted))

    assert list(_faults(scripted.requests[0], spec)) == []


def test_a_cancel_is_a_request_that_stripe_describes(
    stripe: StripeGateway, scripted: ScriptedServer, spec: Tree
) -> None:
    scripted.answers(json.dumps(stripe_intent(status="canceled")).encode())

    stripe.cancel(LookUpRequest("ref-odd", gateway_payment_id="pi_3Odd"))

    assert list(_faults(scripted.requests[0], spec)) == []


def test_look_ups_are_requests_that_stripe_describes(
    stripe: StripeGateway, scripted: ScriptedServer, spec: Tree
) -> None:
    page = {"object": "list", "data": [stripe_intent(metadata={})], "has_more": True, "url": "/v1/payment_intents"}
    scripted.answers(json.dumps(page).encode())

    stripe.look_up(LookUpRequest("ref-odd", gateway_payment_id="pi_3Odd"))
    stripe.look_up(LookUpRequest("ref-odd", since=datetime.fromtimestamp(NOW, tz=UTC)))

    assert [fault for request in scripted.requests for fault in _faults(request, spec)] == []
    assert f"created%5Bgte%5D={NOW - 60} ".encode() in scripted.requests[1]


CALLS: dict[str, Callable[[StripeGateway], object]] = {
    "capture": lambda stripe: stripe.capture(CaptureRequest("ref-odd", "pi_3Odd", Money(13_37, "EUR"))),
    "refund": lambda stripe: stripe.refund(
        RefundRequest("r", "ref-odd", "pi_3Odd", Money(4_21, "EUR"), Money(13_37, "EUR"), reason="duplicate")
    ),
    "look up a refund": lambda stripe: stripe.look_up_refund(LookUpRequest("r", "re_3Odd")),
    "look for a refund": lambda stripe: stripe.look_up_refund(LookUpRequest("r", since=SINCE)),
    "transfer": lambda stripe: stripe.pay_out(PayoutRequest("p", Money(4_21, "EUR"), CONNECTED, "Share")),
    "payout": lambda stripe: stripe.pay_out(PayoutRequest("p", Money(4_21, "EUR"), OWN_BANK, "Share")),
    "look up a transfer": lambda stripe: stripe.look_up_payout(LookUpRequest("p", "tr_3Odd")),
    "look up a payout": lambda stripe: stripe.look_up_payout(LookUpRequest("p", "po_3Odd")),
    "look for a payout": lambda stripe: stripe.look_up_payout(LookUpRequest("p", since=SINCE)),
    "look up a dispute": lambda stripe: stripe.look_up_dispute(LookUpRequest("", "du_3Odd")),
    "a customer": lambda stripe: stripe.create_customer(reference="c", email="ada@payer.example", name="Ada"),
    "kept methods": lambda stripe: stripe.saved_methods("cus_1"),
    "charge of a kept method": lambda stripe: stripe.charge(
        ChargeRequest("ref-odd", Money(13_37, "EUR"), customer="cus_1", payment_method="pm_1")
    ),
    "first charge of a customer": lambda stripe: stripe.charge(
        ChargeRequest("ref-odd", Money(13_37, "EUR"), customer="cus_1")
    ),
    "balance": lambda stripe: stripe.balances(),
    "settlements": lambda stripe: stripe.settlements(since=SINCE, until=SINCE, cursor="txn_1"),
    "check": lambda stripe: stripe.check_credentials(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_other_call_is_a_request_that_stripe_describes(
    stripe: StripeGateway, scripted: ScriptedServer, spec: Tree, call: Callable[[StripeGateway], object]
) -> None:
    scripted.answers(json.dumps({"object": "list", "data": [], "has_more": False, "url": "/v1/x"}).encode())

    with contextlib.suppress(OutcomeUnknown):
        call(stripe)

    assert scripted.requests
    assert [fault for request in scripted.requests for fault in _faults(request, spec)] == []


def test_only_forgetting_a_method_is_not_described(stripe: StripeGateway, scripted: ScriptedServer, spec: Tree) -> None:
    """The stored description was cut down and has no path for it; Stripe's package has."""
    scripted.answers(b"{}")

    stripe.forget_method("pm_1")

    assert scripted.requests[0].startswith(b"POST /v1/payment_methods/pm_1/detach ")
    assert not any(path.endswith("/detach") for path in spec["paths"])


def test_a_field_that_stripe_does_not_know_would_be_found(spec: Tree) -> None:
    request = b"POST /v1/payment_intents HTTP/1.1\r\n\r\namount=1&currency=eur&teleport=true"

    assert [fault for fault in _faults(request, spec) if "teleport" in fault]


# --- Reading a request as Stripe would ------------------------------------------------------------------------------


def _faults(request: bytes, spec: Tree) -> Iterator[str]:
    head, _, body = request.decode().partition("\r\n\r\n")
    method, target, _ = head.split("\r\n")[0].split(" ")
    parts = urlsplit(target)
    operation = _operation(spec, method=method.lower(), path=parts.path)
    if method == "POST":
        schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        yield from _errors(_typed(_tree(body), schema), schema=schema, spec=spec)
    for name, value in _tree(parts.query).items():
        described = {parameter["name"]: parameter for parameter in operation["parameters"]}.get(name)
        if described is None:
            yield f"unknown parameter {name}"
        else:
            yield from _errors(_typed(value, described["schema"]), schema=described["schema"], spec=spec)


def _operation(spec: Tree, *, method: str, path: str) -> Tree:
    for template, methods in spec["paths"].items():
        if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path):
            return methods[method]
    raise AssertionError(f"Stripe has no {method} {path}")


def _errors(value: Any, *, schema: Tree, spec: Tree) -> Iterator[str]:
    registry = referencing.Registry().with_resource("", DRAFT202012.create_resource(spec))
    for error in jsonschema.Draft202012Validator(schema, registry=registry).iter_errors(value):
        yield error.message


def _tree(form: str) -> Tree:
    """`a[b]=1` and `a[0]=1` as nested dictionaries; a dictionary of 0, 1, … becomes a list."""
    tree: Tree = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *inner = re.findall(r"[^\[\]]+", name)
        place, key = tree, first
        for step in inner:
            place, key = place.setdefault(key, {}), step
        place[key] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if all(name.isdigit() for name in value):
        return [_with_lists(inner) for inner in value.values()]
    return {name: _with_lists(inner) for name, inner in value.items()}


def _typed(value: Any, schema: Tree) -> Any:
    """A form knows text only: numbers and truth values where the description wants them."""
    options = [schema, *schema.get("anyOf", [])]
    if isinstance(value, dict):
        known = {name: inner for option in options for name, inner in option.get("properties", {}).items()}
        return {name: _typed(inner, known.get(name, {})) for name, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner, schema.get("items", {})) for inner in value]
    types = {option.get("type") for option in options}
    if "integer" in types and value.isdigit():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if "boolean" in types else value


def _nullable_made_plain(node: Any) -> Any:
    """OpenAPI 3.0 writes `nullable` beside what it is about; JSON Schema wants an alternative."""
    if isinstance(node, list):
        return [_nullable_made_plain(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _nullable_made_plain(inner) for name, inner in node.items()}
    return {"anyOf": [plain, {"type": "null"}]} if plain.pop("nullable", None) is True else plain

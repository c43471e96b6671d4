"""Connect, the newer door of Pagadito, against the simulator: the same charges, asked and answered in JSON."""

import base64
import json

import pytest

from common.money import Money
from gateways.adapters.pagadito.gateway import PagaditoGateway
from gateways.contract import ChargeRequest, Credentials, GatewayReport, NextActionKind, Outcome
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator


@pytest.fixture
def connect(simulator: Simulator, http: GatewayHttp) -> Case:
    case = cases.make("pagadito", simulator=simulator, http=http)
    case.credentials = Credentials({**case.credentials.values, "transport": "connect"})
    case.gateway = case.remake(case.credentials)
    return case


@pytest.mark.parametrize(
    "outcome", [Outcome.SUCCEEDED, Outcome.PENDING, Outcome.DECLINED, Outcome.CANCELLED, Outcome.EXPIRED]
)
def test_a_charge_ends_as_the_payer_ends_it(connect: Case, outcome: Outcome) -> None:
    request, charged = connect.charged()
    connect.act(request, charged, outcome)

    told = connect.look_up(request, charged)

    assert (charged.outcome, charged.next_action.kind) == (Outcome.REQUIRES_ACTION, NextActionKind.REDIRECT)
    assert (told.outcome, told.amount, told.reference) == (outcome, request.amount, request.reference)
    assert connect.simulator.calls(request.reference)["received"] == {"exec_trans": 1, "get_status": 1}


@pytest.mark.parametrize(("status", "outcome"), [("PENDING", Outcome.PENDING), ("UNCOLLECTABLE", Outcome.DECLINED)])
def test_a_payment_that_waits_may_not_be_collected(connect: Case, status: str, outcome: Outcome) -> None:
    request, charged = connect.charged()
    for step in ("PENDING", status) if status != "PENDING" else ("PENDING",):
        connect.simulator.control("POST", f"/pagadito/transactions/{charged.gateway_payment_id}/end", status=step)

    assert connect.look_up(request, charged).outcome is outcome


@pytest.mark.parametrize("fault", ["execute_then_reset", "html", "empty", "truncated_json", "status_500_executed"])
def test_a_lost_page_is_never_paid_and_its_reference_is_burnt(connect: Case, fault: str) -> None:
    connect.go_wrong(fault, operation="charge")
    request, lost = connect.charged()

    again = connect.gateway.charge(request)

    assert (lost.outcome, lost.gateway_payment_id) == (Outcome.UNKNOWN, "")
    assert (again.outcome, again.error_code, again.gateway_payment_id) == (Outcome.UNKNOWN, "PG3018", "")
    assert connect.look_up(request).error_code == "not_found"


def test_an_unknown_token_is_not_found(connect: Case) -> None:
    report = connect.gateway.look_up(connect.asking(connect.request(), _with_id("f" * 32)))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found")


def test_credentials_are_checked_without_a_transaction(connect: Case) -> None:
    works = connect.gateway.check_credentials()
    wrong = connect.remake(Credentials({**connect.credentials.values, "wsk": "other"})).check_credentials()
    connect.go_wrong("status_503", operation="look_up")

    assert (works.works, wrong.works) == (True, False)
    assert connect.gateway.check_credentials().works is None
    assert connect.books()["payments"] == []


def test_wrong_credentials_were_not_executed(connect: Case) -> None:
    wrong = connect.remake(Credentials({**connect.credentials.values, "wsk": "other"}))

    report = wrong.charge(connect.request())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "authentication_failed")


@pytest.mark.parametrize(
    ("amount", "code"),
    [(Money(99, "USD"), "PG3009"), (Money(10_000_01, "USD"), "PG3006"), (Money(7_00, "GTQ"), "PG3009")],
)
def test_limits_are_pagaditos_and_final(connect: Case, amount: Money, code: str) -> None:
    report = connect.gateway.charge(connect.request(amount=amount))

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, code)


def test_an_amount_leaves_as_a_number_with_its_two_decimals(scripted: ScriptedServer, http: GatewayHttp) -> None:
    scripted.answers(b'{"code":"PG1002","data":{"url":"https://pagadito.com/p","token":"t1"}}')
    credentials = Credentials({"uid": "uid", "wsk": "wsk", "transport": "connect", "country": "GT"})
    adapter = PagaditoGateway(credentials, simulator=scripted.url, http=http)

    report = adapter.charge(_request(Money(13_30, "USD")))

    assert (report.outcome, report.gateway_payment_id) == (Outcome.REQUIRES_ACTION, "t1")
    head, _, body = scripted.requests[0].partition(b"\r\n\r\n")
    assert b"Basic " + base64.b64encode(b"uid:wsk") in head
    assert b'"amount":13.30,' in body
    assert b'"price":13.30,' in body
    assert json.loads(body)["country_code"] == "GT"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"code":"PG1002","value":"https://pagadito.com/p"}', Outcome.UNKNOWN),
        (b'{"code":"PG1002","value":{"url":"https://pagadito.com/p","token":"t1"}}', Outcome.REQUIRES_ACTION),
        (b'{"code":"PG1002","data":{"token":"t1"}}', Outcome.UNKNOWN),
        (b'{"code":"PG1002","data":{"url":"https://pagadito.com/p"}}', Outcome.UNKNOWN),
        (b'{"code":"00","data":{"url":"https://pagadito.com/p","token":"t1"}}', Outcome.UNKNOWN),
    ],
)
def test_a_page_counts_only_with_the_token_to_ask_by(
    scripted: ScriptedServer, http: GatewayHttp, body: bytes, outcome: Outcome
) -> None:
    scripted.answers(body)
    credentials = Credentials({"uid": "uid", "wsk": "wsk", "transport": "connect"})

    report = PagaditoGateway(credentials, simulator=scripted.url, http=http).charge(_request(Money(13_30, "USD")))

    assert report.outcome is outcome


def _request(amount: Money) -> ChargeRequest:
    return ChargeRequest("att_1", amount)


def _with_id(token: str) -> GatewayReport:
    return GatewayReport(Outcome.UNKNOWN, gateway_payment_id=token)

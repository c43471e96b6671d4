"""MTN MoMo's tokens: asked for once by many, renewed once, and never a reason for doubt about what was not sent."""

import pytest

from gateways.contract import Outcome
from gateways.http import GatewayHttp
from tests.gateways.mtn_momo_accounts import TOKEN, adapter, asking, credentials, register, sent, wanted
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (b"", "401 Unauthorized", "authentication_failed"),
        (b"<html>", "403 Forbidden", "access_denied"),
        (b"", "500 Internal Server Error", "token_unavailable"),
        (b"", "400 Bad Request", "token_unavailable"),
        (b'{"access_token":"","expires_in":3600}', "200 OK", "token_unavailable"),
        (b'{"access_token":"a b","expires_in":3600}', "200 OK", "token_unavailable"),
        (b'{"access_token":"tok"}', "200 OK", "token_unavailable"),
        (b"<html>", "200 OK", "token_unavailable"),
    ],
)
def test_without_a_token_nothing_was_sent(
    scripted: ScriptedServer, http: GatewayHttp, answer: bytes, status: str, code: str
) -> None:
    scripted.answers(answer, status=status)

    report = adapter(credentials(), address=scripted.url, http=http).charge(wanted())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, code)
    assert len(scripted.requests) == 1


def test_a_token_whose_call_was_cut_off_means_not_sent(simulator: Simulator, http: GatewayHttp) -> None:
    signed = credentials()
    register(simulator, signed)
    simulator.go_wrong("execute_then_reset", gateway="mtn_momo", operation="token")
    request = wanted()

    report = adapter(signed, address=f"{simulator.url}/mtn_momo", http=http).charge(request)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "token_unavailable")
    assert simulator.calls(request.reference)["total"] == 0


def test_one_token_serves_many_calls_of_one_product_only(scripted: ScriptedServer, http: GatewayHttp) -> None:
    scripted.answers(TOKEN)
    signed = credentials()
    first, second = (adapter(signed, address=scripted.url, http=http) for _ in range(2))

    first.charge(wanted())
    second.look_up(asking(wanted()))
    second.look_up_payout(asking(wanted()))

    lines = [line.split(" ")[1].rsplit("/", 1)[0] for line, _, _ in sent(scripted)]
    assert lines == [
        "/collection/token", "/collection/v1_0", "/collection/v1_0/requesttopay",
        "/disbursement/token", "/disbursement/v1_0/transfer",
    ]  # fmt: skip


def test_a_401_brings_one_new_token_and_one_more_try(scripted: ScriptedServer, http: GatewayHttp) -> None:
    scripted.answers(TOKEN)
    gateway = adapter(credentials(), address=scripted.url, http=http)
    gateway.charge(wanted())
    scripted.requests.clear()
    scripted.answers(b'{"statusCode":401}', status="401 Unauthorized")

    report = gateway.charge(wanted())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "authentication_failed")
    assert [line.split(" ")[1] for line, _, _ in sent(scripted)] == [
        "/collection/v1_0/requesttopay",
        "/collection/token/",
    ]

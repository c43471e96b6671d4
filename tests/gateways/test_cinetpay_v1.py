"""Every code of CinetPay's second generation, and the token that each of its calls needs."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateways.adapters.cinetpay.gateway import CinetPayGateway
from gateways.contract import NextActionKind, Outcome
from gateways.http import GatewayHttp
from tests.gateways.cinetpay_samples import API_V1, ASKED, REFERENCE, CinetPayServer, ask, charge, gateway


@pytest.fixture
def server() -> Iterator[CinetPayServer]:
    running = CinetPayServer()
    yield running
    running.close()


@pytest.fixture
def api_v1(server: CinetPayServer, http: GatewayHttp) -> CinetPayGateway:
    server.answers("/v1/oauth/login", {"code": 200, "status": "OK", "access_token": "token"})
    return gateway(server, http, API_V1)


@pytest.mark.parametrize(
    ("code", "outcome", "error"),
    [
        (100, Outcome.SUCCEEDED, ""),
        ("100", Outcome.SUCCEEDED, ""),
        (2001, Outcome.REQUIRES_ACTION, ""),
        (2002, Outcome.PENDING, ""),
        (2010, Outcome.DECLINED, "v1_2010"),
        (2005, Outcome.DECLINED, "v1_2005"),
        *[(code, Outcome.PENDING, "") for code in (2003, 2004, 2006, 2007, 2008)],
        # The call worked; nothing is said of the money.
        (200, Outcome.UNKNOWN, "unlisted_status"),
        (1200, Outcome.UNKNOWN, "v1_1200"),
        (-1, Outcome.UNKNOWN, "v1_-1"),
        (2999, Outcome.UNKNOWN, "unlisted_status"),
        (404, Outcome.UNKNOWN, "not_found"),
        (1005, Outcome.UNKNOWN, "authentication_failed"),
    ],
)
def test_each_code_of_api_v1(
    api_v1: CinetPayGateway, server: CinetPayServer, code: object, outcome: Outcome, error: str
) -> None:
    server.answers(f"/v1/payment/{REFERENCE}", {"code": code, "status": "ODD", "merchant_transaction_id": REFERENCE})

    report = ask(api_v1)

    assert (report.outcome, report.error_code) == (outcome, error)
    assert report.amount == (ASKED if outcome is Outcome.SUCCEEDED else None)


def test_a_disputed_code_ends_a_payment_where_the_account_says_so(server: CinetPayServer, http: GatewayHttp) -> None:
    server.answers("/v1/oauth/login", {"code": 200, "access_token": "token"})
    adapter = gateway(server, http, API_V1, final_codes="2003, 2007 100")
    told = [{"code": code, "merchant_transaction_id": REFERENCE} for code in (2003, 2007, 2004)]
    server.answers(f"/v1/payment/{REFERENCE}", *told)

    assert [ask(adapter).outcome for _ in told] == [Outcome.EXPIRED, Outcome.DECLINED, Outcome.PENDING]


@pytest.mark.parametrize("other", ["", "ref-even", None])
def test_an_answer_about_another_payment_is_a_contradiction(
    api_v1: CinetPayGateway, server: CinetPayServer, other: str | None
) -> None:
    server.answers(f"/v1/payment/{REFERENCE}", {"code": 100, "status": "SUCCESS", "merchant_transaction_id": other})

    report = ask(api_v1)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


@pytest.mark.parametrize(
    ("details", "url", "kind"),
    [
        ({"code": 2001, "must_be_redirected": True}, "https://pay.example/t", NextActionKind.REDIRECT),
        ({"code": 2001, "must_be_redirected": True}, "", None),
        ({"code": 2001, "must_be_redirected": True}, "javascript:1", None),
        ({"code": 2002, "must_be_redirected": False, "message": "Ask"}, "", NextActionKind.PHONE_PROMPT),
    ],
)
def test_the_payer_is_redirected_only_when_told_so(
    api_v1: CinetPayGateway, server: CinetPayServer, details: dict[str, Any], url: str, kind: NextActionKind | None
) -> None:
    answer = {"code": 200, "status": "OK", "merchant_transaction_id": REFERENCE, "payment_url": url}
    server.answers("/v1/payment", answer | {"notify_token": "n", "payment_token": "p", "details": details})

    report = charge(api_v1)

    assert (report.next_action.kind if report.next_action else None) is kind
    assert report.keep == {"notify_token": "n", "payment_token": "p"}


def test_an_id_that_exists_at_api_v1_is_asked_about(api_v1: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers("/v1/payment", {"code": 1200, "status": "TRANSACTION_EXIST"}, status=400)
    server.answers(f"/v1/payment/{REFERENCE}", {"code": 100, "merchant_transaction_id": REFERENCE})

    assert charge(api_v1).outcome is Outcome.SUCCEEDED


def test_a_number_and_an_operator_ask_the_payer_on_the_telephone(
    api_v1: CinetPayGateway, server: CinetPayServer
) -> None:
    charge(api_v1, payer_phone="+2250701020304", payment_method="OM_CI")
    charge(api_v1, payer_phone="+2250701020304")

    direct, page = server.bodies("/v1/payment")
    assert (direct["direct_pay"], direct["payment_method"], direct["channel"]) == (True, "OM_CI", "PUSH")
    assert "direct_pay" not in page
    assert page["client_phone_number"] == "+2250701020304"


@pytest.mark.parametrize(
    "changes", [{"payer_name": ""}, {"payer_email": ""}, {"webhook_url": "https://shop.example/" + "x" * 120}]
)
def test_api_v1_is_not_asked_without_what_it_needs(
    api_v1: CinetPayGateway, server: CinetPayServer, changes: dict[str, str]
) -> None:
    report = charge(api_v1, **changes)

    assert report.outcome is Outcome.NOT_SENT
    assert server.count("/v1/payment") == 0


# --- Tokens ---------------------------------------------------------------------------------------------------------


def test_one_token_serves_many_calls(api_v1: CinetPayGateway, server: CinetPayServer) -> None:
    for _ in range(3):
        ask(api_v1)

    assert server.count("/v1/oauth/login") == 1


def test_a_token_that_ended_is_renewed_once(api_v1: CinetPayGateway, server: CinetPayServer) -> None:
    path = f"/v1/payment/{REFERENCE}"
    server.answers(path, {"code": 1003, "status": "EXPIRED"}, {"code": 100, "merchant_transaction_id": REFERENCE})

    assert ask(api_v1).outcome is Outcome.SUCCEEDED
    assert (server.count("/v1/oauth/login"), server.count(path)) == (2, 2)


def test_a_fresh_token_that_is_refused_sends_nothing(api_v1: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers("/v1/payment", {"code": 1003, "status": "EXPIRED"}, status=401)

    report = charge(api_v1)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "token_unavailable")
    assert server.count("/v1/payment") == 2


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ({"code": 1005, "status": "INVALID_CREDENTIALS"}, 401, "authentication_failed"),
        ({"code": 200, "status": "OK"}, 200, "token_unavailable"),
        (b"<html>", 200, "token_unavailable"),
        ({"code": -1}, 500, "token_unavailable"),
    ],
)
def test_without_a_token_nothing_is_sent(
    server: CinetPayServer, http: GatewayHttp, answer: object, status: int, error: str
) -> None:
    adapter = gateway(server, http, API_V1)
    server.answers("/v1/oauth/login", answer, status=status)

    report = charge(adapter)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, error)
    assert ask(adapter).outcome is Outcome.UNKNOWN
    assert server.count("/v1/payment") == 0

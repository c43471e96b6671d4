"""CinetPay's transfers: what each state and code becomes, and that a refusal is never taken for more than it is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.cinetpay.gateway import CinetPayGateway
from gateways.contract import Destination, DestinationKind, GatewayBalance, LookUpRequest, Outcome, PayoutRequest
from gateways.errors import NoAnswer
from gateways.http import GatewayHttp
from tests.gateways.cinetpay_samples import API_V1, CHECKOUT, REFERENCE, CinetPayServer, gateway, transferred

LOGIN, CONTACT, SEND = "/v1/auth/login", "/v1/transfer/contact", "/v1/transfer/money/send/contact"
CHECK = "/v1/transfer/check/money"
ASKED = Money(1_255, "XOF")
ACCEPTED = {"code": 0, "data": [[{"code": 0, "client_transaction_id": REFERENCE, "transaction_id": "EA1",
                                  "lot": "LOT1", "treatment_status": "NEW"}]]}  # fmt: skip


@pytest.fixture
def server() -> Iterator[CinetPayServer]:
    running = CinetPayServer()
    running.answers(LOGIN, {"code": 0, "data": {"token": "token"}})
    running.answers(CONTACT, {"code": 0, "data": [[{"code": 0, "status": "success"}]]})
    running.answers(CHECK, {"code": "723", "message": "NOT_FOUND"}, status=404)
    running.answers("/v1/oauth/login", {"code": 200, "access_token": "token"})
    yield running
    running.close()


@pytest.fixture
def checkout(server: CinetPayServer, http: GatewayHttp) -> CinetPayGateway:
    return gateway(server, http, CHECKOUT)


def pay_out(adapter: CinetPayGateway, **changes: Any) -> Any:
    wanted: dict[str, Any] = {
        "reference": REFERENCE,
        "amount": ASKED,
        "destination": Destination(
            DestinationKind.MOBILE_MONEY, "+225 0701020304", name="Ama Odd", network=changes.pop("network", "")
        ),
        "webhook_url": "https://shop.example/hooks",
    }
    return adapter.pay_out(PayoutRequest(**wanted | changes))


def ask(adapter: CinetPayGateway) -> Any:
    return adapter.look_up_payout(LookUpRequest(REFERENCE, amount=ASKED))


@pytest.mark.parametrize(
    ("status", "outcome", "error"),
    [
        ("NEW", Outcome.PENDING, ""),
        ("REC", Outcome.PENDING, ""),
        ("NOS", Outcome.PENDING, ""),
        ("VAL", Outcome.SUCCEEDED, ""),
        ("REJ", Outcome.DECLINED, "transfer_rejected"),
        ("val", Outcome.UNKNOWN, "unlisted_status"),
        ("", Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_a_transfer_ends_at_val_and_rej_only(
    checkout: CinetPayGateway, server: CinetPayServer, status: str, outcome: Outcome, error: str
) -> None:
    server.answers(CHECK, transferred(status))

    report = ask(checkout)

    assert (report.outcome, report.error_code, report.amount) == (outcome, error, ASKED)
    assert report.keep == {"transaction_id": "EA1", "lot": "LOT1"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (transferred("VAL", amount=None), "incomplete_answer"),
        (transferred("VAL", client_transaction_id="ref-even"), "contradiction"),
        ({"code": 0, "data": []}, "unexpected_answer"),
        ({"code": "723", "message": "NOT_FOUND"}, "not_found"),
        ({"code": "709"}, "transfer_709"),
        ({"code": -1}, "transfer_-1"),
        ({"code": "799"}, "unexpected_answer"),
        (b"<html>", "unreadable_answer"),
    ],
)
def test_what_a_transfer_check_cannot_say_is_unknown(
    checkout: CinetPayGateway, server: CinetPayServer, answer: object, error: str
) -> None:
    server.answers(CHECK, answer)

    report = ask(checkout)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, error)


@pytest.mark.parametrize("shape", [lambda item: [item], lambda item: [[item]], lambda item: item])
def test_lists_may_be_nested_or_not(checkout: CinetPayGateway, server: CinetPayServer, shape: Any) -> None:
    item = transferred("VAL")["data"][0][0]
    server.answers(CHECK, {"code": 0, "data": shape(item)})

    assert ask(checkout).outcome is Outcome.SUCCEEDED


def test_a_transfer_makes_its_contact_first_and_travels_as_a_form(
    checkout: CinetPayGateway, server: CinetPayServer
) -> None:
    server.answers(SEND, ACCEPTED)

    report = pay_out(checkout, network="WAVECI")

    assert (report.outcome, report.gateway_payment_id) == (Outcome.PENDING, REFERENCE)
    assert [path for _, path, _, _ in server.asked] == [LOGIN, CONTACT, SEND]
    assert [query.get("token") for _, _, query, _ in server.asked] == [None, ["token"], ["token"]]
    [contact] = json.loads(server.bodies(CONTACT)[0]["data"])
    assert contact == {
        "prefix": "225",
        "phone": "0701020304",
        "name": "Odd",
        "surname": "Ama",
        "email": "payouts@shop.example",
    }
    [sent] = json.loads(server.bodies(SEND)[0]["data"])
    assert sent == {
        "prefix": "225",
        "phone": "0701020304",
        "amount": 1255,
        "client_transaction_id": REFERENCE,
        "notify_url": "https://shop.example/hooks",
        "payment_method": "WAVECI",
    }


@pytest.mark.parametrize("code", ["0", 0, "726", 726])
def test_a_known_contact_is_a_contact(checkout: CinetPayGateway, server: CinetPayServer, code: object) -> None:
    server.answers(CONTACT, {"code": 0, "data": [[{"code": code, "status": "odd"}]]})
    server.answers(SEND, ACCEPTED)

    assert pay_out(checkout).outcome is Outcome.PENDING


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"<html>", 200, "contact_refused"),
        ({"code": "500"}, 500, "contact_refused"),
        ({"code": 0, "data": [[{"code": "704"}]]}, 200, "contact_refused"),
        ({"code": "706"}, 401, "token_unavailable"),
    ],
)
def test_without_a_contact_no_money_is_sent(
    checkout: CinetPayGateway, server: CinetPayServer, answer: object, status: int, error: str
) -> None:
    server.answers(CONTACT, answer, status=status)

    report = pay_out(checkout)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, error)
    assert server.count(SEND) == 0


@pytest.mark.parametrize("code", ["602", "704", "717", "719", "720", "721", "724", "801", "802", "804"])
def test_a_refusal_is_final_when_the_check_does_not_know_the_transfer(
    checkout: CinetPayGateway, server: CinetPayServer, code: str
) -> None:
    server.answers(SEND, {"code": code, "message": "ODD"}, status=400)

    report = pay_out(checkout)

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, f"transfer_{code}")
    assert server.count(CHECK) == 1


@pytest.mark.parametrize("code", ["602", "805"])
def test_a_refused_repeat_is_what_the_first_transfer_became(
    checkout: CinetPayGateway, server: CinetPayServer, code: str
) -> None:
    server.answers(SEND, {"code": code, "message": "ODD"}, status=400)
    server.answers(CHECK, transferred("VAL"))

    assert pay_out(checkout).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize("code", ["709", "710", "715", "-1", "799", "805"])
def test_what_cinetpay_cannot_say_of_a_transfer_is_unknown(
    checkout: CinetPayGateway, server: CinetPayServer, code: str
) -> None:
    server.answers(SEND, {"code": code, "message": "ODD"}, status=400)

    assert pay_out(checkout).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"transaction_id": ""}, "unexpected_answer"),
        ({"client_transaction_id": "ref-even"}, "contradiction"),
        ({"treatment_status": "ODD"}, "unlisted_status"),
    ],
)
def test_code_0_alone_is_no_transfer(
    checkout: CinetPayGateway, server: CinetPayServer, item: dict[str, str], error: str
) -> None:
    server.answers(SEND, {"code": 0, "data": [[ACCEPTED["data"][0][0] | item]]})

    report = pay_out(checkout)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": Money(1_255, "XAF")}, "credentials_unusable"),
        ({"webhook_url": ""}, "payer_details_missing"),
        ({"destination": Destination(DestinationKind.MOBILE_MONEY, "+33612345678", name="A B")}, "phone_unusable"),
        ({"destination": Destination(DestinationKind.EMAIL, "a@b.example", name="A B")}, "invalid_request"),
    ],
)
def test_what_cannot_be_paid_out_is_not_sent(
    checkout: CinetPayGateway, server: CinetPayServer, changes: dict[str, Any], error: str
) -> None:
    report = pay_out(checkout, **changes)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, error)
    assert server.asked == []


def test_the_check_may_be_posted_where_the_account_says_so(server: CinetPayServer, http: GatewayHttp) -> None:
    server.answers(CHECK, transferred("VAL"))

    ask(gateway(server, http, CHECKOUT, transfer_check="post"))
    ask(gateway(server, http, CHECKOUT))

    assert [method for method, path, _, _ in server.asked if path == CHECK] == ["POST", "GET"]
    assert server.bodies(CHECK)[0] == {"client_transaction_id": REFERENCE}


def test_a_token_that_ended_is_renewed_once(checkout: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers(CHECK, {"code": "705"}, transferred("REC"))

    assert ask(checkout).outcome is Outcome.PENDING
    assert (server.count(LOGIN), server.count(CHECK)) == (2, 2)


def test_a_wrong_password_is_said_to_be_wrong(checkout: CinetPayGateway, server: CinetPayServer) -> None:
    server.answers(LOGIN, {"code": "701"}, status=401)
    server.answers("/v2/payment/check", {"code": "404", "message": "TRANSACTION_NOT_FOUND"})

    assert pay_out(checkout).error_code == "authentication_failed"
    assert checkout.check_credentials().works is False


def test_the_purse_is_the_balance(checkout: CinetPayGateway, server: CinetPayServer) -> None:
    path = "/v1/transfer/check/balance"
    server.answers(path, {"code": 0, "data": {"amount": 1500, "inUsing": "245", "available": 1255}})

    assert checkout.balances() == [GatewayBalance(ASKED, pending=Money(245, "XOF"))]

    server.answers(path, {"code": 0, "data": {"amount": 1500}})
    with pytest.raises(NoAnswer):
        checkout.balances()


# --- API v1 ---------------------------------------------------------------------------------------------------------


def v1_transfer(code: int, **changes: Any) -> dict[str, Any]:
    told = {"code": code, "status": "ODD", "transaction_id": "t", "merchant_transaction_id": REFERENCE}
    return told | {"amount": "1255", "fee_amount": "12", "currency": "XOF"} | changes


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (v1_transfer(100), Outcome.SUCCEEDED),
        (v1_transfer(2010), Outcome.DECLINED),
        *[(v1_transfer(code), Outcome.PENDING) for code in (2001, 2002, 2003, 2005, 2008, 200)],
        (v1_transfer(100, amount=""), Outcome.UNKNOWN),
        (v1_transfer(100, merchant_transaction_id="ref-even"), Outcome.UNKNOWN),
        (v1_transfer(2999), Outcome.UNKNOWN),
        ({"code": 404, "status": "NOT_FOUND"}, Outcome.UNKNOWN),
        ({"code": 1004, "status": "INVALID_PARAMS"}, Outcome.UNKNOWN),
    ],
)
def test_money_of_api_v1_is_given_back_on_one_code_only(
    server: CinetPayServer, http: GatewayHttp, answer: dict[str, Any], outcome: Outcome
) -> None:
    adapter = gateway(server, http, API_V1)
    server.answers("/v1/transfer", answer)
    server.answers(f"/v1/transfer/{REFERENCE}", answer)

    sent, asked = pay_out(adapter, network="OM_CI"), ask(adapter)

    assert (sent.outcome, asked.outcome) == (outcome, outcome)
    if outcome is not Outcome.UNKNOWN:
        assert (asked.amount, asked.fee) == (ASKED, Money(12, "XOF"))


def test_a_refusal_ends_a_transfer_of_api_v1_where_the_account_says_so(
    server: CinetPayServer, http: GatewayHttp
) -> None:
    server.answers("/v1/transfer", {"code": 1004, "status": "INVALID_PARAMS", "description": "amount"}, status=422)

    report = pay_out(gateway(server, http, API_V1, refused_transfers_end="yes"), network="OM_CI")

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "v1_1004")


def test_notifications_of_transfers_are_told_apart_by_their_address(server: CinetPayServer, http: GatewayHttp) -> None:
    pay_out(gateway(server, http, API_V1), network="OM_CI")

    assert server.bodies("/v1/transfer")[0]["notify_url"] == "https://shop.example/hooks?about=payout"

"""The stand-in CinetPay pays out, and speaks its second generation."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.process import Simulator
from tests.simulator.cinetpay_shop import KEY, V1_KEY, Merchant, opened, v1_payment
from tests.simulator.receiver import Receiver


@pytest.fixture
def merchant(simulator: Simulator, receiver: Receiver) -> Iterator[Merchant]:
    with opened(simulator, receiver) as shop:
        yield shop


# --- Transfers ------------------------------------------------------------------------------------------------------


def test_a_transfer_goes_to_contacts_and_moves_the_purse(merchant: Merchant) -> None:
    token = merchant.token()
    early = merchant.transfer(
        "money/send/contact", token=token, amount=1255, client_transaction_id="OUT-1", notify_url="https://s.example"
    )
    sent = merchant.send(token=token)
    during = merchant.books()["purse"]
    merchant.control("/cinetpay/transfers/OUT-1/move", to="NOS")
    merchant.control("/cinetpay/transfers/OUT-1/move", to="VAL")
    url = f"{merchant.base}/v1/transfer/check/money?token={token}&client_transaction_id=OUT-1"
    [[told]] = merchant.session.get(url, timeout=5).json()["data"]

    assert early["code"] == "724"
    assert (sent["code"], sent["data"][0][0]["treatment_status"]) == (0, "NEW")
    assert during == {"available": 998_745, "in_use": 1255}
    assert (told["treatment_status"], told["amount"], told["sending_status"]) == ("VAL", 1255, "CONFIRM")
    assert merchant.books()["purse"] == {"available": 998_745, "in_use": 0}
    merchant.receiver.wait_for(lambda: len(merchant.notified()) == 2)
    assert {each["treatment_status"] for each in merchant.notified()} == {"NOS", "VAL"}
    assert all("x-token" not in each.headers for each in merchant.receiver.received)


def test_a_rejected_transfer_gives_the_money_back_once(merchant: Merchant) -> None:
    merchant.send(token=merchant.token())

    first = merchant.control("/cinetpay/transfers/OUT-1/move", to="REJ")
    second = merchant.control("/cinetpay/transfers/OUT-1/move", to="REJ")

    assert (first.status_code, second.status_code) == (200, 409)
    assert merchant.books()["purse"] == {"available": 1_000_000, "in_use": 0}


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"amount": 199}, "719"),
        ({"amount": 1_500_001}, "720"),
        ({"amount": "1255"}, "801"),
        ({"notify_url": ""}, "725"),
        ({"client_transaction_id": ""}, "704"),
        ({"payment_method": "WAVESN"}, "721"),
        ({"amount": 1_200_000}, "602"),
        ({"phone": "0799999999"}, "724"),
    ],
)
def test_a_wrong_transfer_is_not_started(merchant: Merchant, item: dict[str, Any], code: str) -> None:
    assert merchant.send(token=merchant.token(), **item)["code"] == code
    assert merchant.books()["payouts"] == {}


def test_a_client_transaction_id_is_taken_once(merchant: Merchant) -> None:
    token = merchant.token()

    assert [merchant.send(token=token)["code"] for _ in range(2)] == [0, "805"]
    assert merchant.books()["payouts"] == {"OUT-1": 1}


def test_contacts_are_known_or_wrong(merchant: Merchant) -> None:
    token = merchant.token()
    person = {"name": "Odd", "surname": "Ama", "email": "a@shop.example"}

    answers = [merchant.transfer("contact", token=token, **person) for _ in range(2)]
    wrong = merchant.transfer("contact", token=token, **person | {"phone": "12"})

    assert [answer["data"][0][0]["code"] for answer in (*answers, wrong)] == [0, "726", "717"]


def test_a_token_counts_in_the_address_only_and_not_for_ever(merchant: Merchant) -> None:
    token = merchant.token()
    url = f"{merchant.base}/v1/transfer/check/balance"
    in_body = merchant.session.post(f"{merchant.base}/v1/transfer/contact", data={"token": token}, timeout=5).json()
    balance = merchant.session.get(f"{url}?token={token}", timeout=5).json()
    merchant.control("/cinetpay/forget_tokens")

    assert in_body["code"] == "706"
    assert balance["data"] == {"amount": 1_000_000, "inUsing": 0, "available": 1_000_000}
    assert merchant.session.get(f"{url}?token={token}", timeout=5).json()["code"] == "705"


def test_transfers_of_a_listed_address_run_through_by_themselves(merchant: Merchant) -> None:
    merchant.control("/cinetpay/accounts", api_key=KEY, moves_transfers=True)
    merchant.send(token=merchant.token())

    merchant.control("/webhooks/drain", seconds=5)

    assert [each["status"] for each in merchant.books()["transfers"]] == ["VAL"]


# --- API v1 ---------------------------------------------------------------------------------------------------------


def test_api_v1_redirects_or_asks_on_the_telephone(merchant: Merchant) -> None:
    token = merchant.v1_token()

    page = merchant.v1("POST", "/v1/payment", token=token, **v1_payment()).json()
    direct = v1_payment(
        merchant_transaction_id="PAY-2", payment_method="OM_CI", client_phone_number="+2250701020304", direct_pay=True
    )
    asked = merchant.v1("POST", "/v1/payment", token=token, **direct).json()

    assert (page["code"], page["details"]["code"], page["details"]["must_be_redirected"]) == (200, 2001, True)
    assert page["payment_url"].startswith(f"{merchant.simulator.url}/pay/cinetpay/")
    assert (asked["payment_url"], asked["details"]["code"]) == ("", 2002)
    assert not asked["details"]["must_be_redirected"]


def test_api_v1_knows_a_payment_by_each_of_its_ids(merchant: Merchant) -> None:
    token = merchant.v1_token()
    made = merchant.v1("POST", "/v1/payment", token=token, **v1_payment()).json()
    merchant.control("/cinetpay/payments/PAY-1/end", outcome="accept")

    for name in ("payment_token", "transaction_id", "merchant_transaction_id"):
        told = merchant.v1("GET", f"/v1/payment/{made[name]}", token=token).json()
        assert (told["code"], told["status"]) == (100, "SUCCESS")
        assert "amount" not in told
    assert merchant.v1("GET", "/v1/balances", token=token).json()["available_balance"] == "1001335.00"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 99},
        {"amount": "1335"},
        {"merchant_transaction_id": "x" * 31},
        {"client_last_name": "O"},
        {"notify_url": "https://shop.example/" + "x" * 120},
        {"designation": ""},
        {"channel": "PIGEON"},
        {"direct_pay": True},
        {"payment_method": "OM_SN"},
        {"currency": "XAF"},
        {"client_phone_number": "0701020304"},
        {"otp_code": "123"},
    ],
)
def test_api_v1_refuses_wrong_fields(merchant: Merchant, changes: dict[str, Any]) -> None:
    answer = merchant.v1("POST", "/v1/payment", token=merchant.v1_token(), **v1_payment(**changes))

    assert answer.json()["code"] == 1004
    assert merchant.books(V1_KEY)["payments"] == []


def test_api_v1_wants_its_own_token(merchant: Merchant) -> None:
    token = merchant.v1_token()
    wrong = merchant.session.post(
        f"{merchant.base}/v1/oauth/login", json={"api_key": V1_KEY, "api_password": "x"}, timeout=5
    ).json()
    twice = [merchant.v1("POST", "/v1/payment", token=token, **v1_payment()).json()["code"] for _ in range(2)]
    merchant.control("/cinetpay/forget_tokens")

    assert wrong["code"] == 1005
    assert twice == [200, 1200]
    assert merchant.v1("GET", "/v1/payment/PAY-1", token="other").json()["code"] == 1002
    assert merchant.v1("GET", "/v1/payment/PAY-1", token=token).json()["code"] == 1003
    assert merchant.v1("GET", "/v1/payment/PAY-1", token=merchant.token()).json()["code"] == 1002

"""The stand-in CinetPay takes payments: what it enforces, its pages, its notifications, what survives a restart."""

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from simulator import process
from simulator.cinetpay.codes import COUNTRIES, REFUSALS, methods
from simulator.cinetpay.notices import SIGNED
from simulator.cinetpay.pages import TEXTS
from simulator.process import Simulator
from tests.simulator.cinetpay_shop import KEY, PASSWORD, SECRET, SITE, V1_KEY, Merchant, opened, v1_payment
from tests.simulator.receiver import Receiver


@pytest.fixture
def merchant(simulator: Simulator, receiver: Receiver) -> Iterator[Merchant]:
    with opened(simulator, receiver) as shop:
        yield shop


def _path(answer: requests.Response) -> str:
    url = answer.json()["data"]["payment_url"]
    return "/pay/" + url.partition("/pay/")[2]


# --- What checkout v2 enforces --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"apikey": "other"}, "609"),
        ({"apikey": V1_KEY}, "609"),
        ({"site_id": "1"}, "613"),
        ({"amount": 1337}, "608"),
        ({"amount": "1335"}, "608"),
        ({"amount": 1335.0}, "608"),
        ({"amount": 50}, "608"),
        ({"currency": "XAF"}, "608"),
        ({"channels": None}, "608"),
        ({"channels": "BARTER"}, "608"),
        ({"notify_url": None}, "608"),
        ({"metadata": {"a": "b"}}, "608"),
        ({"invoice_data": {"a": 1, "b": 2, "c": 3, "d": 4}}, "608"),
        ({"channels": "ALL"}, "624"),
        ({"lock_phone_number": True}, "624"),
    ],
)
def test_a_wrong_request_makes_no_payment(merchant: Merchant, changes: dict[str, Any], code: str) -> None:
    answer = merchant.pay_in(**changes)

    assert (answer.status_code >= 400, answer.json()["code"]) == (True, code)
    assert "data" not in answer.json()
    assert merchant.books()["payments"] == []


@pytest.mark.parametrize(("headers", "code"), [({"User-Agent": ""}, "1010"), ({"Content-Type": "text/plain"}, "403")])
def test_the_door_looks_at_headers(merchant: Merchant, headers: dict[str, str], code: str) -> None:
    assert merchant.pay_in(headers=headers).json()["code"] == code


def test_a_transaction_id_is_taken_once(merchant: Merchant) -> None:
    first, again = merchant.pay_in(), merchant.pay_in()

    assert (first.status_code, first.json()["code"]) == (201, "201")
    assert again.json()["code"] == "608"
    assert merchant.books()["creates"] == {"order-1": 1}


def test_the_check_says_amounts_as_text_and_knows_ids_and_tokens(merchant: Merchant) -> None:
    token = merchant.pay_in().json()["data"]["payment_token"]

    by_token = merchant.pay_in("/check", transaction_id=None, token=token).json()

    assert (by_token["code"], by_token["data"]["status"]) == ("662", "PENDING")
    assert (by_token["data"]["amount"], by_token["data"]["metadata"]) == ("1335", "order-1")
    assert merchant.check("PAY-2")["code"] == "404"


# --- The payer's page -----------------------------------------------------------------------------------------------


def test_the_page_offers_what_the_channel_allows(merchant: Merchant) -> None:
    path = _path(merchant.pay_in())

    page = merchant.page(path)

    assert "1335 XOF" in page
    assert "Odd Shop" in page
    assert "Two &lt;seats&gt;" in page
    assert all(f'value="{name}"' in page for name in methods("CI", channels="MOBILE_MONEY"))
    assert "VISA" not in page
    assert "Abandonner" in merchant.page(path, language="fr-FR,fr;q=0.9")


def test_a_refused_payer_may_try_again_and_is_sent_back_by_a_form(merchant: Merchant) -> None:
    path = _path(merchant.pay_in())

    merchant.press(path, action="refuse", method="OM_CI", reason="602")
    refused = merchant.check()
    merchant.press(path, action="accept", method="WAVE_CI")
    paid = merchant.check()
    page = merchant.page(path)

    assert (refused["code"], refused["message"], refused["data"]["status"]) == ("602", REFUSALS["602"], "REFUSED")
    assert (paid["code"], paid["data"]["status"], paid["data"]["payment_method"]) == ("00", "ACCEPTED", "WAVE_CI")
    assert '<form method="post" action="https://shop.example/back">' in page
    assert 'name="transaction_id" value="PAY-1"' in page


def test_a_payer_who_gave_up_cannot_pay_any_more(merchant: Merchant) -> None:
    path = _path(merchant.pay_in())

    merchant.press(path, action="cancel", method="OM_CI")
    merchant.press(path, action="accept", method="OM_CI")

    assert merchant.check()["code"] == "627"
    assert merchant.control("/cinetpay/payments/PAY-1/end", outcome="accept").status_code == 409


def test_a_payment_may_wait_for_the_telephone_and_then_expire(merchant: Merchant) -> None:
    path = _path(merchant.pay_in())

    merchant.press(path, action="wait", method="OM_CI")
    waiting = merchant.check()
    merchant.control("/cinetpay/payments/PAY-1/end", outcome="expire")

    assert (waiting["code"], waiting["data"]["status"]) == ("623", "WAITING_FOR_CUSTOMER")
    assert merchant.check()["code"] == "625"


def test_a_method_that_the_channel_does_not_allow_changes_nothing(merchant: Merchant) -> None:
    merchant.press(_path(merchant.pay_in()), action="accept", method="VISA")

    assert merchant.check()["code"] == "662"


def test_an_address_that_is_none_leads_nowhere(merchant: Merchant) -> None:
    path = _path(merchant.pay_in(return_url="javascript:alert(1)"))

    merchant.press(path, action="accept", method="OM_CI")

    assert "javascript" not in merchant.page(path)


def test_every_text_is_there_in_both_languages() -> None:
    assert TEXTS["fr"].keys() == TEXTS["en"].keys()
    assert all(COUNTRIES[country][0] for country in COUNTRIES)


# --- Notifications --------------------------------------------------------------------------------------------------


def test_a_notification_is_a_signed_form_after_a_ping(merchant: Merchant) -> None:
    merchant.pay_in()
    merchant.control("/cinetpay/payments/PAY-1/end", outcome="accept", by="OM_CI")
    merchant.receiver.wait_for(merchant.notified)

    [told] = merchant.notified()
    genuine = next(each for each in merchant.receiver.received if each.method == "POST")
    values = dict(parse_qsl(genuine.body.decode(), keep_blank_values=True))
    text = "".join(values[name] for name in SIGNED)

    assert (told["cpm_trans_id"], told["cpm_amount"], told["cpm_custom"]) == ("PAY-1", "1335", "order-1")
    assert (told["cpm_error_message"], told["cpm_site_id"]) == ("SUCCES", SITE)
    assert genuine.headers["x-token"] == hmac.digest(SECRET.encode(), text.encode(), "sha256").hex()
    assert genuine.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_notification_that_is_not_taken_comes_again(merchant: Merchant) -> None:
    merchant.receiver.statuses += [500, 500]
    merchant.pay_in()
    merchant.control("/cinetpay/payments/PAY-1/end", outcome="accept")

    merchant.receiver.wait_for(lambda: len(merchant.notified()) >= 2)

    assert len({each["cpm_trans_id"] for each in merchant.notified()}) == 1


def test_a_forged_notification_comes_before_the_genuine_one(merchant: Merchant) -> None:
    merchant.receiver.statuses += [200, 400]
    merchant.control("/faults", gateway="cinetpay", fault="forge", match={"event": "notify"})
    merchant.pay_in()
    merchant.control("/cinetpay/payments/PAY-1/end", outcome="accept")

    merchant.receiver.wait_for(lambda: len({r.headers.get("x-token") for r in merchant.receiver.received}) >= 2)


def test_api_v1_tells_of_ends_only_and_says_nothing_of_them(merchant: Merchant) -> None:
    token = merchant.v1_token()
    notify_token = merchant.v1("POST", "/v1/payment", token=token, **v1_payment()).json()["notify_token"]

    merchant.control("/cinetpay/payments/PAY-1/end", outcome="wait")
    merchant.control("/cinetpay/payments/PAY-1/end", outcome="accept")
    merchant.receiver.wait_for(lambda: merchant.receiver.received)

    [told] = [each.event for each in merchant.receiver.received]
    assert set(told) == {"notify_token", "merchant_transaction_id", "transaction_id", "user"}
    assert told["notify_token"] == notify_token


# --- Restart --------------------------------------------------------------------------------------------------------


def test_a_restart_continues_where_the_last_run_stopped(tmp_path: Path, receiver: Receiver) -> None:
    first = process.start(seed=7, directory=tmp_path)
    with requests.Session() as session:
        merchant = Merchant(first, receiver, session)
        account = {"api_key": KEY, "site_id": SITE, "secret_key": SECRET, "api_password": PASSWORD}
        merchant.control("/cinetpay/accounts", **account)
        merchant.pay_in()
        merchant.control("/cinetpay/payments/PAY-1/end", outcome="refuse", code="604")
        merchant.send(token=merchant.token())
        first.stop()

        second = process.start(seed=7, directory=tmp_path)
        merchant = Merchant(second, receiver, session)
        try:
            assert merchant.check()["code"] == "604"
            assert merchant.pay_in().json()["code"] == "608"
            merchant.control("/webhooks/drain", seconds=5)
            assert [each["status"] for each in merchant.books()["transfers"]] == ["VAL"]
        finally:
            second.stop()

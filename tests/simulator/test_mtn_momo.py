"""The stand-in MTN refuses what MTN refuses, and knows each platform's own only."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.process import Simulator
from tests.simulator.momo_merchant import Merchant


@pytest.fixture
def merchant(simulator: Simulator) -> Iterator[Merchant]:
    merchant = Merchant(simulator, settle_seconds=None, callback_host="127.0.0.1")
    yield merchant
    merchant.session.close()


# --- Who may call ---------------------------------------------------------------------------------------------------


def test_a_token_is_given_for_user_key_and_product(merchant: Merchant) -> None:
    told = merchant.ask_token().json()

    assert (told["expires_in"], bool(told["access_token"])) == (3600, True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"data": b"x"}, 400),
        ({"Authorization": "Basic bm9ib2R5OnNlY3JldA=="}, 401),
        ({"Authorization": "Basic %"}, 401),
        ({"Authorization": None}, 401),
        ({"Ocp-Apim-Subscription-Key": "of nobody"}, 401),
        ({"X-Target-Environment": "mtnghana"}, 500),
    ],
)
def test_a_token_is_refused_as_mtn_refuses_it(merchant: Merchant, changes: dict[str, Any], status: int) -> None:
    assert merchant.ask_token(**changes).status_code == status


def test_a_subscription_key_is_good_for_its_product_only(merchant: Merchant) -> None:
    answer = merchant.ask_token(**{"Ocp-Apim-Subscription-Key": merchant.keys["disbursement"]})

    assert answer.status_code == 401


def test_the_new_platform_wants_the_environment_and_no_common_agent(simulator: Simulator) -> None:
    new = Merchant(simulator, platform="new", environment="mtnghana")

    assert new.ask_token().status_code == 200
    assert new.ask_token(**{"X-Target-Environment": None}).status_code == 400
    turned_away = new.ask_token(**{"User-Agent": "python-requests/2.34"})
    assert (turned_away.status_code, turned_away.headers["content-type"]) == (403, "text/html; charset=utf-8")


def test_the_credentials_of_one_platform_are_none_on_the_other(simulator: Simulator) -> None:
    legacy = Merchant(simulator, platform="legacy", environment="mtnghana")
    new = Merchant(simulator, platform="new", environment="mtnghana")
    new.pair = legacy.pair

    assert new.ask_token().status_code == 401


def test_a_token_ends(merchant: Merchant) -> None:
    merchant.paid()

    merchant.control("/tokens/expire")

    assert merchant.status(str(uuid.uuid4())).status_code == 401


# --- What a request must hold ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": 13.37}, 400, None),
        ({"amount": "13.375"}, 400, None),
        ({"amount": "1e3"}, 400, None),
        ({"amount": "0"}, 400, None),
        ({"currency": "UGX"}, 500, "INVALID_CURRENCY"),
        ({"externalId": ""}, 400, None),
        ({"payer": None}, 400, None),
        ({"number": "+46733120001"}, 400, None),
        ({"number": "0733120001"}, 400, None),
        ({"payerMessage": "x" * 161}, 400, None),
        ({"headers": {"X-Reference-Id": "7"}}, 400, None),
        ({"headers": {"X-Reference-Id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}}, 400, None),
        ({"headers": {"X-Target-Environment": None}}, 400, None),
        ({"headers": {"X-Target-Environment": "mtnghana"}}, 500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
        ({"headers": {"X-Callback-Url": ""}}, 400, None),
        ({"headers": {"X-Callback-Url": "https://evil.example/x"}}, 500, "INVALID_CALLBACK_URL_HOST"),
        ({"headers": {"Authorization": "Bearer x"}}, 401, None),
    ],
)
def test_a_request_is_refused_as_mtn_refuses_it(
    merchant: Merchant, changes: dict[str, Any], status: int, code: str | None
) -> None:
    answer = merchant.charge(**changes)

    assert answer.status_code == status
    assert (answer.json().get("code") if answer.content else None) == code
    assert merchant.books()["payments"] == []


def test_an_accepted_request_is_answered_without_a_body_and_a_second_one_with_409(merchant: Merchant) -> None:
    reference = str(uuid.uuid4())

    first, second = (merchant.charge(reference=reference) for _ in range(2))

    assert (first.status_code, first.content) == (202, b"")
    assert (second.status_code, second.json()["code"]) == (409, "RESOURCE_ALREADY_EXIST")
    assert merchant.books()["creates"] == {"order-7": 1}


@pytest.mark.parametrize("note", ["L'été", "Salt & Co", "<b>"])
def test_a_note_with_odd_characters_is_accepted_and_lost(merchant: Merchant, note: str) -> None:
    reference = str(uuid.uuid4())

    assert merchant.charge(reference=reference, payerMessage=note).status_code == 202
    assert merchant.status(reference).json()["code"] == "RESOURCE_NOT_FOUND"


def test_two_platforms_do_not_know_each_others_transactions(simulator: Simulator) -> None:
    legacy, new = (Merchant(simulator, platform=name, environment="mtnghana") for name in ("legacy", "new"))
    reference = str(uuid.uuid4())
    wish = {"reference": reference, "number": "233240000001", "currency": "GHS"}

    assert legacy.charge(**wish).status_code == 202
    assert new.status(reference).status_code == 404
    assert new.charge(**wish).status_code == 202
    assert legacy.charge(**wish).status_code == 409


def test_whole_currencies_take_no_decimals(simulator: Simulator) -> None:
    merchant = Merchant(simulator, platform="legacy", environment="mtnivorycoast")
    wish = {"number": "2250700000001", "currency": "XOF"}

    assert merchant.charge(amount="5003", **wish).status_code == 202
    assert merchant.charge(amount="5003.00", **wish).status_code == 400


# --- Users of the sandbox -------------------------------------------------------------------------------------------


def test_a_user_is_made_given_a_key_and_signs_in(merchant: Merchant) -> None:
    user, key = str(uuid.uuid4()), {"Ocp-Apim-Subscription-Key": merchant.keys["collection"]}
    address = f"{merchant.running.url}/mtn_momo/v1_0/apiuser"

    made = [
        merchant.session.post(
            address, json={"providerCallbackHost": "shop.example"}, headers=key | {"X-Reference-Id": user}, timeout=5
        )
        for _ in range(2)
    ]
    given = merchant.session.post(f"{address}/{user}/apikey", headers=key, timeout=5)
    read = merchant.session.get(f"{address}/{user}", headers=key, timeout=5)
    merchant.pair = (user, given.json()["apiKey"])

    assert [answer.status_code for answer in made] == [201, 409]
    assert made[0].content == b""
    assert given.status_code == 201
    assert read.json() == {"providerCallbackHost": "shop.example", "targetEnvironment": "sandbox"}
    assert merchant.ask_token().status_code == 200


def test_users_are_made_in_the_sandbox_only(simulator: Simulator) -> None:
    live = Merchant(simulator, platform="legacy", environment="mtnghana")
    headers = {"Ocp-Apim-Subscription-Key": live.keys["collection"], "X-Reference-Id": str(uuid.uuid4())}

    answer = live.session.post(
        f"{simulator.url}/mtn_momo/v1_0/apiuser", json={"providerCallbackHost": "a.example"}, headers=headers, timeout=5
    )

    assert answer.status_code == 404

"""A shop with an account in each generation of the stand-in CinetPay, seen from the shop's side."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import requests

from simulator.process import Simulator
from tests.simulator.receiver import Receiver

KEY, SITE, SECRET, PASSWORD = "key-odd", "445160", "test-secret", "transfer-odd"
V1_KEY = "sk_test_odd"


@dataclass
class Merchant:
    """One shop with an account in each generation."""

    simulator: Simulator
    receiver: Receiver
    session: requests.Session

    @property
    def base(self) -> str:
        return f"{self.simulator.url}/cinetpay"

    def control(self, path: str, **fields: Any) -> requests.Response:
        return self.session.post(f"{self.simulator.url}/_control{path}", json=fields, timeout=15)

    def pay_in(self, path: str = "", *, headers: dict[str, str] | None = None, **changes: Any) -> requests.Response:
        wanted = {
            "apikey": KEY,
            "site_id": SITE,
            "transaction_id": "PAY-1",
            "amount": 1335,
            "currency": "XOF",
            "description": "Two <seats>",
            "notify_url": self.receiver.url,
            "return_url": "https://shop.example/back",
            "channels": "MOBILE_MONEY",
            "metadata": "order-1",
        }
        body = {name: value for name, value in (wanted | changes).items() if value is not None}
        return self.session.post(f"{self.base}/v2/payment{path}", json=body, headers=headers, timeout=5)

    def check(self, transaction_id: str = "PAY-1") -> Any:
        return self.pay_in("/check", transaction_id=transaction_id).json()

    def token(self) -> str:
        form = {"apikey": KEY, "password": PASSWORD}
        return self.session.post(f"{self.base}/v1/auth/login", data=form, timeout=5).json()["data"]["token"]

    def transfer(self, path: str, *, token: str, **item: Any) -> Any:
        wanted = {"prefix": "225", "phone": "0701020304"} | item
        answer = self.session.post(
            f"{self.base}/v1/transfer/{path}?token={token}&lang=fr", data={"data": json.dumps([wanted])}, timeout=5
        )
        return answer.json()

    def send(self, *, token: str, **item: Any) -> Any:
        self.transfer("contact", token=token, name="Odd", surname="Ama", email="a@shop.example")
        wanted = {"amount": 1255, "client_transaction_id": "OUT-1", "notify_url": self.receiver.url}
        return self.transfer("money/send/contact", token=token, **wanted | item)

    def v1(self, method: str, path: str, *, token: str, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.request(method, f"{self.base}{path}", json=body or None, headers=headers, timeout=5)

    def v1_token(self) -> str:
        answer = self.session.post(
            f"{self.base}/v1/oauth/login", json={"api_key": V1_KEY, "api_password": PASSWORD}, timeout=5
        )
        return answer.json()["access_token"]

    def books(self, key: str = KEY) -> Any:
        [books] = self.session.get(
            f"{self.simulator.url}/_control/books?gateway=cinetpay&account={key}", timeout=5
        ).json()["accounts"]
        return books

    def page(self, path: str, *, language: str = "en") -> str:
        headers = {"Accept-Language": language}
        return self.session.get(f"{self.simulator.url}{path}", headers=headers, timeout=5).text

    def press(self, path: str, **fields: str) -> requests.Response:
        return self.session.post(f"{self.simulator.url}{path}", data=fields, timeout=5)

    def notified(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(each.body.decode())) for each in list(self.receiver.received) if each.method == "POST"]


def v1_payment(**changes: Any) -> dict[str, Any]:
    return {
        "currency": "XOF",
        "merchant_transaction_id": "PAY-1",
        "amount": 1335,
        "designation": "Two seats",
        "client_email": "ada@payer.example",
        "client_first_name": "Ada",
        "client_last_name": "Odd",
        "success_url": "https://shop.example/yes",
        "failed_url": "https://shop.example/no",
        "notify_url": "https://shop.example/hooks",
        "channel": "PUSH",
    } | changes


@contextmanager
def opened(simulator: Simulator, receiver: Receiver) -> Iterator[Merchant]:
    with requests.Session() as session:
        merchant = Merchant(simulator, receiver, session)
        first = {"api_key": KEY, "site_id": SITE, "secret_key": SECRET, "api_password": PASSWORD, "name": "Odd Shop"}
        assert merchant.control("/cinetpay/accounts", **first, moves_transfers=False).status_code == 200
        second = {"api_key": V1_KEY, "generation": "api_v1", "api_password": PASSWORD, "webhook_url": receiver.url}
        assert merchant.control("/cinetpay/accounts", **second, moves_transfers=False).status_code == 200
        yield merchant

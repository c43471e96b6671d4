"""A merchant of MTN's, speaking its interface without any client of ours."""

import base64
import time
import uuid
from typing import Any

import requests

from simulator.process import Simulator

NUMBERS = "4673312"


class Merchant:
    """One account on one platform."""

    def __init__(self, running: Simulator, *, platform: str = "sandbox", environment: str = "sandbox", **options: Any):
        self.running = running
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "merchant/1"
        self.environment = environment
        name = f"{platform}{uuid.uuid4().hex[:6]}"
        self.keys = {product: f"{name}-{product}-key" for product in ("collection", "disbursement")}
        self.pair = (f"{name}-user", f"{name}-secret")
        products = {
            product: {"subscription_key": key, "user": self.pair[0], "secret": self.pair[1]}
            for product, key in self.keys.items()
        }
        told = self.control("/accounts", platform=platform, environment=environment, **products, **options)
        self.id = told["id"]
        self.tokens: dict[str, str] = {}

    def control(self, path: str, **body: Any) -> Any:
        return self.session.post(f"{self.running.url}/_control/mtn_momo{path}", json=body, timeout=5).json()

    def get_control(self, path: str) -> Any:
        return self.session.get(f"{self.running.url}/_control{path}", timeout=5).json()

    def ask_token(self, product: str = "collection", **changes: Any) -> requests.Response:
        basic = base64.b64encode(":".join(self.pair).encode()).decode()
        headers = {
            "Authorization": f"Basic {basic}",
            "Ocp-Apim-Subscription-Key": self.keys[product],
            "X-Target-Environment": self.environment,
        }
        return self._send("POST", f"/{product}/token/", headers, changes)

    def call(self, method: str, path: str, *, json: Any = None, **changes: Any) -> requests.Response:
        product = path.split("/")[1]
        if product not in self.tokens:
            self.tokens[product] = self.ask_token(product).json()["access_token"]
        headers = {
            "Authorization": f"Bearer {self.tokens[product]}",
            "Ocp-Apim-Subscription-Key": self.keys[product],
            "X-Target-Environment": self.environment,
        }
        if method == "POST":
            headers["X-Reference-Id"] = str(uuid.uuid4())
        return self._send(method, path, headers, changes, json=json)

    def _send(self, method: str, path: str, headers: dict[str, str], changes: dict[str, Any], **more: Any) -> Any:
        data = changes.pop("data", None)
        altered = {name: value for name, value in (headers | changes).items() if value is not None}
        url = f"{self.running.url}/mtn_momo{path}"
        return self.session.request(method, url, headers=altered, data=data, timeout=5, **more)

    def charge(self, *, reference: str = "", number: str = f"{NUMBERS}0001", **changes: Any) -> requests.Response:
        headers = {"X-Reference-Id": reference or str(uuid.uuid4())} | changes.pop("headers", {})
        body = order(payer={"partyIdType": "MSISDN", "partyId": number}) | changes
        return self.call("POST", "/collection/v1_0/requesttopay", json=body, **headers)

    def transfer(self, *, reference: str, number: str = f"{NUMBERS}0002", **changes: Any) -> requests.Response:
        body = order(payee={"partyIdType": "MSISDN", "partyId": number}) | changes
        return self.call("POST", "/disbursement/v1_0/transfer", json=body, **{"X-Reference-Id": reference})

    def refund(self, charge: str, *, reference: str = "", version: str = "v1_0", **changes: Any) -> requests.Response:
        body = order(referenceIdToRefund=charge) | changes
        path = f"/disbursement/{version}/refund"
        return self.call("POST", path, json=body, **{"X-Reference-Id": reference or str(uuid.uuid4())})

    def status(self, reference: str, kind: str = "requesttopay") -> requests.Response:
        product = "collection" if kind == "requesttopay" else "disbursement"
        return self.call("GET", f"/{product}/v1_0/{kind}/{reference}")

    def paid(self) -> str:
        reference = str(uuid.uuid4())
        assert self.charge(reference=reference).status_code == 202
        self.control(f"/transactions/{reference}/end", status="SUCCESSFUL")
        return reference

    def books(self) -> Any:
        accounts = self.get_control("/books?gateway=mtn_momo")["accounts"]
        return next(books for books in accounts if books["account"] == self.id)


def order(**changes: Any) -> dict[str, Any]:
    plain = {"amount": "13.37", "currency": "EUR", "externalId": "order-7", "payerMessage": "Hi", "payeeNote": "Ho"}
    return plain | changes


def until_quiet(what: Any, *, seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)

"""A shop with one REST app at the stand-in PayPal."""

from typing import Any

import requests

from simulator.process import Simulator

CLIENT, SECRET = "AZDxjDScFpQtjWTOUtWKbyN", "EGnHDxD_qRPdaLdZz8iCr8N"
AMOUNT = {"currency_code": "EUR", "value": "13.37"}


class Shop:
    """One REST app of a PayPal account, seen from the merchant's side."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.control("/accounts", client_id=CLIENT, client_secret=SECRET, name="Odd Shop")
        self.token = self.sign_in().json()["access_token"]

    @property
    def url(self) -> str:
        return f"{self.simulator.url}/paypal"

    def sign_in(self, secret: str = SECRET, **form: str) -> requests.Response:
        fields = {"grant_type": "client_credentials"} | form
        return self.session.post(f"{self.url}/v1/oauth2/token", auth=(CLIENT, secret), data=fields, timeout=5)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> requests.Response:
        given = {"Authorization": f"Bearer {self.token}", "Prefer": "return=representation"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            given["PayPal-Request-Id"] = key
        return self.session.request(method, self.url + path, json=body, headers=given, timeout=5)

    def post(self, path: str, body: Any = None, **more: str) -> requests.Response:
        return self.call("POST", path, body or {}, **more)

    def get(self, path: str) -> dict[str, Any]:
        return self.call("GET", path).json()

    def control(self, path: str, **body: object) -> dict[str, Any]:
        return requests.post(f"{self.simulator.url}/_control/paypal{path}", json=body, timeout=5).json()

    def order(self, *, key: str = "", **changes: Any) -> dict[str, Any]:
        return self.post("/v2/checkout/orders", order_fields(**changes), key=key).json()

    def approved(self, funding: str = "balance", **changes: Any) -> str:
        order_id = self.order(**changes)["id"]
        self.control(f"/orders/{order_id}/approve", funding=funding)
        return order_id

    def captured(self, **changes: Any) -> dict[str, Any]:
        order_id = self.approved(**changes)
        return self.post(f"/v2/checkout/orders/{order_id}/capture").json()["purchase_units"][0]["payments"]["captures"][
            0
        ]


def order_fields(*, intent: str = "CAPTURE", amount: Any = None, source: bool = True, **unit: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"intent": intent, "purchase_units": [{"amount": amount or AMOUNT, **unit}]}
    if source:
        context = {"return_url": "https://shop.example/back?a=1", "cancel_url": "https://shop.example/cancel"}
        fields["payment_source"] = {"paypal": {"experience_context": context}}
    return fields


def issue_of(answer: requests.Response) -> str:
    return answer.json()["details"][0]["issue"]

"""A simulator, a shop that receives its webhooks and the shop's Stripe client; neither Django nor a database."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
import stripe

from simulator import process
from simulator.process import Simulator
from tests.simulator.receiver import Receiver

KEY = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
SECRET = "whsec_simulator_shop"


@dataclass
class Shop:
    """One Stripe account with its webhook endpoint, seen from the merchant's side."""

    simulator: Simulator
    receiver: Receiver
    session: requests.Session
    client: stripe.StripeClient

    @property
    def intents(self) -> stripe.PaymentIntentService:
        return self.client.v1.payment_intents

    def create(self, *, key: str | None = None, **params: object) -> stripe.PaymentIntent:
        wanted = {"amount": 13_37, "currency": "eur", "automatic_payment_methods": {"enabled": True}} | params
        return self.intents.create(wanted, {"idempotency_key": key} if key else None)

    def charge(self, *, key: str | None = None, card: str = "pm_card_visa", **params: object) -> stripe.PaymentIntent:
        return self.create(key=key, confirm=True, payment_method=card, return_url="https://shop.example/back", **params)

    def post(self, path: str, **fields: object) -> requests.Response:
        """The control API."""
        return self.session.post(f"{self.simulator.url}/_control{path}", json=fields, timeout=15)

    def get(self, path: str) -> dict:
        return self.session.get(f"{self.simulator.url}/_control{path}", timeout=15).json()

    def fault(self, fault: str, **fields: object) -> None:
        assert self.post("/faults", gateway="stripe", fault=fault, **fields).status_code == 201

    def books(self) -> dict:
        return self.get("/books")["accounts"][0]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    running = process.start(seed=7)
    yield running
    running.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def shop(simulator: Simulator, receiver: Receiver) -> Iterator[Shop]:
    stripe.enable_telemetry = False
    with requests.Session() as session:
        client = stripe.StripeClient(
            KEY,
            base_addresses={"api": f"{simulator.url}/stripe"},
            http_client=stripe.RequestsClient(timeout=(1, 3), session=session),
        )
        shop = Shop(simulator=simulator, receiver=receiver, session=session, client=client)
        fields = {"secret_key": KEY, "webhook_url": receiver.url, "webhook_secret": SECRET, "name": "Odd Shop"}
        assert shop.post("/stripe/accounts", **fields).status_code == 200
        yield shop

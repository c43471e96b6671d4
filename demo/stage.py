"""The stage of the demo: the service over HTTP, the simulator, and waiting for what should happen."""

import secrets
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import requests

from demo import ledger_view
from demo.simulator import Simulator
from demo.tenant import seller_of
from payments.models import Payment

_SECONDS = 30
_NOTHING: Mapping[str, object] = MappingProxyType({})


class Stage:
    """Calls the running service as the core platform would: with an API key and idempotency keys."""

    def __init__(self, *, address: str, api_key: str, simulator: Simulator) -> None:
        self.address = address
        self.simulator = simulator
        self.run_id = secrets.token_hex(3)
        self._orders = 0
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {api_key}"

    def create(
        self, *, amount: int, currency: str, seller: str, description: str, fields: Mapping[str, object] = _NOTHING
    ) -> dict[str, Any]:
        """Ask for a payment, more `fields` by their names in the API; the answer, with its status as `httpStatus`."""
        self._orders += 1
        order_id = f"D-{self.run_id}-{self._orders}"
        whose = seller_of(seller)
        body: dict[str, object] = {
            "amount": amount,
            "currency": currency,
            "purpose": whose.purpose,
            "payee": {"ownerType": whose.owner_type, "ownerId": seller, "name": whose.name},
            "orderId": order_id,
            "description": description,
            "returnUrl": f"{self.address}/health",
        }
        answer = self._session.post(
            f"{self.address}/api/v1/payments",
            json=body | dict(fields),
            headers={"Idempotency-Key": order_id},
            timeout=_SECONDS,
        )
        return dict(answer.json()) | {"httpStatus": answer.status_code}

    def get(self, public_id: str) -> dict[str, Any]:
        answer = self._session.get(f"{self.address}/api/v1/payments/{public_id}", timeout=_SECONDS)
        answer.raise_for_status()
        return dict(answer.json()["data"])

    def routing(self, public_id: str) -> list[dict[str, Any]]:
        """Why it went where it went, one entry for each attempt."""
        answer = self._session.get(f"{self.address}/api/v1/payments/{public_id}/routing", timeout=_SECONDS)
        answer.raise_for_status()
        return list(answer.json()["data"]["attempts"])

    def gateway_id(self, public_id: str) -> str:
        """The newest attempt's own id at its gateway."""
        newest = ledger_view.payment_of(public_id).attempts.order_by("-number")[0]
        return newest.gateway_payment_id

    def wait_for(self, public_id: str, status: str, *, seconds: float = 15) -> Payment:
        """The payment once it has the status; as it is when the time is over."""
        self.until(lambda: self.get(public_id)["status"] == status, seconds=seconds)
        return ledger_view.payment_of(public_id)

    def until(self, holds: Callable[[], bool], *, seconds: float = 15) -> bool:
        deadline = time.monotonic() + seconds
        while not (is_so := holds()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return is_so

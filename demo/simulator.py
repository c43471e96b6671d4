"""The demo's hand on the simulator: it makes accounts known, plays the payer and scripts what goes wrong."""

import time
from typing import Any

import requests

_SECONDS = 10


class SimulatorAway(RuntimeError):
    """The simulator does not answer at SIMULATOR_URL."""


class Simulator:
    def __init__(self, address: str) -> None:
        self.address = address
        self._session = requests.Session()
        self._session.trust_env = False

    def wait(self, *, seconds: float) -> None:
        """Until it answers. Raises SimulatorAway."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._session.get(f"{self.address}/_control/health", timeout=1).raise_for_status()
                return
            except requests.RequestException as error:
                if time.monotonic() > deadline:
                    raise SimulatorAway(f"The simulator does not answer at {self.address}.") from error
                time.sleep(0.1)

    def control(self, path: str, **body: object) -> dict[str, Any]:
        """A call of its control API."""
        answer = self._session.post(f"{self.address}/_control/{path}", json=body, timeout=_SECONDS)
        if not answer.ok:
            raise RuntimeError(f"The simulator refused {path}: {answer.text[:300]}")
        return dict(answer.json())

    def pay(self, intent: str, *, card: str) -> dict[str, Any]:
        return self.control(f"stripe/payment_intents/{intent}/pay", card=card)

    def authenticate(self, intent: str, *, succeed: bool) -> dict[str, Any]:
        return self.control(f"stripe/payment_intents/{intent}/authenticate", succeed=succeed)

    def fault(self, **script: object) -> None:
        self.control("faults", **{"gateway": "stripe"} | script)

    def clear_faults(self) -> None:
        self._session.delete(f"{self.address}/_control/faults", timeout=_SECONDS).raise_for_status()

    def drain(self, *, seconds: float = 10) -> None:
        """Wait until no webhook is waiting to be sent."""
        self.control("webhooks/drain", seconds=seconds)

    def deliveries(self, intent: str, *, event_type: str) -> int:
        """How often an event of this type about this payment was sent."""
        answer = self._session.get(f"{self.address}/_control/webhooks", params={"limit": 500}, timeout=_SECONDS)
        answer.raise_for_status()
        tries = answer.json()["tries"]
        return sum(1 for sent in tries if sent["type"] == event_type and sent["payment"] == intent)

    def books(self) -> dict[str, Any]:
        answer = self._session.get(f"{self.address}/_control/books", timeout=_SECONDS)
        answer.raise_for_status()
        return dict(answer.json())

    def calls_since(self, epoch: float) -> list[dict[str, Any]]:
        """What every gateway was called for from then on, newest first, from the simulator's journal."""
        answer = self._session.get(f"{self.address}/_control/requests", params={"limit": 500}, timeout=_SECONDS)
        answer.raise_for_status()
        return [call for call in answer.json()["calls"] if call["at"] >= epoch]

    def statement(self, iban: str, *, day: str) -> bytes:
        """The bank's statement of a day, as somebody would fetch it from the bank's portal."""
        answer = self._session.get(
            f"{self.address}/bank_transfer/accounts/{iban}/statements/{day}.xml", timeout=_SECONDS
        )
        answer.raise_for_status()
        return answer.content

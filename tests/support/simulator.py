"""The simulator as a real process on a free port, and the levers and books of its Stripe."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.gateways.simulated import Simulator
from tests.support.factories import Merchant

ROOT = Path(__file__).resolve().parents[2]


class Levers(Simulator):
    """What a payer does, what goes wrong, and what really happened."""

    def fault(self, fault: str, **more: Any) -> None:
        self.go_wrong(fault, gateway="stripe", **{"operation": "create"} | more)

    def announce(self, merchant: Merchant, webhook_url: str) -> None:
        """Send this merchant's webhooks there."""
        self.control(
            "POST",
            "/stripe/accounts",
            secret_key=merchant.secret_key,
            webhook_url=webhook_url,
            webhook_secret=merchant.webhook_secret,
        )

    def pay(self, gateway_payment_id: str, card: str = "pm_card_visa") -> dict[str, Any]:
        return self.control("POST", f"/stripe/payment_intents/{gateway_payment_id}/pay", card=card)

    def authenticate(self, gateway_payment_id: str, *, succeed: bool = True) -> dict[str, Any]:
        return self.control("POST", f"/stripe/payment_intents/{gateway_payment_id}/authenticate", succeed=succeed)

    def payments(self, merchant: Merchant) -> list[dict[str, Any]]:
        """What Stripe itself has in its books for this merchant."""
        accounts = self.control("GET", f"/books?account={merchant.secret_key}")["accounts"]
        return accounts[0]["payments"] if accounts else []

    def executed(self, reference: str) -> dict[str, int]:
        return self.calls(reference)["executed"]

    def received(self, reference: str) -> dict[str, int]:
        return self.calls(reference)["received"]

    def drain(self) -> None:
        assert self.control("POST", "/webhooks/drain", seconds=10)["waiting"] == 0


@contextmanager
def running_simulator(folder: Path) -> Iterator[Levers]:
    command = [sys.executable, "-m", "simulator", "--port", "0", "--seed", "7"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    try:
        yield Levers(process.stdout.readline().decode().rpartition(" ")[2].strip())
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def wait_until(what: Callable[[], Any], *, seconds: float = 10.0) -> Any:
    """What it returns, once it is true."""
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, f"not so after {seconds} s"
        time.sleep(0.02)
    return found

"""The harness's hand on the simulator: payers, faults, books and calls, over its control API."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 15


class ControlFailed(RuntimeError):
    """The simulator refused, or does not answer (as during an outage)."""


@dataclass(frozen=True, slots=True)
class Control:
    url: str

    def call(self, method: str, path: str, **body: object) -> Any:
        """One call of /_control. Raises ControlFailed."""
        address = urlsplit(self.url)
        link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_SECONDS)
        try:
            link.request(
                method, f"/_control{path}", body=json.dumps(body), headers={"Content-Type": "application/json"}
            )
            answer = link.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ControlFailed(f"{path}: {error}") from error
        finally:
            link.close()
        if answer.status >= 400:
            raise ControlFailed(f"{path}: {text[:300]!r}")
        return json.loads(text)

    def pay(self, gateway: str, gateway_payment_id: str) -> None:
        if gateway == "paypal":
            self.call("POST", f"/paypal/orders/{gateway_payment_id}/approve")
        else:
            self.call("POST", f"/stripe/payment_intents/{gateway_payment_id}/pay", card="pm_card_visa")

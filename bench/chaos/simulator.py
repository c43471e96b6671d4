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

    def pay(self, gateway: str, gateway_payment_id: str, *, amount: int) -> None:
        """What the payer does there. Who is asked by phone knows nothing but the amount of the prompt."""
        match gateway:
            case "paypal":
                self.call("POST", f"/paypal/orders/{gateway_payment_id}/approve")
            case "mtn_momo":
                waiting = [prompt["gateway_payment_id"] for prompt in self.prompts() if prompt["amount"] == amount]
                if not waiting:
                    raise ControlFailed("nothing on the phone")
                self.end_prompt(waiting[-1], status="SUCCESSFUL")
            case _:
                self.call("POST", f"/stripe/payment_intents/{gateway_payment_id}/pay", card="pm_card_visa")

    def prompts(self) -> list[dict[str, Any]]:
        """What waits on phones for an answer."""
        accounts = self.call("GET", "/books?gateway=mtn_momo")["accounts"]
        return [line for account in accounts for line in account["payments"] if line["status"] == "PENDING"]

    def end_prompt(self, gateway_payment_id: str, *, status: str, reason: str = "") -> None:
        self.call("POST", f"/mtn_momo/transactions/{gateway_payment_id}/end", status=status, reason=reason)

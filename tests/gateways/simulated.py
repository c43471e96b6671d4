"""The control side of the simulator, as tests use it."""

import json
import urllib.request
from typing import Any


class Simulator:
    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, **body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}/_control{path}",
            method=method,
            data=json.dumps(body).encode() if body or method == "POST" else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def go_wrong(self, fault: str, *, gateway: str, operation: str = "any", **more: Any) -> None:
        """The next call of this kind goes wrong like this."""
        self.control("POST", "/faults", gateway=gateway, operation=operation, fault=fault, **more)

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def calls(self, reference: str) -> dict[str, Any]:
        """How often each operation was received and executed for one reference."""
        return self.control("GET", f"/requests?reference={reference}")

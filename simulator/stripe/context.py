"""What a handler is given: the account, checked parameters, the path, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.stripe.errors import missing_resource
from simulator.stripe.events import Cause
from simulator.stripe.expand import expand
from simulator.stripe.state import Account, Intent
from simulator.wire import Json


@dataclass(slots=True)
class Context:
    account: Account
    params: Json
    path: dict[str, str]
    cause: Cause
    now: int

    def intent(self) -> Intent:
        intent = self.account.intents.get(self.path["intent"])
        if intent is None:
            raise missing_resource("payment_intent", self.path["intent"], param="intent")
        return intent

    def record(self, records: dict[str, Any], *, kind: str) -> Any:
        key = self.path["id"]
        if key not in records:
            raise missing_resource(kind, key)
        return records[key]

    def shown(self, shape: Json) -> Json:
        return expand(shape, wanted=self.params.get("expand", []), account=self.account, now=self.now)


Handler = Callable[[Context], Json]

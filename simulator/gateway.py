"""What a gateway's dialect brings along, and what it is handed: one protocol, so that eight of them fit one process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from simulator.faults import FaultKind
from simulator.routing import Route
from simulator.wire import Json, Request, Response


@dataclass(slots=True)
class Call:
    """One request to a gateway's API, understood as far as faults and the journal need it."""

    gateway: str
    route: Route
    request: Request
    path: dict[str, str]
    account: str = ""
    reference: str = ""
    payment: str = ""
    idempotency_key: str = ""
    references: frozenset[str] = frozenset()
    form: Json = field(default_factory=dict)

    def facts(self) -> dict[str, frozenset[str]]:
        return {
            "reference": self.references,
            "account": frozenset({self.account}),
            "payment": frozenset({self.payment}),
        }


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One row of the front page."""

    gateway: str
    payment_id: str
    reference: str
    amount: str
    status: str
    page: str


class Gateway(Protocol):
    name: str
    title: str

    def api_routes(self) -> Sequence[Route]:
        """Paths below /{name}; each handler belongs to this dialect and is reached through `execute` only."""

    def page_routes(self) -> Sequence[Route]:
        """Paths below /pay/{name}; handlers take (request, path variables) and answer HTML."""

    def control_routes(self) -> Sequence[Route]:
        """Paths below /_control/{name}; handlers take (request, path variables)."""

    def understand(self, *, route: Route, request: Request, path: dict[str, str]) -> Call: ...

    def execute(self, call: Call, *, hold_seconds: float = 0.0) -> Response:
        """Answer a call. With a hold, the call is in flight for that long before it takes effect."""

    def break_down(self, call: Call, *, executed: bool) -> Response:
        """Answer 500 as this gateway does, and remember it under the call's key if the gateway would."""

    def refuse(self, status: int) -> Response:
        """The gateway's own 429 or 503; nothing was executed."""

    def not_found(self, request: Request) -> Response: ...

    def distort(self, body: bytes, *, lie: FaultKind) -> bytes:
        """The same answer or webhook body with one lie in it."""

    def books(self) -> list[Json]:
        """What really happened, per account."""

    def recent_payments(self, *, limit: int) -> list[PaymentLine]: ...

    def restore(self, *, kind: str, record: Json) -> None:
        """Take back one record that this gateway kept earlier; called in the order they were first kept."""

    def resume(self) -> None:
        """After the last restore: pick up what was under way."""

    def reset(self) -> None: ...

"""The roles an adapter can have. What it can do is what it has, so the list of capabilities cannot lie.

An adapter translates and nothing else: it never retries, saves, decides or draws.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeGuard, TypeVar, runtime_checkable

from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    CredentialsCheck,
    GatewayBalance,
    GatewayProfile,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    PayoutRequest,
    RefundRequest,
    SavedMethod,
    SettlementPage,
    WebhookEnvelope,
)
from gateways.statements import ReadsStatements

Role = TypeVar("Role")


def plays(gateway: object, role: type[Role]) -> TypeGuard[Role]:
    """`isinstance`, which for a Protocol is slow: it looks every method up at every call."""
    return issubclass(type(gateway), role)


@runtime_checkable
class Gateway(Protocol):
    """The least every adapter has: it says what it is and can be asked about one object."""

    profile: GatewayProfile

    def look_up(self, request: LookUpRequest) -> GatewayReport: ...


@runtime_checkable
class Charges(Protocol):
    def charge(self, request: ChargeRequest) -> GatewayReport: ...


@runtime_checkable
class Collects(Protocol):
    def collect(self, request: LookUpRequest) -> GatewayReport:
        """Take the money of a charge that the payer APPROVED. Asked twice, it takes it once."""
        ...


@runtime_checkable
class Authorizes(Protocol):
    """`charge` with `capture=False` only reserves the money; `capture` takes it."""

    def capture(self, request: CaptureRequest) -> GatewayReport: ...


@runtime_checkable
class Cancels(Protocol):
    def cancel(self, request: LookUpRequest) -> GatewayReport:
        """Close the door at the gateway and report what it says now; CANCELLED only when it confirmed."""
        ...


@runtime_checkable
class Refunds(Protocol):
    """Reports have the subject REFUND; `amount` is the refund's."""

    def refund(self, request: RefundRequest) -> GatewayReport: ...

    def look_up_refund(self, request: LookUpRequest) -> GatewayReport:
        """`gateway_payment_id` is the gateway's id of the refund."""
        ...


@runtime_checkable
class PaysOut(Protocol):
    """Reports have the subject PAYOUT."""

    def pay_out(self, request: PayoutRequest) -> GatewayReport: ...

    def look_up_payout(self, request: LookUpRequest) -> GatewayReport: ...


@runtime_checkable
class KeepsCustomers(Protocol):
    """Raises NotSent or OutcomeUnknown (gateways.errors) when there is no usable answer."""

    def create_customer(self, *, reference: str, email: str, name: str) -> str: ...

    def saved_methods(self, customer: str) -> Sequence[SavedMethod]: ...

    def forget_method(self, token: str) -> None: ...


@runtime_checkable
class ReportsBalance(Protocol):
    def balances(self) -> Sequence[GatewayBalance]:
        """Raises NotSent or OutcomeUnknown (gateways.errors)."""
        ...


@runtime_checkable
class ListsSettlements(Protocol):
    def settlements(self, *, since: datetime, until: datetime, cursor: str = "") -> SettlementPage:
        """Raises NotSent or OutcomeUnknown (gateways.errors). Lines come in the gateway's order."""
        ...


@runtime_checkable
class HearsDisputes(Protocol):
    def look_up_dispute(self, request: LookUpRequest) -> GatewayReport:
        """`gateway_payment_id` is the dispute's. PENDING while it is open, REVERSED when lost, SUCCEEDED when won."""
        ...


@runtime_checkable
class ChecksCredentials(Protocol):
    def check_credentials(self) -> CredentialsCheck:
        """One call that changes nothing. Raises nothing: no answer is a check without a result."""
        ...


@runtime_checkable
class Notifies(Protocol):
    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        """Check the signature on the raw bytes. Raises WebhookRefused; reads as little of the body as it can.

        Where nothing is signed, the form is checked, and the event id is a hash of body and query.
        """
        ...

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        """Translate a verified webhook; None for an event type that says nothing about money of ours."""
        ...


# Capability -> the role an adapter must have. What an adapter can do is what it has.
ROLES: Mapping[str, type] = {
    "charge": Charges,
    "collect": Collects,
    "authorize": Authorizes,
    "cancel": Cancels,
    "refund": Refunds,
    "payout": PaysOut,
    "customers": KeepsCustomers,
    "balance": ReportsBalance,
    "settlements": ListsSettlements,
    "disputes": HearsDisputes,
    "check_credentials": ChecksCredentials,
    "webhooks": Notifies,
    "statements": ReadsStatements,
}

"""What can go wrong between us and a gateway before there is an answer: it was not sent, or nobody can know.

`gateways.http` is the only place that raises these two; adapters turn them into reports.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a call has no answer. The value is the error code in reports and the label in metrics."""

    INVALID_REQUEST = "invalid_request"
    GATEWAY_BUSY = "gateway_busy"
    CIRCUIT_OPEN = "circuit_open"
    DNS_FAILED = "dns_failed"
    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS_FAILED = "tls_failed"
    TOTAL_DEADLINE = "total_deadline"
    CONNECTION_LOST = "connection_lost"
    OVERSIZE_ANSWER = "oversize_answer"
    BROKEN_ANSWER = "broken_answer"


class NoAnswer(Exception):
    """The call ended without an answer. `detail` names what happened, never what was sent."""

    def __init__(self, reason: Reason | str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = str(reason)
        self.detail = detail


class NotSent(NoAnswer):
    """Not one byte of the request left: the gateway cannot have acted on it."""


class OutcomeUnknown(NoAnswer):
    """A byte of the request may have left: the gateway may have acted on it, or may yet."""


class CallInsideTransaction(RuntimeError):
    """A gateway was called while a database transaction was open: a slow gateway would hold its locks."""

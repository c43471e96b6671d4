"""Labelled moments of every flow that moves money or tells of it, where a harness may listen and stop the process.

In service nobody listens, and passing a step costs one comparison. A new flow joins by adding its labels to FLOWS.
"""

from collections.abc import Callable, Mapping

# Around every commit and every call to a gateway or a receiver. "…ing": in the open transaction, or before the call.
FLOWS: Mapping[str, tuple[str, ...]] = {
    "create": ("create.prepared", "create.recorded", "create.called", "create.concluding", "create.concluded"),
    "same key again": ("again.taken", "again.finished"),
    "cancel": ("cancel.recording", "cancel.recorded"),
    "fallback": ("fallback.written", "fallback.called", "fallback.concluding", "fallback.concluded"),
    "webhook": ("webhook.verified", "webhook.stored"),
    "settle": (
        "settle.claimed", "settle.booked", "settle.marked", "settle.committed",
        "settle.careful", "settle.careful_marked", "settle.careful_committed",
    ),
    "sweep": ("sweep.claiming", "sweep.claimed", "sweep.queued"),
    "dispatch": ("dispatch.making", "dispatch.made"),
    "deliver": (
        "deliver.claiming", "deliver.claimed", "deliver.calling", "deliver.called",
        "deliver.recording", "deliver.recorded",
    ),
    "check": (
        "check.begun",
        "ask.calling", "ask.called", "resend.calling", "resend.called",
        "cancel.calling", "cancel.called", "collect.calling", "collect.called",
        "check.concluding", "check.concluded",
    ),
}  # fmt: skip

_listener: Callable[[str], None] | None = None


def at(step: str) -> None:
    if _listener is not None:
        _listener(step)


def listen(listener: Callable[[str], None] | None) -> None:
    """Have this process tell of every step it passes; None ends it."""
    global _listener  # noqa: PLW0603 - a parameter would go through every service, for tests alone
    _listener = listener

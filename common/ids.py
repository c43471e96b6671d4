"""Public ids: UUIDv7 in the database, `prefix_` and 32 hexadecimal digits outside."""

import os
import re
import time
from uuid import UUID

PAYMENT = "pay"
ATTEMPT = "att"
WALLET = "wal"
LEDGER_TRANSACTION = "txn"
EVENT = "evt"
WEBHOOK_ENDPOINT = "whe"
GATEWAY_ACCOUNT = "gwa"
TENANT = "ten"

_HEX32 = re.compile(r"[0-9a-f]{32}")


def uuid7() -> UUID:
    """A UUID that sorts by the millisecond it was made in (RFC 9562, section 5.7)."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def show(prefix: str, value: UUID) -> str:
    return f"{prefix}_{value.hex}"


def read(prefix: str, text: str) -> UUID | None:
    """The UUID inside a public id, or None when the text is not one of this prefix."""
    head, _, tail = text.partition("_")
    if head != prefix or not _HEX32.fullmatch(tail):
        return None
    return UUID(hex=tail)

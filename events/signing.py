"""Signatures by Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, one per secret that is in force."""

import base64
import hmac
import os
from collections.abc import Sequence

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    return _PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode("ascii")


def sign(*, message_id: str, epoch: int, body: bytes, secrets: Sequence[str]) -> str:
    """The header `webhook-signature`: who knows any one of the secrets finds a signature made with it."""
    signed = f"{message_id}.{epoch}.".encode() + body
    return " ".join(f"v1,{_signature(signed, secret)}" for secret in secrets)


def headers(*, message_id: str, epoch: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(epoch),
        "webhook-signature": sign(message_id=message_id, epoch=epoch, body=body, secrets=secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")

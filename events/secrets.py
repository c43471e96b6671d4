"""The secrets of an endpoint: sealed for its row alone, the newest first; the one before for as long as it overlaps."""

from datetime import datetime, timedelta

from common.sealing import key_id_of, seal, unseal
from events.models import WebhookEndpoint
from events.signing import new_secret

OVERLAP = timedelta(hours=24)


def in_force(endpoint: WebhookEndpoint, *, now: datetime) -> list[str]:
    """What to sign with now. Raises CredentialsUnreadable."""
    values = unseal(endpoint.secrets, context=_context(endpoint))
    overlaps = endpoint.previous_until is not None and now < endpoint.previous_until
    return [values["current"], *([values["previous"]] if overlaps and "previous" in values else [])]


def give_first(endpoint: WebhookEndpoint) -> str:
    """Returns the secret, which nobody can read again."""
    secret = new_secret()
    _seal(endpoint, {"current": secret})
    return secret


def rotate(endpoint: WebhookEndpoint, *, now: datetime, overlap: timedelta = OVERLAP) -> str:
    """A new secret; deliveries carry a signature with the old one too until the overlap ends."""
    current = unseal(endpoint.secrets, context=_context(endpoint))["current"]
    secret = new_secret()
    _seal(endpoint, {"current": secret} | ({"previous": current} if overlap else {}))
    endpoint.previous_until = now + overlap if overlap else None
    return secret


def reseal(endpoint: WebhookEndpoint) -> None:
    """The same values under the first key."""
    _seal(endpoint, unseal(endpoint.secrets, context=_context(endpoint)))


def _seal(endpoint: WebhookEndpoint, values: dict[str, str]) -> None:
    endpoint.secrets = seal(values, context=_context(endpoint))
    endpoint.secrets_key_id = key_id_of(endpoint.secrets)


def _context(endpoint: WebhookEndpoint) -> str:
    return f"webhook_endpoint:{endpoint.public_id.hex}"

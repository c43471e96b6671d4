"""What events are about: from the public id of an object to the key under which the outbox knows it."""

from collections.abc import Callable, Mapping
from uuid import UUID

from common import ids
from events.models import WebhookEndpoint
from payments.models import Payment
from wallets.models import Wallet

Subject = tuple[str, int]


def _payment(tenant_id: int, public_id: UUID) -> int | None:
    return Payment.objects.filter(tenant_id=tenant_id, public_id=public_id).values_list("pk", flat=True).first()


def _wallet(tenant_id: int, public_id: UUID) -> int | None:
    return Wallet.objects.filter(tenant_id=tenant_id, public_id=public_id).values_list("pk", flat=True).first()


def _endpoint(tenant_id: int, public_id: UUID) -> int | None:
    found = WebhookEndpoint.objects.filter(tenant_id=tenant_id, public_id=public_id)
    return found.values_list("pk", flat=True).first()


_FINDERS: Mapping[str, tuple[str, Callable[[int, UUID], int | None]]] = {
    ids.PAYMENT: ("payment", _payment),
    ids.WALLET: ("wallet", _wallet),
    ids.WEBHOOK_ENDPOINT: ("webhook_endpoint", _endpoint),
}


def find_subject(tenant_id: int, text: str) -> Subject | None:
    """None where the tenant has no such object."""
    prefix = text.partition("_")[0]
    if prefix not in _FINDERS:
        return None
    name, find = _FINDERS[prefix]
    public_id = ids.read(prefix, text)
    key = find(tenant_id, public_id) if public_id else None
    return None if key is None else (name, key)

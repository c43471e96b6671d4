"""Finding an owner's wallet, made on first use."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from common.errors import Conflict
from common.ids import uuid7
from common.remembered import Remembered
from wallets.models import Wallet


class WalletFrozen(Conflict):
    code = "WALLET_FROZEN"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose money it is, by the core platform's own id."""

    owner_type: str
    owner_id: str
    name: str = ""


# Asked by almost every new payment: the ORM would take longer to write it than the database to answer it.
_FIND = """
SELECT id, status FROM wallets_wallet WHERE tenant_id = %s AND owner_type = %s AND owner_id = %s AND currency = %s
"""
_wallet_ids: Remembered[tuple[int, str, str, str], int] = Remembered(seconds=5, entries_max=100_000)


def wallet_id_for_credit(*, tenant_id: int, owner: Owner, currency: str, created_at: datetime) -> int:
    """The id of the owner's wallet, ready to be credited. Raises WalletFrozen."""
    key = (tenant_id, owner.owner_type, owner.owner_id, currency)
    known = _wallet_ids.get(key)
    if known is not None:
        return known
    found = _find(key)
    wallet_id, status = found or _make(owner, tenant_id=tenant_id, currency=currency, created_at=created_at)
    if status == Wallet.Status.FROZEN:
        raise WalletFrozen("The payee's wallet is frozen: it takes no new sales.")
    if found:
        return _wallet_ids.put(key, wallet_id)
    # Remembered only once committed: a wallet made in a transaction that rolls back never existed.
    transaction.on_commit(lambda: _wallet_ids.put(key, wallet_id))
    return wallet_id


def _find(key: tuple[int, str, str, str]) -> tuple[int, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, key)
        row: tuple[int, str] | None = cursor.fetchone()
        return row


def _make(owner: Owner, *, tenant_id: int, currency: str, created_at: datetime) -> tuple[int, str]:
    """Two requests may make it at once: one of them finds the other's."""
    wallet, _ = Wallet.objects.get_or_create(
        tenant_id=tenant_id,
        owner_type=owner.owner_type,
        owner_id=owner.owner_id,
        currency=currency,
        defaults={"public_id": uuid7(), "owner_name": owner.name, "created_at": created_at},
    )
    return wallet.pk, wallet.status

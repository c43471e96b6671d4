"""An owner's wallet, made on first use."""

from dataclasses import dataclass
from datetime import datetime

from common.errors import Conflict
from common.ids import uuid7
from wallets.models import Wallet


class WalletFrozen(Conflict):
    code = "WALLET_FROZEN"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose money it is, by the core platform's own id."""

    owner_type: str
    owner_id: str
    name: str = ""


def ready_wallet(owner: Owner, *, tenant_id: int, currency: str, created_at: datetime) -> int:
    """The id of the owner's wallet, ready to be credited. Raises WalletFrozen."""
    # Two requests may make it at once: one of them finds the other's.
    wallet, _ = Wallet.objects.get_or_create(
        tenant_id=tenant_id,
        owner_type=owner.owner_type,
        owner_id=owner.owner_id,
        currency=currency,
        defaults={"public_id": uuid7(), "owner_name": owner.name, "created_at": created_at},
    )
    if wallet.status == Wallet.Status.FROZEN:
        raise WalletFrozen("The payee's wallet is frozen: it takes no new sales.")
    return wallet.pk

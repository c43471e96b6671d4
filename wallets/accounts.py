"""Account names to account rows. An account is made on first use and never removed, so its id may be remembered."""

from datetime import datetime

from django.db import transaction

from common import arrays
from common.database import execute
from wallets.chart import CHART, AccountRef
from wallets.models import Balance, LedgerAccount

_FIND = """
SELECT k.number, a.id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[]) WITH ORDINALITY
     AS k(tenant_id, kind, party_id, currency, number)
CROSS JOIN LATERAL (
    -- There is one. LIMIT lets the planner look it up, where it would join it to all.
    SELECT id FROM wallets_ledgeraccount
    WHERE tenant_id = k.tenant_id AND kind = k.kind AND party_id = k.party_id AND currency = k.currency
    LIMIT 1
) a
"""

_REMEMBERED_MAX = 200_000
_remembered: dict[tuple[int, AccountRef], int] = {}


def account_ids(refs: set[tuple[int, AccountRef]], *, created_at: datetime) -> dict[tuple[int, AccountRef], int]:
    """Row ids of the named accounts, keyed as asked; accounts that do not exist yet are made."""
    known = {key: pk for key in refs if (pk := _remembered.get(key))}
    missing = [key for key in refs if key not in known]
    if not missing:
        return known
    found = _find(missing)
    absent = [key for key in missing if key not in found]
    if absent:
        found |= _make(absent, created_at=created_at)
    # Remembered only once committed: an account made in a transaction that rolls back never existed.
    transaction.on_commit(lambda: _remember(found))
    return known | found


def forget() -> None:
    """Drop what is remembered; for tests, whose database forgets too."""
    _remembered.clear()


def _remember(ids: dict[tuple[int, AccountRef], int]) -> None:
    if len(_remembered) > _REMEMBERED_MAX:
        _remembered.clear()
    _remembered.update(ids)


def _find(keys: list[tuple[int, AccountRef]]) -> dict[tuple[int, AccountRef], int]:
    parameters = [
        arrays.of_integers(tenant_id for tenant_id, _ in keys),
        arrays.of_texts(ref.kind.value for _, ref in keys),
        arrays.of_integers(ref.party_id for _, ref in keys),
        arrays.of_texts(ref.currency for _, ref in keys),
    ]
    return {keys[number - 1]: pk for number, pk in execute(_FIND, parameters).fetchall()}


def _make(keys: list[tuple[int, AccountRef]], *, created_at: datetime) -> dict[tuple[int, AccountRef], int]:
    ordered = sorted(keys, key=lambda key: (key[0], key[1].kind, key[1].party_id, key[1].currency))
    LedgerAccount.objects.bulk_create(
        [_row(tenant_id, ref, created_at=created_at) for tenant_id, ref in ordered], ignore_conflicts=True
    )
    found = _find(ordered)
    Balance.objects.bulk_create(
        [
            Balance(
                account_id=pk,
                normal_sign=CHART[ref.kind].normal_sign,
                may_be_negative=CHART[ref.kind].may_be_negative,
            )
            for (_, ref), pk in found.items()
        ],
        ignore_conflicts=True,
    )
    return found


def _row(tenant_id: int, ref: AccountRef, *, created_at: datetime) -> LedgerAccount:
    return LedgerAccount(
        tenant_id=tenant_id,
        kind=ref.kind,
        category=CHART[ref.kind].category,
        party_id=ref.party_id,
        currency=ref.currency,
        created_at=created_at,
    )

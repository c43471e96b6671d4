"""Stripe's idempotency: the first answer under a key is the answer, whatever it was, for a day.

Refused parameters, an unknown key and rate limits come before the key is looked at and leave nothing behind.
"""

import hashlib

from simulator.stripe import errors
from simulator.stripe.accounts import Accounts
from simulator.stripe.state import Account, StoredAnswer
from simulator.wire import Json

RETENTION_SECONDS = 24 * 3600
KEY_LENGTH_MAX = 255


def fingerprint(*, method: str, path: str, form: Json) -> str:
    return hashlib.blake2b(repr((method, path, _sorted(form))).encode(), digest_size=16).hexdigest()


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return sorted((name, _sorted(item)) for name, item in value.items())
    return value


def begin(account: Account, *, key: str, fingerprint: str, now: int, request_id: str) -> tuple[StoredAnswer, bool]:
    """The slot of this key and whether it already holds the answer. The caller holds the world's lock."""
    if len(key) > KEY_LENGTH_MAX:
        raise errors.ParameterRefused(f"Idempotency keys may have at most {KEY_LENGTH_MAX} characters.")
    known = account.answers.get(key)
    if known is None or known.created <= now - RETENTION_SECONDS:
        slot = StoredAnswer(account=account.id, key=key, fingerprint=fingerprint, created=now, request_id=request_id)
        account.answers[key] = slot
        return slot, False
    if known.fingerprint != fingerprint:
        raise errors.key_reused(key)
    if known.status == 0:
        raise errors.key_in_use(key)
    return known, True


def finish(accounts: Accounts, *, slot: StoredAnswer, status: int, body: bytes) -> None:
    slot.status, slot.body = status, body.decode()
    accounts.keep_answer(slot)


def abandon(account: Account, *, slot: StoredAnswer) -> None:
    """Nothing began under this key; it is free again."""
    if account.answers.get(slot.key) is slot:
        del account.answers[slot.key]

"""Seals secrets that must be read again: AES-256-GCM, bound to the row they belong to, under a key with a name.

A sealed value moved to another row does not open. Keys come from CREDENTIALS_KEYS; the first seals, all open.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID_LENGTH_MAX = 40


class SealingKeysInvalid(Exception):
    """CREDENTIALS_KEYS cannot be used. The message says which entry is wrong, never what it is."""


class CredentialsUnreadable(Exception):
    """A sealed value does not open: damaged, moved from another row, or its key is gone."""


def seal(values: Mapping[str, str], *, context: str) -> bytes:
    """Encrypt under the first key. `context` names the one place where the result may be opened again."""
    key_id, cipher = next(iter(_ciphers().items()))
    header = _header(key_id)
    nonce = os.urandom(_NONCE_BYTES)
    plain = msgspec.json.encode(dict(values))
    return header + nonce + cipher.encrypt(nonce, plain, _bound(header, context))


def unseal(blob: bytes | memoryview, *, context: str) -> dict[str, str]:
    """Raises CredentialsUnreadable, also when the value was sealed for another context."""
    key_id = key_id_of(blob)
    cipher = _ciphers().get(key_id)
    if cipher is None:
        raise CredentialsUnreadable(f"sealed under key {key_id!r}, which is not in CREDENTIALS_KEYS any more")
    header = _header(key_id)
    body = bytes(blob[len(header) :])
    try:
        plain = cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _bound(header, context))
    except (InvalidTag, ValueError):
        raise CredentialsUnreadable("damaged, or sealed for another account, or under another key") from None
    return msgspec.json.decode(plain, type=dict[str, str])


def key_id_of(blob: bytes | memoryview) -> str:
    """Under which key the value was sealed, without opening it: what still needs a new key before the old one goes."""
    blob = bytes(blob)
    length = blob[1] if len(blob) > 1 else 0
    if blob[:1] != _VERSION or not length or len(blob) < 2 + length + _NONCE_BYTES:
        raise CredentialsUnreadable("not a sealed value")
    try:
        return blob[2 : 2 + length].decode("ascii")
    except UnicodeDecodeError:
        raise CredentialsUnreadable("not a sealed value") from None


def first_key_id() -> str:
    """Under which key everything is sealed from now on."""
    return next(iter(_ciphers()))


def _header(key_id: str) -> bytes:
    return _VERSION + bytes([len(key_id)]) + key_id.encode("ascii")


def _bound(header: bytes, context: str) -> bytes:
    return header + context.encode()


def _ciphers() -> Mapping[str, AESGCM]:
    return _parse(settings.CREDENTIALS_KEYS)


@lru_cache(maxsize=4)
def _parse(text: str) -> Mapping[str, AESGCM]:
    if not text.strip():
        raise SealingKeysInvalid("CREDENTIALS_KEYS is empty: it needs keyid:base64 of 32 random bytes.")
    ciphers: dict[str, AESGCM] = {}
    for position, entry in enumerate(text.split(","), start=1):
        key_id, _, encoded = entry.strip().partition(":")
        if not (key_id.isascii() and key_id.isprintable() and 0 < len(key_id) <= _KEY_ID_LENGTH_MAX):
            raise SealingKeysInvalid(f"Entry {position} of CREDENTIALS_KEYS has no key id of at most 40 characters.")
        if key_id in ciphers:
            raise SealingKeysInvalid(f"Entry {position} of CREDENTIALS_KEYS repeats the key id {key_id!r}.")
        ciphers[key_id] = AESGCM(_key_bytes(encoded, position=position))
    return ciphers


def _key_bytes(encoded: str, *, position: int) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise SealingKeysInvalid(f"The key in entry {position} of CREDENTIALS_KEYS is not base64.") from None
    if len(key) != _KEY_BYTES:
        raise SealingKeysInvalid(f"The key in entry {position} of CREDENTIALS_KEYS is not 32 bytes long.")
    return key

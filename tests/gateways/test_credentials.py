"""Sealed credentials open in one place only, and nothing about them is ever said aloud."""

import base64
from typing import Any

import pytest

from gateways.credentials import CredentialsUnreadable, SealingKeysInvalid, key_id_of, seal, unseal

VALUES = {"secret_key": "sk_test_c4n4ry", "webhook_secret": "whsec_c4n4ry"}
HERE = "gateway_account:one"
KEYS = {name: base64.b64encode(name.encode().ljust(32, b"-")).decode() for name in ("old", "new")}


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = f"old:{KEYS['old']}"


def test_what_was_sealed_opens_in_its_place() -> None:
    assert unseal(seal(VALUES, context=HERE), context=HERE) == VALUES


def test_a_database_column_may_give_a_memoryview() -> None:
    assert unseal(memoryview(seal(VALUES, context=HERE)), context=HERE) == VALUES


def test_the_same_values_are_never_sealed_alike() -> None:
    assert seal(VALUES, context=HERE) != seal(VALUES, context=HERE)


def test_a_sealed_value_shows_nothing_but_its_key() -> None:
    blob = seal(VALUES, context=HERE)

    assert b"c4n4ry" not in blob
    assert b"secret_key" not in blob
    assert key_id_of(blob) == "old"


def test_a_value_moved_to_another_account_does_not_open() -> None:
    blob = seal(VALUES, context=HERE)

    with pytest.raises(CredentialsUnreadable):
        unseal(blob, context="gateway_account:two")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(settings: Any) -> None:
    before = seal(VALUES, context=HERE)
    settings.CREDENTIALS_KEYS = f"new:{KEYS['new']}, old:{KEYS['old']}"

    after = seal(VALUES, context=HERE)

    assert (key_id_of(before), key_id_of(after)) == ("old", "new")
    assert unseal(before, context=HERE) == unseal(after, context=HERE) == VALUES


def test_a_value_whose_key_is_gone_names_the_key(settings: Any) -> None:
    blob = seal(VALUES, context=HERE)
    settings.CREDENTIALS_KEYS = f"new:{KEYS['new']}"

    with pytest.raises(CredentialsUnreadable, match="'old'"):
        unseal(blob, context=HERE)


def test_a_key_that_was_replaced_under_its_name_does_not_open(settings: Any) -> None:
    blob = seal(VALUES, context=HERE)
    settings.CREDENTIALS_KEYS = f"old:{KEYS['new']}"

    with pytest.raises(CredentialsUnreadable):
        unseal(blob, context=HERE)


def test_no_bit_of_a_sealed_value_can_be_changed() -> None:
    blob = seal(VALUES, context=HERE)

    for position in range(len(blob)):
        with pytest.raises(CredentialsUnreadable):
            unseal(blob[:position] + bytes([blob[position] ^ 1]) + blob[position + 1 :], context=HERE)


def test_a_value_that_was_cut_does_not_open() -> None:
    blob = seal(VALUES, context=HERE)

    for length in range(len(blob)):
        with pytest.raises(CredentialsUnreadable):
            unseal(blob[:length], context=HERE)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "empty"),
        ("c4n4ry", "not 32 bytes"),
        (":" + KEYS["old"], "key id"),
        ("a:c4n4ry*", "not base64"),
        ("a:" + base64.b64encode(b"c4n4ry").decode(), "not 32 bytes"),
        (f"a:{KEYS['old']},a:{KEYS['new']}", "repeats"),
        (f"a:{KEYS['old']},", "Entry 2"),
        ("é:" + KEYS["old"], "key id"),
    ],
)
def test_unusable_keys_say_which_entry_and_not_what_is_in_it(settings: Any, keys: str, said: str) -> None:
    settings.CREDENTIALS_KEYS = keys

    with pytest.raises(SealingKeysInvalid, match=said) as caught:
        seal(VALUES, context=HERE)

    if len(keys) > 10:
        assert keys.rpartition(":")[2] not in repr(caught.value) or keys.endswith(",")
    assert caught.value.__cause__ is None


def test_a_failure_tells_no_secret() -> None:
    blob = seal(VALUES, context=HERE)

    with pytest.raises(CredentialsUnreadable) as caught:
        unseal(blob, context="gateway_account:two")

    assert "c4n4ry" not in repr(caught.value)
    assert KEYS["old"] not in repr(caught.value)

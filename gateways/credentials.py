"""What a gateway account signs in with is sealed as every secret of the service is: see `common.sealing`."""

from common.sealing import CredentialsUnreadable, SealingKeysInvalid, first_key_id, key_id_of, seal, unseal

__all__ = ["CredentialsUnreadable", "SealingKeysInvalid", "first_key_id", "key_id_of", "seal", "unseal"]

"""The PIN of our own Sonatel wallet: encrypted the one way that Sonatel reads, and never sent again once refused.

Three wrong tries block the wallet, and a wrong padding counts as a wrong PIN.
"""

import base64
import binascii
import hashlib
import threading
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gateways.errors import NotSent

_refused: set[str] = set()
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Pin:
    account: str
    digits: str = field(repr=False)

    @property
    def is_refused(self) -> bool:
        """Remembered by this process until it ends; another PIN is another matter."""
        with _guard:
            return self._mark() in _refused

    def refuse(self) -> None:
        with _guard:
            _refused.add(self._mark())

    def encrypted(self, public_key: str) -> bytes:
        """`public_key` as Sonatel writes it: base64 without the lines of PEM. Raises NotSent."""
        try:
            key = load_der_public_key(base64.b64decode("".join(public_key.split()), validate=True))
        except (binascii.Error, ValueError):
            raise NotSent("pin_key_unavailable", "the public key cannot be read") from None
        if not isinstance(key, rsa.RSAPublicKey):
            raise NotSent("pin_key_unavailable", "the public key is not RSA")
        return key.encrypt(self.digits.encode(), padding.PKCS1v15())

    def _mark(self) -> str:
        return hashlib.sha256(f"{self.account}:{self.digits}".encode()).hexdigest()

"""The RSA key under which Sonatel takes PINs. PKCS#1 v1.5; whatever else arrives reads as a wrong PIN."""

import base64

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_UNREADABLE = "not a PIN"


class KeyRing:
    """A key of this process, made when it is first wanted; clients fetch it with every PIN."""

    def __init__(self) -> None:
        self._key: rsa.RSAPrivateKey | None = None

    def public_text(self) -> str:
        """Base64 without the lines of PEM."""
        der = self._private().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def decrypted(self, text: str) -> str:
        try:
            return self._private().decrypt(base64.b64decode(text), padding.PKCS1v15()).decode()
        except ValueError:
            return _UNREADABLE

    def _private(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._key

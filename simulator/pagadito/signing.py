"""The key with which webhooks are signed, made at the first need and kept, and its certificate.

Signed text: NOTIFICATION-ID | NOTIFICATION-TIMESTAMP | event id | CRC32 of the body in decimal | WSK.
"""

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from simulator.wire import Json
from simulator.world import World

ALGORITHM = "sha256WithRSAEncryption"
_YEARS = timedelta(days=3650)


@dataclass(slots=True)
class SigningRecord:
    key: str
    certificate: str


class Signer:
    def __init__(self, world: World) -> None:
        self._world = world
        self._record: SigningRecord | None = None
        self._key: RSAPrivateKey | None = None
        self._stranger: RSAPrivateKey | None = None

    @property
    def certificate(self) -> str:
        """PEM."""
        return self._ready().certificate

    @property
    def name(self) -> str:
        """Changes with the certificate, so that nobody takes a new one for one kept from before."""
        certificate = x509.load_pem_x509_certificate(self.certificate.encode())
        return f"{certificate.fingerprint(hashes.SHA256()).hex()[:16]}.pem"

    def headers(
        self, body: bytes, *, moment: int, wsk: str, notification: str, cert_url: str, forged: bool = False
    ) -> dict[str, str]:
        stamp = datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event_id = str(orjson.loads(body)["id"])
        signed = "|".join([notification, stamp, event_id, str(zlib.crc32(body)), wsk])
        key = self._forger() if forged else self._signing_key()
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Pagadito-Webhooks/1.0",
            "PAGADITO-NOTIFICATION-ID": notification,
            "PAGADITO-NOTIFICATION-TIMESTAMP": stamp,
            "PAGADITO-AUTH-ALGO": ALGORITHM,
            "PAGADITO-CERT-URL": cert_url,
            "PAGADITO-SIGNATURE": base64.b64encode(signature).decode(),
        }

    def restore(self, record: Json) -> None:
        self._record, self._key = SigningRecord(**record), None

    def keep(self) -> None:
        """After the store forgot everything: the key stays, as a gateway's would."""
        if self._record is not None:
            self._world.store.keep(kind="pagadito.signing", key="key", record=self._record)

    def _ready(self) -> SigningRecord:
        if self._record is None:
            self._record = _new_record()
            self.keep()
        return self._record

    def _signing_key(self) -> RSAPrivateKey:
        if self._key is None:
            key = serialization.load_pem_private_key(self._ready().key.encode(), password=None)
            if not isinstance(key, RSAPrivateKey):
                raise TypeError("The key that was kept is not an RSA key.")
            self._key = key
        return self._key

    def _forger(self) -> RSAPrivateKey:
        if self._stranger is None:
            self._stranger = _new_key()
        return self._stranger


def _new_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _new_record() -> SigningRecord:
    key = _new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Pagadito webhooks (simulator)")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningRecord(
        key=private.decode(), certificate=certificate.public_bytes(serialization.Encoding.PEM).decode()
    )

"""The stand-in's own issuer and its webhook certificate, with the names that PayPal's sandbox uses.

Made at first use and kept with the state, so that a restart goes on with them. Only who is told to trusts them.
"""

import base64
import datetime
import zlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulator.wire import Json
from simulator.world import World

NAME = "messageverificationcerts.sandbox.paypal.com"
# What a webhook says. The service asks the stand-in for it, as for everything else of PayPal's.
HOST = "https://api.sandbox.paypal.com"
PATH = "/v1/notifications/certs"
_YEARS = 2


class Certificates:
    """Call with the world's lock held."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: Json = {}
        self._key: rsa.RSAPrivateKey | None = None

    def restore(self, record: Json) -> None:
        self._kept = record

    def clear(self) -> None:
        self._kept, self._key = {}, None

    def page(self, name: str) -> bytes | None:
        """The certificate of this name, `root` for the issuer's."""
        kept = self._ready()
        return {"root": kept["root"], kept["id"]: kept["leaf"]}.get(name, "").encode() or None

    def headers(self, body: bytes, *, webhook_id: str, moment: int, transmission_id: str) -> dict[str, str]:
        """What PayPal sends along: the signature covers id, time, webhook id and the CRC-32 of the raw body."""
        kept = self._ready()
        when = datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = f"{transmission_id}|{when}|{webhook_id}|{zlib.crc32(body)}"
        signature = self._signing_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {
            "Content-Type": "application/json",
            "User-Agent": "PayPal/AUHD-214.0-58843430",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-AUTH-VERSION": "v2",
            "PAYPAL-CERT-URL": f"{HOST}{PATH}/{kept['id']}",
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-TRANSMISSION-TIME": when,
        }

    def confirms(self, text: str, signature: str) -> bool:
        """Whether this signature of this text is ours."""
        try:
            given = base64.b64decode(signature, validate=True)
        except ValueError:
            return False
        return given == self._signing_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())

    def _signing_key(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            loaded = serialization.load_pem_private_key(self._ready()["key"].encode(), password=None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise TypeError("The kept signing key is not an RSA key.")
            self._key = loaded
        return self._key

    def _ready(self) -> Json:
        if not self._kept:
            self._kept = _made(self._world)
            self._world.store.keep(kind="paypal.certificate", key="webhooks", record=self._kept)
        return self._kept


def _made(world: World) -> Json:
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated issuer, trusted by nobody")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    root = _unsigned(issuer, issuer, root_key.public_key(), issuer_key=root_key, is_issuer=True)
    leaf = _unsigned(subject, issuer, key.public_key(), issuer_key=root_key, is_issuer=False)
    plain = serialization.NoEncryption()
    return {
        "id": f"CERT-{world.token(length=24).lower()}",
        "root": _pem(root.sign(root_key, hashes.SHA256())),
        "leaf": _pem(leaf.sign(root_key, hashes.SHA256())),
        "key": key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode(),
    }


def _unsigned(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: rsa.RSAPublicKey,
    *,
    issuer_key: rsa.RSAPrivateKey,
    is_issuer: bool,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    usage = x509.KeyUsage(not is_issuer, False, not is_issuer, False, False, is_issuer, is_issuer, False, False)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=0 if is_issuer else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if is_issuer:
        return builder
    return builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()

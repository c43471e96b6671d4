"""Decides whose key signs PayPal's webhooks: a certificate of PayPal's host, for PayPal's one name, of a known issuer.

A live account trusts public roots only, whatever is configured. The simulator's own issuer counts for it alone.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from common import clock
from gateways.contract import Credentials, WebhookRefused
from gateways.errors import NoAnswer
from gateways.http import GatewayHttp

# Exactly these: any other host below paypal.com may serve what others have put there.
_LIVE_HOSTS = frozenset({"api.paypal.com", "api-m.paypal.com"})
_SANDBOX_HOSTS = frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"})
_LIVE_NAME = "messageverificationcerts.paypal.com"
_SANDBOX_NAME = "messageverificationcerts.sandbox.paypal.com"
_PATH = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_-]{1,100}")
_SIMULATOR_ROOT = "/v1/notifications/certs/root"
_REMEMBERED_SECONDS = 24 * 3600
_REMEMBERED_MAX = 32


class IssuerUnknown(Exception):
    """The certificate is PayPal's by host and name, but no chain to a root can be built: PayPal must be asked."""


@dataclass(frozen=True, slots=True)
class _Known:
    certificate: x509.Certificate
    is_chained: bool
    until: float


class Certificates:
    """The certificates of one account's webhooks; what was fetched is remembered by all accounts of the process."""

    def __init__(self, *, credentials: Credentials, simulator: str, http: GatewayHttp) -> None:
        self._credentials = credentials
        self._simulator = simulator
        self._http = http

    def key_for(self, url: str, *, at: datetime) -> RSAPublicKey:
        """Raises WebhookRefused, and IssuerUnknown."""
        path = self._checked(url)
        known = _remembered(self._place(url)) or self._fetched(url, path=path, at=at)
        certificate = known.certificate
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise WebhookRefused("the certificate is not valid now")
        if not known.is_chained:
            raise IssuerUnknown
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise WebhookRefused("the certificate has no RSA key")
        return key

    def _checked(self, url: str) -> str:
        """The path of a certificate's address, which must be one of PayPal's for the mode of the account."""
        hosts = _LIVE_HOSTS if self._credentials.livemode else _SANDBOX_HOSTS
        if not url.isascii() or not url.isprintable():
            raise WebhookRefused("the certificate's address is not one of PayPal's")
        parts = urlsplit(url)
        # The whole text, so that nothing hides in user names, ports or fragments.
        if parts.netloc not in hosts or url != f"https://{parts.netloc}{parts.path}" or not _PATH.fullmatch(parts.path):
            raise WebhookRefused("the certificate's address is not one of PayPal's")
        return parts.path

    def _fetched(self, url: str, *, path: str, at: datetime) -> _Known:
        certificate = self._load(self._simulator + path if self._simulator else url)
        name = _LIVE_NAME if self._credentials.livemode else _SANDBOX_NAME
        _check_name(certificate, name)
        known = _Known(
            certificate,
            is_chained=self._has_known_issuer(certificate, name=name, at=at),
            until=clock.monotonic() + _REMEMBERED_SECONDS,
        )
        _remember(self._place(url), known)
        return known

    def _has_known_issuer(self, certificate: x509.Certificate, *, name: str, at: datetime) -> bool:
        verifier = PolicyBuilder().store(Store(self._roots())).time(at).build_server_verifier(x509.DNSName(name))
        try:
            verifier.verify(certificate, self._intermediates())
        except VerificationError:
            return False
        return True

    def _roots(self) -> list[x509.Certificate]:
        if not self._simulator:
            return _public_roots()
        if self._credentials.livemode:
            raise WebhookRefused("a live account believes no simulator")
        return [self._load(self._simulator + _SIMULATOR_ROOT)]

    def _intermediates(self) -> list[x509.Certificate]:
        text = self._credentials.get("webhook_certificates").strip()
        if not text:
            return []
        try:
            return x509.load_pem_x509_certificates(text.encode())
        except ValueError:
            raise WebhookRefused("webhook_certificates are not certificates in PEM") from None

    def _load(self, url: str) -> x509.Certificate:
        try:
            answer = self._http.request(operation="certificate", method="GET", url=url, headers={})
        except NoAnswer as failure:
            raise WebhookRefused(f"the certificate could not be fetched: {failure.reason}") from None
        if answer.status != 200:
            raise WebhookRefused(f"the certificate could not be fetched: HTTP {answer.status}")
        try:
            return x509.load_pem_x509_certificate(answer.body)
        except ValueError:
            raise WebhookRefused("what was fetched is not a certificate") from None

    def _place(self, url: str) -> tuple[str, str]:
        """Intermediates are part of it: a certificate judged without them is judged again once they are there."""
        return self._simulator, f"{url} {hash(self._credentials.get('webhook_certificates'))}"


def _check_name(certificate: x509.Certificate, name: str) -> None:
    """Common name and alternative name are exactly PayPal's: another of its hosts must not sign."""
    common = [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        others = extension.value.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        others = []
    if common != [name] or others != [name]:
        raise WebhookRefused("the certificate is for another name")


_memory: OrderedDict[tuple[str, str], _Known] = OrderedDict()
_guard = Lock()
_roots: list[x509.Certificate] = []


def _remembered(place: tuple[str, str]) -> _Known | None:
    with _guard:
        known = _memory.get(place)
    return known if known is not None and known.until > clock.monotonic() else None


def _remember(place: tuple[str, str], known: _Known) -> None:
    with _guard:
        _memory[place] = known
        while len(_memory) > _REMEMBERED_MAX:
            _memory.popitem(last=False)


def _public_roots() -> list[x509.Certificate]:
    with _guard:
        if not _roots:
            _roots.extend(x509.load_pem_x509_certificates(Path(DEFAULT_CA_BUNDLE_PATH).read_bytes()))
        return list(_roots)

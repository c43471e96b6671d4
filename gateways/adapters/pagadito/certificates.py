"""Which certificate may vouch for a webhook. The address comes from the webhook itself, so it is believed last.

Only Pagadito's own hosts over https are asked, no redirect is followed, size and time are limited, and strangers
cannot make us fetch without end: so many new addresses a minute, then none.
"""

import re
import threading
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from common import clock
from gateways.adapters.pagadito.settings import Settings
from gateways.contract import WebhookRefused
from gateways.errors import NoAnswer
from gateways.http import GatewayHttp

_ADDRESS = re.compile(r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){0,5}pagadito\.com/[!-\"$-~]{0,400}")
_SIMULATED_PATH = re.compile(r"/certificates/[A-Za-z0-9_.-]{1,100}")
_FRESH_SECONDS = 3600
_KNOWN_MAX = 64
_FETCHES_PER_MINUTE_MAX = 20
_BYTES_MAX = 32 * 1024
_KEY_BITS_MIN = 2048
_PEM_BODY = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


class CertificateStore:
    """Certificates fetched by this process, kept for an hour each, and how many were fetched in this minute."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[str, tuple[float, x509.Certificate]] = {}
        self._minute = 0
        self._fetches = 0

    def get(self, url: str, *, http: GatewayHttp) -> x509.Certificate:
        """Raises WebhookRefused. An old one serves on while a new one cannot be had: its dates still bind it."""
        now = clock.monotonic()
        with self._guard:
            known = self._known.get(url)
            if known is not None and now - known[0] < _FRESH_SECONDS:
                return known[1]
            may_fetch = self._count(int(now // 60))
        try:
            if not may_fetch:
                raise WebhookRefused("too many new certificate addresses in this minute")
            certificate = _fetch(url, http=http)
        except WebhookRefused:
            if known is not None:
                return known[1]
            raise
        with self._guard:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[url] = (now, certificate)
        return certificate

    def clear(self) -> None:
        with self._guard:
            self._known.clear()
            self._fetches = 0

    def _count(self, minute: int) -> bool:
        if minute != self._minute:
            self._minute, self._fetches = minute, 0
        self._fetches += 1
        return self._fetches <= _FETCHES_PER_MINUTE_MAX


STORE = CertificateStore()


def public_key_for(url: str, *, settings: Settings, http: GatewayHttp, at_epoch: int) -> RSAPublicKey:
    """The key that may have signed, of a certificate valid at that time. Raises WebhookRefused."""
    if settings.sandbox_certificate:
        certificate = parse(settings.sandbox_certificate.encode())
    elif is_allowed(url, settings=settings):
        certificate = STORE.get(url, http=http)
    else:
        raise WebhookRefused("the certificate is not at one of Pagadito's hosts")
    at = datetime.fromtimestamp(at_epoch, tz=UTC)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise WebhookRefused("the certificate is not valid at this time")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < _KEY_BITS_MIN:
        raise WebhookRefused("the certificate has no RSA key of 2048 bits or more")
    return key


def is_allowed(url: str, *, settings: Settings) -> bool:
    """Pagadito's hosts; of the simulator, which stands for them all, its certificates and nothing else of it."""
    if settings.simulator and not settings.livemode and url.startswith(settings.simulator):
        return _SIMULATED_PATH.fullmatch(url.removeprefix(settings.simulator)) is not None
    return _ADDRESS.fullmatch(url) is not None


def parse(text: bytes) -> x509.Certificate:
    """PEM, also one whose line breaks were lost on the way, or DER. Raises WebhookRefused."""
    body = _PEM_BODY.search(text.decode("ascii", "replace"))
    try:
        if body is None:
            return x509.load_der_x509_certificate(text)
        lines = "\n".join(body.group(1).split())
        return x509.load_pem_x509_certificate(
            f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()
        )
    except ValueError:
        raise WebhookRefused("the certificate cannot be read") from None


def _fetch(url: str, *, http: GatewayHttp) -> x509.Certificate:
    try:
        answer = http.request(operation="certificate", method="GET", url=url, headers={"Accept": "*/*"})
    except NoAnswer as failure:
        raise WebhookRefused(f"the certificate cannot be had: {failure.reason}") from None
    if answer.status != 200 or not 0 < len(answer.body) <= _BYTES_MAX:
        raise WebhookRefused("there is no certificate at its address")
    return parse(answer.body)

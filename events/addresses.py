"""Where a webhook may go: https on its usual port, to a public address, and nowhere else.

The name is judged when an endpoint is saved; the address behind it each time it is called, because names move.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from common.errors import Invalid

URL_LENGTH_MAX = 500
_HTTPS_PORT = 443
_NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_NAMES_OF_NOBODY = ("localhost", "local", "internal", "localdomain", "home", "lan", "arpa", "test", "invalid", "onion")
# What of the address goes onto the wire as it is: visible ASCII.
_PATH = re.compile(r"[\x21-\x7e]*")

# Private, shared, loopback, link-local, reserved, for documentation, multicast: nothing there is a public receiver.
_CLOSED_V4 = [
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
]
# Only what is globally routed, and of that nothing in which an IPv4 address hides or that is no host.
_OPEN_V6 = ipaddress.ip_network("2000::/3")
_CLOSED_V6 = [
    ipaddress.ip_network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
]
# ISATAP carries an IPv4 address in any network.
_ISATAP = (0x00005EFE, 0x02005EFE)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookUrlRefused(Invalid):
    code = "WEBHOOK_URL_REFUSED"


@dataclass(frozen=True, slots=True)
class Target:
    """A judged URL in its parts. `is_trusted` hosts are named in WEBHOOK_ALLOWED_HOSTS and may be anywhere."""

    is_https: bool
    host: str
    port: int
    path: str
    is_trusted: bool

    @property
    def host_header(self) -> str:
        usual = _HTTPS_PORT if self.is_https else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def judge_url(url: str) -> Target:
    """Raises WebhookUrlRefused, which says what is wrong and never repeats the URL."""
    if len(url) > URL_LENGTH_MAX or not _PATH.fullmatch(url):
        raise _refused(f"has spaces, other than ASCII, or more than {URL_LENGTH_MAX} characters")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise _refused("is not an address") from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("must not carry a user name or password")
    if parts.fragment or "\\" in url:
        raise _refused("must not have a fragment or a backslash")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if host and host in settings.WEBHOOK_ALLOWED_HOSTS and parts.scheme in ("http", "https"):
        is_https = parts.scheme == "https"
        return Target(is_https, host, port or (_HTTPS_PORT if is_https else 80), path, is_trusted=True)
    if parts.scheme != "https":
        raise _refused("must start with https://")
    if port not in (None, _HTTPS_PORT):
        raise _refused("must use port 443")
    _judge_name(host)
    return Target(is_https=True, host=host, port=_HTTPS_PORT, path=path, is_trusted=False)


def _judge_name(host: str) -> None:
    """A name with a top level, in lower case ASCII. Addresses in digits, in whatever base, are no names."""
    if not _NAME.fullmatch(host):
        raise _refused("must name a host such as hooks.example.com, not an address")
    if host.rpartition(".")[2] in _NAMES_OF_NOBODY:
        raise _refused("names a host that only exists on some inside")
    if host in _own_hosts():
        raise _refused("must not be this service itself")


def _own_hosts() -> set[str]:
    return {(urlsplit(settings.PUBLIC_URL).hostname or "").lower(), *(name.lower() for name in settings.ALLOWED_HOSTS)}


def is_public(address: str) -> bool:
    """Whether this resolved address is one of the open internet. What cannot be read is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _CLOSED_V4)
    if found.scope_id is not None or found not in _OPEN_V6:
        return False
    hides_v4 = (int(found) >> 32) & 0xFFFFFFFF in _ISATAP
    return not hides_v4 and not any(found in network for network in _CLOSED_V6)


def _refused(why: str) -> WebhookUrlRefused:
    return WebhookUrlRefused(f"The url {why}.", details=[{"field": "$.url", "message": why}])

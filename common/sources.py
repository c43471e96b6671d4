"""Where a request comes from: the one address that our own proxy saw, never one that the sender wrote himself.

Each proxy appends to X-Forwarded-For whom it heard from. With n proxies of ours the n-th entry from the right is true;
everything left of it is whatever the sender liked.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
AllowList = Mapping[str, Sequence[Network]]

_OWN_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_IPV6_SITE_BITS = 64


def client_address(meta: Mapping[str, object], *, proxies: int) -> Address | None:
    """The sender's address behind this many proxies of ours; None where it cannot be known.

    `meta` is what the server tells of the request (`request.META`).
    """
    if proxies == 0:
        return _read(str(meta.get("REMOTE_ADDR", "")))
    told = str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    # Fewer entries than proxies: it came by a way past them, and nothing in the header is ours.
    return _read(told[-proxies]) if len(told) >= proxies else None


def is_within(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def is_our_own(address: Address | None) -> bool:
    """Of a network that is never seen from outside: this machine, or a proxy that the settings do not count."""
    return address is None or is_within(address, _OWN_NETWORKS)


def site_of(address: Address) -> str:
    """Who shares an address: for IPv6 the 64 bits that one site has, as it may use any of the others."""
    if isinstance(address, IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_SITE_BITS), strict=False))
    return str(address)


def read_allow_list(text: str) -> dict[str, tuple[Network, ...]]:
    """`stripe=3.18.12.63,3.130.192.231;paystack=52.31.139.75/32`. Raises ValueError that says what is wrong."""
    found: dict[str, tuple[Network, ...]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        name, separator, listed = entry.partition("=")
        words = [word.strip() for word in listed.split(",") if word.strip()]
        if not separator or not name.strip() or not words:
            raise ValueError(f"{entry!r} is not gateway=address,address")
        if name.strip() in found:
            raise ValueError(f"{name.strip()} is named twice")
        found[name.strip()] = tuple(ipaddress.ip_network(word) for word in words)
    return found


def _read(text: str) -> Address | None:
    """An address, also with a port or in the brackets of IPv6; an IPv4 address inside IPv6 is taken out."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

"""Where a request comes from is what our own proxy saw. What the sender wrote into a header decides nothing."""

from ipaddress import ip_address, ip_network

import pytest

from common import sources

NEAREST, CLIENT = "10.0.0.7", "52.31.139.75"


def seen(forwarded: str | None, *, proxies: int, nearest: str = NEAREST) -> str:
    meta = {"REMOTE_ADDR": nearest} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    return str(sources.client_address(meta, proxies=proxies))


@pytest.mark.parametrize(
    ("forwarded", "proxies", "wanted"),
    [
        (None, 0, NEAREST),
        (CLIENT, 0, NEAREST),
        (CLIENT, 1, CLIENT),
        (f"9.9.9.9, {CLIENT}", 1, CLIENT),
        (f"9.9.9.9,{CLIENT} , 10.0.0.3", 2, CLIENT),
        (f"{CLIENT}:51324", 1, CLIENT),
        ("[2001:db8::7]:443", 1, "2001:db8::7"),
        ("2001:db8::7", 1, "2001:db8::7"),
        (f"::ffff:{CLIENT}", 1, CLIENT),
        (None, 1, "None"),
        (CLIENT, 2, "None"),
        (f"{CLIENT}, unknown", 1, "None"),
        (f"{CLIENT}, ", 1, "None"),
    ],
)
def test_only_what_our_proxies_appended_is_believed(forwarded: str | None, proxies: int, wanted: str) -> None:
    assert seen(forwarded, proxies=proxies) == wanted


def test_a_server_that_does_not_know_says_nothing() -> None:
    assert sources.client_address({}, proxies=0) is None


@pytest.mark.parametrize(
    ("text", "is_own"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("::1", True), (CLIENT, False), ("203.0.113.9", False)],
)
def test_our_own_networks_are_known(text: str, is_own: bool) -> None:
    assert sources.is_our_own(ip_address(text)) is is_own
    assert sources.is_our_own(None)


def test_one_site_has_all_the_addresses_of_its_network() -> None:
    assert sources.site_of(ip_address("2001:db8:1:2::9")) == sources.site_of(ip_address("2001:db8:1:2:ff::1"))
    assert sources.site_of(ip_address("2001:db8:1:2::9")) != sources.site_of(ip_address("2001:db8:1:3::9"))
    assert sources.site_of(ip_address(CLIENT)) == CLIENT


def test_a_list_is_read_per_gateway() -> None:
    found = sources.read_allow_list(f"stripe=3.18.12.63, 3.130.192.0/24 ; paystack={CLIENT};")

    assert found == {
        "stripe": (ip_network("3.18.12.63/32"), ip_network("3.130.192.0/24")),
        "paystack": (ip_network(f"{CLIENT}/32"),),
    }
    assert sources.read_allow_list("") == {}
    assert sources.is_within(ip_address("3.130.192.200"), found["stripe"])
    assert not sources.is_within(ip_address("3.130.193.1"), found["stripe"])
    assert not sources.is_within(None, found["stripe"])


@pytest.mark.parametrize(
    "text", ["stripe", "stripe=", "=1.2.3.4", "stripe=1.2.3", "stripe=1.2.3.4/8", "a=1.1.1.1;a=1.1.1.2"]
)
def test_a_list_that_is_not_understood_stops_the_start(text: str) -> None:
    """Left out it would let everybody through."""
    with pytest.raises(ValueError):
        sources.read_allow_list(text)

"""I11: a webhook goes to a public host over https and nowhere else, whatever way its address is written."""

import pytest
from pytest_django.fixtures import Settings

from events.addresses import WebhookUrlRefused, is_public, judge_url

pytestmark = pytest.mark.row("I11")

REFUSED_URLS = {
    "plain http": "http://hooks.example.com/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://hooks.example.com/",
    "no scheme": "hooks.example.com/in",
    "no host": "https:///in",
    "nothing": "",
    "loopback": "https://127.0.0.2/",
    "loopback by name": "https://localhost.localdomain/",
    "short loopback": "https://127.1/",
    "decimal": "https://2130706433/",
    "octal": "https://0177.0.0.1/",
    "hexadecimal": "https://0x7f.0.0.1/",
    "hexadecimal whole": "https://0x7f000001/",
    "a public address in digits": "https://93.184.216.34/",
    "unspecified": "https://0.0.0.0/",
    "private": "https://10.0.0.1/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "metadata by name": "https://metadata.google.internal/",
    "IPv6 loopback": "https://[::1]/",
    "IPv4-mapped": "https://[::ffff:127.0.0.1]/",
    "scoped": "https://[fe80::1%25eth0]/",
    "user name": "https://user@hooks.example.com/",
    "password": "https://user:password@hooks.example.com/",
    "empty user": "https://@hooks.example.com/",
    "trusted looking user": "https://hooks.example.com@evil.example/",
    "backslash": "https://hooks.example.com\\@evil.example/",
    "odd port": "https://hooks.example.com:8443/",
    "port of ssh": "https://hooks.example.com:22/",
    "port 0": "https://hooks.example.com:0/",
    "no port": "https://hooks.example.com:99999/",
    "single label": "https://intranet/",
    "inside name": "https://payments.internal/",
    "mdns": "https://printer.local/",
    "trailing dot": "https://hooks.example.com./",
    "full-width": "https://\uff11\uff12\uff17.0.0.1/",
    "ideographic dot": "https://127\u30020\u30020\u30021/",
    "new line": "https://hooks.example.com/\r\nX-Evil: 1",
    "space": "https://hooks.example.com/a b",
    "fragment": "https://hooks.example.com/#top",
    "own service": "https://payments.example.org/api/v1/payments",
    "too long": "https://hooks.example.com/" + "a" * 500,
}

CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("fd12:3456::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "100::1", "2001::1"),
    *("2001:0:53aa:64c:0:fffe:80ff:fffe", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1"),
    *("2606:2800::5efe:7f00:1", "2606:2800::200:5efe:a00:1", "nonsense", "", "127.1", "0x7f.0.0.1"),
]
OPEN = ["93.184.216.34", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111"]


@pytest.mark.parametrize("url", REFUSED_URLS.values(), ids=REFUSED_URLS.keys())
def test_an_address_that_is_not_public_https_is_refused_and_not_repeated(url: str, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://payments.example.org"
    settings.WEBHOOK_ALLOWED_HOSTS = []

    with pytest.raises(WebhookUrlRefused) as refused:
        judge_url(url)

    assert not url or url not in refused.value.message


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com", "https://a-b.example.co.uk:443/x?y=1", "https://EXAMPLE.com/"]
)
def test_a_public_name_over_https_is_taken(url: str) -> None:
    target = judge_url(url)

    assert (target.is_https, target.port, target.is_trusted) == (True, 443, False)
    assert target.path.startswith("/")
    assert target.host == target.host.lower()


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_behind_a_name_that_is_not_public_is_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_open(address: str) -> None:
    assert is_public(address)


def test_a_host_that_the_operator_names_may_be_anywhere_and_plain(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]

    target = judge_url("http://127.0.0.1:9000/in")

    assert (target.is_https, target.port, target.is_trusted, target.host_header) == (
        False,
        9000,
        True,
        "127.0.0.1:9000",
    )
    with pytest.raises(WebhookUrlRefused):
        judge_url("http://127.0.0.2:9000/in")
    with pytest.raises(WebhookUrlRefused):
        judge_url("ftp://127.0.0.1/in")

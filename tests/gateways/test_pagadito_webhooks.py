"""Whose certificate may vouch for a webhook of Pagadito, and what the signature must cover."""

import base64
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from common import clock
from gateways.adapters.pagadito import certificates
from gateways.adapters.pagadito.gateway import PagaditoGateway
from gateways.contract import Credentials, IncomingWebhook, Outcome, WebhookRefused
from gateways.errors import NotSent
from gateways.http import HttpAnswer

NOW = 1_795_000_000
WSK = "wsk-odd"
BODY = b'{"id":"EV-1","event_type":"X","resource":{"status":"COMPLETED","ern":"PAY-1"}}'
URL = "https://sandbox.pagadito.com/certs/webhooks.pem"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Any = KEY, *, begins: int = NOW - 3600, ends: int = NOW + 3600) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "webhooks")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.fromtimestamp(begins, tz=UTC))
        .not_valid_after(datetime.fromtimestamp(ends, tz=UTC))
        .sign(KEY if isinstance(key, rsa.RSAPrivateKey) else key, hashes.SHA256())
    )


def pem(*arguments: Any, **changes: Any) -> bytes:
    return certificate(*arguments, **changes).public_bytes(Encoding.PEM)


class Host:
    """Stands for Pagadito's host of certificates, and counts who asks."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = pem() if answer is None else answer
        self.asked: list[str] = []

    def request(self, *, url: str, **_call: Any) -> HttpAnswer:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        status, body = self.answer if isinstance(self.answer, tuple) else (200, self.answer)
        return HttpAnswer(status, {}, body, 1)


def gateway(host: Host, *, livemode: bool = False, simulator: str = "", **values: str) -> PagaditoGateway:
    credentials = Credentials({"uid": "uid", "wsk": WSK, **values}, livemode=livemode)
    return PagaditoGateway(credentials, simulator=simulator, certificates_http=host)  # type: ignore[arg-type]


def signed(
    body: bytes = BODY,
    *,
    wsk: str = WSK,
    stamp: str = str(NOW),
    crc: str = "",
    url: str = URL,
    algorithm: str = "sha256WithRSAEncryption",
    digest: hashes.HashAlgorithm | None = None,
    event_id: str = "EV-1",
) -> IncomingWebhook:
    text = "|".join(["N-1", stamp, event_id, crc or str(zlib.crc32(body)), wsk])
    signature = KEY.sign(text.encode(), padding.PKCS1v15(), digest or hashes.SHA256())
    headers = {
        "pagadito-notification-id": "N-1",
        "pagadito-notification-timestamp": stamp,
        "pagadito-auth-algo": algorithm,
        "pagadito-cert-url": url,
        "pagadito-signature": base64.b64encode(signature).decode(),
    }
    return IncomingWebhook(body, headers, NOW)


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    certificates.STORE.clear()
    yield
    certificates.STORE.clear()


def test_the_checksum_is_the_published_one() -> None:
    assert zlib.crc32(BODY) == 3_013_408_705


def test_a_signed_event_is_known_by_its_id_and_its_certificate_is_fetched_once() -> None:
    host = Host()
    adapter = gateway(host, livemode=True)

    envelopes = [adapter.verify_webhook(signed()) for _ in range(3)]

    assert {envelope.event_id for envelope in envelopes} == {"EV-1"}
    assert host.asked == [URL]


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("sha256WithRSA", hashes.SHA256()),
        ("SHA256WITHRSAENCRYPTION", hashes.SHA256()),
        ("SHA-256-with-RSA", hashes.SHA256()),
        ("sha512WithRSAEncryption", hashes.SHA512()),
        ("SHA512withRSA", hashes.SHA512()),
    ],
)
def test_both_digests_count_however_they_are_written(algorithm: str, digest: hashes.HashAlgorithm) -> None:
    assert gateway(Host()).verify_webhook(signed(algorithm=algorithm, digest=digest)).event_id == "EV-1"


@pytest.mark.parametrize(
    "algorithm", ["sha1WithRSAEncryption", "md5WithRSA", "none", "RSA", "sha256", "sha256WithECDSA"]
)
def test_other_algorithms_are_refused_before_anybody_is_asked(algorithm: str) -> None:
    host = Host()

    with pytest.raises(WebhookRefused, match="algorithm"):
        gateway(host).verify_webhook(signed(algorithm=algorithm))

    assert host.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://sandbox.pagadito.com/c.pem",
        "https://pagadito.com.evil.example/c.pem",
        "https://evilpagadito.com/c.pem",
        "https://evil.example/pagadito.com/c.pem",
        "https://evil.example/?.pagadito.com/",
        "https://user@pagadito.com/c.pem",
        "https://pagadito.com@evil.example/c.pem",
        "https://pagadito.com:8443/c.pem",
        "https://pagadito.com\\@evil.example/c.pem",
        "https://evil.example#.pagadito.com/c.pem",
        "https://pagadito.com/c.pem#x",
        "https://127.0.0.1/c.pem",
        "https://pagadito.com",
        "HTTPS://PAGADITO.COM/c.pem",
        "https://-x.pagadito.com/c.pem",
        "file:///etc/passwd",
        "//pagadito.com/c.pem",
    ],
)
@pytest.mark.parametrize("livemode", [True, False])
def test_a_certificate_elsewhere_is_never_asked_for(url: str, *, livemode: bool) -> None:
    host = Host()

    with pytest.raises(WebhookRefused, match="hosts"):
        gateway(host, livemode=livemode).verify_webhook(signed(url=url))

    assert host.asked == []


@pytest.mark.parametrize("url", ["https://pagadito.com/c.pem", "https://a.b.pagadito.com/x/y.crt?v=2"])
def test_a_certificate_at_any_host_of_pagadito_is(url: str) -> None:
    assert gateway(Host(), livemode=True).verify_webhook(signed(url=url)).event_id == "EV-1"


def test_the_simulators_certificates_count_where_it_stands_for_pagadito_and_never_live() -> None:
    simulator = "http://127.0.0.1:8098/pagadito"
    webhook = signed(url=f"{simulator}/certificates/abc.pem")

    assert gateway(Host(), simulator=simulator).verify_webhook(webhook).event_id == "EV-1"
    for adapter in (gateway(Host()), gateway(Host(), simulator=simulator, livemode=True)):
        with pytest.raises(WebhookRefused, match="hosts"):
            adapter.verify_webhook(webhook)
    for path in (
        "/comercios/apipg/charges.php",
        "/certificates/../x",
        ".evil.example/certificates/x",
        "/certificates/",
    ):
        with pytest.raises(WebhookRefused, match="hosts"):
            gateway(Host(), simulator=simulator).verify_webhook(signed(url=simulator + path))


def test_a_sandbox_certificate_is_trusted_without_asking_anybody_and_never_live() -> None:
    host = Host(NotSent("dns_failed"))
    values = {"sandbox_certificate": pem().decode().replace("\n", " ")}

    assert gateway(host, **values).verify_webhook(signed(url="https://evil.example/c.pem")).event_id == "EV-1"
    assert host.asked == []
    with pytest.raises(WebhookRefused, match="hosts"):
        gateway(host, livemode=True, **values).verify_webhook(signed(url="https://evil.example/c.pem"))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (NotSent("dns_failed"), "dns_failed"),
        ((404, pem()), "no certificate"),
        ((302, b""), "no certificate"),
        (b"", "no certificate"),
        (b"x" * 33_000, "no certificate"),
        (b"<html>", "cannot be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "cannot be read"),
        (pem(begins=NOW + 1, ends=NOW + 9), "not valid at this time"),
        (pem(begins=NOW - 9, ends=NOW - 1), "not valid at this time"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        (pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "no RSA key"),
        (pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)), "not of this event"),
    ],
)
def test_a_certificate_that_cannot_vouch_is_refused(answer: Any, why: str) -> None:
    with pytest.raises(WebhookRefused, match=why):
        gateway(Host(answer)).verify_webhook(signed())


def test_a_certificate_in_der_counts_too() -> None:
    assert gateway(Host(certificate().public_bytes(Encoding.DER))).verify_webhook(signed()).event_id == "EV-1"


def test_strangers_cannot_make_us_fetch_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0)
    host = Host()
    adapter = gateway(host)
    adapter.verify_webhook(signed())
    host.answer = (404, b"")

    for number in range(50):
        with pytest.raises(WebhookRefused):
            adapter.verify_webhook(signed(url=f"https://pagadito.com/{number}.pem"))

    assert len(host.asked) == certificates._FETCHES_PER_MINUTE_MAX
    assert adapter.verify_webhook(signed()).event_id == "EV-1"
    monkeypatch.setattr(clock, "monotonic", lambda: 6000.0 + 3601)
    assert adapter.verify_webhook(signed()).event_id == "EV-1", "the old one serves while there is no new one"


def test_what_fails_with_certificates_cannot_open_the_circuit_of_payments() -> None:
    payments, certificate_host = Host(), Host(NotSent("dns_failed"))
    credentials = Credentials({"uid": "uid", "wsk": WSK}, livemode=True)
    adapter = PagaditoGateway(credentials, http=payments, certificates_http=certificate_host)  # type: ignore[arg-type]

    with pytest.raises(WebhookRefused, match="dns_failed"):
        adapter.verify_webhook(signed(url="https://nowhere.pagadito.com/c.pem"))

    assert (payments.asked, len(certificate_host.asked)) == ([], 1)


@pytest.mark.parametrize(
    "webhook",
    [
        signed(wsk="other"),
        signed(crc="-1281558591"),
        signed(event_id="EV-2"),
        signed(body=BODY + b" ", crc=str(zlib.crc32(BODY))),
        signed(algorithm="sha512WithRSA"),
    ],
    ids=["another WSK", "a signed checksum", "another id", "another body", "another digest"],
)
def test_each_part_of_the_signed_text_counts(webhook: IncomingWebhook) -> None:
    with pytest.raises(WebhookRefused, match="signature"):
        gateway(Host()).verify_webhook(webhook)


@pytest.mark.parametrize("event_id", ["", "a b", "x" * 101, "é"])
def test_an_event_without_a_usable_id_is_refused(event_id: str) -> None:
    body = json.dumps({"id": event_id}).encode()

    with pytest.raises(WebhookRefused, match="id"):
        gateway(Host()).verify_webhook(signed(body, event_id="x"))


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        (str(NOW), 0),
        (str(NOW * 1000), 0),
        (datetime.fromtimestamp(NOW, tz=UTC).isoformat(), 0),
        (datetime.fromtimestamp(NOW, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), 0),
        (str(NOW - 301), 301),
        (str(NOW + 301), 301),
    ],
)
def test_the_age_counts_only_where_a_window_is_set(stamp: str, seconds: int) -> None:
    webhook = signed(stamp=stamp)

    assert gateway(Host()).verify_webhook(webhook).event_id == "EV-1"
    strict = gateway(Host(), webhook_max_age_seconds="300")
    if seconds:
        with pytest.raises(WebhookRefused, match="time stamp"):
            strict.verify_webhook(webhook)
    else:
        assert strict.verify_webhook(webhook).event_id == "EV-1"


@pytest.mark.parametrize(("window", "stamp"), [("300", "yesterday"), ("five", str(NOW)), ("-1", str(NOW))])
def test_a_window_that_cannot_be_kept_closes_the_endpoint(window: str, stamp: str) -> None:
    with pytest.raises(WebhookRefused):
        gateway(Host(), webhook_max_age_seconds=window).verify_webhook(signed(stamp=stamp))


def test_an_event_hints_at_its_transaction() -> None:
    resource = {
        "token": "t1",
        "ern": "att_1",
        "status": "COMPLETED",
        "reference": "7",
        "amount": {"total": "13.37", "currency": "USD"},
    }

    report = gateway(Host()).parse_webhook(json.dumps({"id": "EV-1", "resource": resource}).encode())

    assert (report.outcome, report.gateway_payment_id, report.reference) == (Outcome.SUCCEEDED, "t1", "att_1")
    assert (str(report.amount.minor), report.raw["reference"]) == ("1337", "7")
    assert gateway(Host()).parse_webhook(b'{"id":"EV-1","resource":{"status":"COMPLETED"}}') is None


def test_one_day_is_enough_to_notice_that_a_certificate_ended() -> None:
    late = IncomingWebhook(signed().body, signed().headers, NOW + int(timedelta(days=1).total_seconds()))

    with pytest.raises(WebhookRefused, match="not valid at this time"):
        gateway(Host()).verify_webhook(late)

"""Whose signature counts on PayPal's webhooks, by certificates made here, and what the events say."""

import base64
import dataclasses
import datetime
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from common.money import Money
from gateways.adapters.paypal import certificates
from gateways.adapters.paypal.gateway import PayPalGateway
from gateways.contract import Credentials, IncomingWebhook, Outcome, Subject, WebhookRefused
from gateways.http import GatewayHttp
from tests.gateways.answering import Answering

NOW = 1_795_000_000
SANDBOX = "messageverificationcerts.sandbox.paypal.com"
WEBHOOK_ID = "8PT597110X687430LKGECATA"
URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
PATH = "/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
ROOT_PATH = "/v1/notifications/certs/root"
ORDER, CAPTURE, REFUND = "5O190127TN364715T", "2GG279541U471931P", "1JU08902781691411"
AMOUNT = {"currency_code": "EUR", "value": "13.37"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ROOT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    name: str = SANDBOX, *, other_name: str = "", is_root: bool = False, ends_at: int = NOW + 86_400, days: int = 30
) -> bytes:
    """A leaf of the test's own root, or that root."""
    key = ROOT_KEY if is_root else KEY
    end = datetime.datetime.fromtimestamp(ends_at, tz=datetime.UTC)
    usage = x509.KeyUsage(not is_root, False, not is_root, False, False, is_root, is_root, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root" if is_root else name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - datetime.timedelta(days=days))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ROOT_KEY.public_key()), critical=False)
    )
    if not is_root:
        names = x509.SubjectAlternativeName([x509.DNSName(other_name or name)])
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(server, critical=False)
    return builder.sign(ROOT_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def server() -> Iterator[Answering]:
    certificates._memory.clear()
    running = Answering()
    running.says(ROOT_PATH, certificate(is_root=True))
    running.says(PATH, certificate())
    running.says("/v1/oauth2/token", {"access_token": "A21AAodd", "expires_in": 32_400})
    yield running
    running.close()


@pytest.fixture
def paypal(server: Answering, http: GatewayHttp) -> PayPalGateway:
    return gateway(server, http)


def gateway(server: Answering, http: GatewayHttp, *, livemode: bool = False, **changes: str) -> PayPalGateway:
    values = {"client_id": "client-odd", "client_secret": "secret-odd", "webhook_id": WEBHOOK_ID} | changes
    return PayPalGateway(Credentials(values, livemode=livemode), simulator=server.url, http=http)


def signed(
    body: bytes = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED"}',
    *,
    url: str = URL,
    at: int = NOW,
    webhook_id: str = WEBHOOK_ID,
    key: rsa.RSAPrivateKey = KEY,
    checksum: int | None = None,
) -> IncomingWebhook:
    when = datetime.datetime.fromtimestamp(at, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    crc = zlib.crc32(body) if checksum is None else checksum
    text = f"69cd13f0-d67a-11e5-baa3-778b53f4ae55|{when}|{webhook_id}|{crc}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    headers = {
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-cert-url": url,
        "paypal-transmission-id": "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
        "paypal-transmission-sig": base64.b64encode(signature).decode(),
        "paypal-transmission-time": when,
    }
    return IncomingWebhook(body, headers, NOW)


def refusal_of(paypal: PayPalGateway, webhook: IncomingWebhook) -> str:
    with pytest.raises(WebhookRefused) as refused:
        paypal.verify_webhook(webhook)
    return str(refused.value)


# --- Genuine --------------------------------------------------------------------------------------------------------


def test_a_webhook_signed_by_paypals_certificate_is_believed(server: Answering, paypal: PayPalGateway) -> None:
    envelopes = [paypal.verify_webhook(signed()) for _ in range(3)]

    assert envelopes[0].event_id == "WH-1"
    assert envelopes[0].event_type == "PAYMENT.CAPTURE.COMPLETED"
    assert envelopes[0].livemode is False
    assert server.paths() == [PATH, ROOT_PATH]


@pytest.mark.parametrize(("age", "is_taken"), [(3 * 86_400, True), (5 * 86_400, False), (-200, True), (-900, False)])
def test_a_webhook_may_be_as_old_as_paypals_last_try(paypal: PayPalGateway, age: int, *, is_taken: bool) -> None:
    webhook = signed(at=NOW - age)

    if is_taken:
        assert paypal.verify_webhook(webhook).event_id == "WH-1"
    else:
        assert "time" in refusal_of(paypal, webhook)


# --- Not genuine ----------------------------------------------------------------------------------------------------


@pytest.mark.row("C23")
@pytest.mark.parametrize(
    "url",
    [
        "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://www.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://user@api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/../../x",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1?x=1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1#x",
        "https://api.sandbox.paypal.com/v1/oauth2/CERT-1",
        "HTTPS://API.SANDBOX.PAYPAL.COM/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com\\@evil.example/v1/notifications/certs/CERT-1",
        "file:///etc/passwd",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(server: Answering, paypal: PayPalGateway, url: str) -> None:
    assert "address" in refusal_of(paypal, signed(url=url))
    assert server.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        certificate("www.sandbox.paypal.com"),
        certificate("messageverificationcerts.paypal.com"),
        certificate(SANDBOX, other_name="www.sandbox.paypal.com"),
        certificate("www.sandbox.paypal.com", other_name=SANDBOX),
        b"no certificate",
    ],
    ids=["another host", "the live name", "another alternative name", "another common name", "none"],
)
def test_a_certificate_for_another_name_is_refused(server: Answering, paypal: PayPalGateway, wrong: bytes) -> None:
    server.says(PATH, wrong)

    refusal_of(paypal, signed())

    assert "/v1/notifications/verify-webhook-signature" not in server.paths()


def test_a_certificate_that_has_ended_is_refused(server: Answering, paypal: PayPalGateway) -> None:
    server.says(PATH, certificate(ends_at=NOW - 60))

    assert "not valid now" in refusal_of(paypal, signed())


@pytest.mark.parametrize(
    "webhook",
    [
        signed(key=OTHER_KEY),
        signed(webhook_id="WEBHOOK_ID"),
        signed(checksum=0),
        dataclasses.replace(signed(), body=b'{"event_type": "PAYMENT.CAPTURE.COMPLETED", "id": "WH-1"}'),
    ],
    ids=["another key", "another webhook", "another checksum", "the same fields in another order"],
)
def test_a_signature_that_does_not_fit_is_refused(paypal: PayPalGateway, webhook: IncomingWebhook) -> None:
    assert "signature" in refusal_of(paypal, webhook)


@pytest.mark.parametrize("algorithm", ["SHA1withRSA", "sha256withrsa", "none"])
def test_only_paypals_method_counts(paypal: PayPalGateway, algorithm: str) -> None:
    webhook = signed()
    headers = {**webhook.headers, "paypal-auth-algo": algorithm}

    assert "method" in refusal_of(paypal, dataclasses.replace(webhook, headers=headers))


def test_the_id_of_the_public_web_simulator_closes_the_endpoint(server: Answering, http: GatewayHttp) -> None:
    open_to_all = gateway(server, http, webhook_id="WEBHOOK_ID")

    assert "webhook_id" in refusal_of(open_to_all, signed(webhook_id="WEBHOOK_ID"))


def test_a_live_account_believes_no_simulator(server: Answering, http: GatewayHttp) -> None:
    live_url = URL.replace(".sandbox", "")
    server.says(PATH, certificate("messageverificationcerts.paypal.com"))

    assert "simulator" in refusal_of(gateway(server, http, livemode=True), signed(url=live_url))
    assert ROOT_PATH not in server.paths()


# --- An issuer nobody knows -----------------------------------------------------------------------------------------


@pytest.fixture
def unknown_issuer(server: Answering) -> None:
    """The root is another one, as when PayPal changes its issuer."""
    key = OTHER_KEY
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another root")])
    end = datetime.datetime.fromtimestamp(NOW + 86_400, tz=datetime.UTC)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    root = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, end - datetime.timedelta(days=30), end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    server.says(ROOT_PATH, root.public_bytes(serialization.Encoding.PEM))


@pytest.mark.usefixtures("unknown_issuer")
def test_paypal_itself_is_asked_with_the_very_bytes(server: Answering, paypal: PayPalGateway) -> None:
    body = b'{"id":"WH-1",  "event_type":"X", "amount": 1.0}'
    server.says("/v1/notifications/verify-webhook-signature", {"verification_status": "SUCCESS"})

    assert paypal.verify_webhook(signed(body)).event_id == "WH-1"

    sent = server.asked[-1].body
    assert sent.endswith(b',"webhook_event":' + body + b"}")
    assert json.loads(sent)["webhook_id"] == WEBHOOK_ID
    assert json.loads(sent)["transmission_id"] == "69cd13f0-d67a-11e5-baa3-778b53f4ae55"


@pytest.mark.usefixtures("unknown_issuer")
@pytest.mark.parametrize(
    ("status", "opinion"),
    [(200, {"verification_status": "FAILURE"}), (200, {}), (200, b"SUCCESS"), (500, {}), (404, {"name": "X"})],
)
def test_whatever_is_not_paypals_yes_is_a_no(
    server: Answering, paypal: PayPalGateway, status: int, opinion: Any
) -> None:
    server.says("/v1/notifications/verify-webhook-signature", opinion, status=status)

    refusal_of(paypal, signed())


@pytest.mark.usefixtures("unknown_issuer")
def test_a_body_cannot_bring_fields_of_its_own_into_the_question(server: Answering, paypal: PayPalGateway) -> None:
    body = b'{"id": "WH-1", "event_type": "X"}, "webhook_id": "ANOTHER"'

    refusal_of(paypal, signed(body))

    assert server.asked == []


# --- What they say --------------------------------------------------------------------------------------------------


def event(event_type: str, resource: Any) -> bytes:
    return json.dumps({"id": "WH-1", "event_type": event_type, "resource": resource}).encode()


def test_a_capture_names_its_order_by_link_where_nothing_else_does(paypal: PayPalGateway) -> None:
    up = {"href": f"https://api-m.sandbox.paypal.com/v2/checkout/orders/{ORDER}", "rel": "up"}
    resource = {"id": CAPTURE, "status": "COMPLETED", "amount": AMOUNT, "custom_id": "ref-odd", "links": [up]}

    report = paypal.parse_webhook(event("PAYMENT.CAPTURE.COMPLETED", resource))

    assert (report.outcome, report.gateway_payment_id, report.reference) == (Outcome.SUCCEEDED, ORDER, "ref-odd")
    assert (report.amount, report.keep) == (Money(13_37, "EUR"), {"capture_id": CAPTURE})


def test_a_capture_of_a_hold_does_not_take_the_hold_for_its_order(paypal: PayPalGateway) -> None:
    up = {"href": "https://api-m.paypal.com/v2/payments/authorizations/0AW2184448108334S", "rel": "up"}
    resource = {"id": CAPTURE, "status": "COMPLETED", "amount": AMOUNT, "custom_id": "ref-odd", "links": [up]}

    report = paypal.parse_webhook(event("PAYMENT.CAPTURE.COMPLETED", resource))

    assert (report.gateway_payment_id, report.reference) == ("", "ref-odd")


def test_an_approved_order_asks_to_be_collected(paypal: PayPalGateway) -> None:
    unit = {"custom_id": "ref-odd", "amount": AMOUNT}
    resource = {"id": ORDER, "status": "APPROVED", "intent": "CAPTURE", "purchase_units": [unit]}

    report = paypal.parse_webhook(event("CHECKOUT.ORDER.APPROVED", resource))

    assert (report.outcome, report.gateway_payment_id, report.reference) == (Outcome.APPROVED, ORDER, "ref-odd")


def test_a_reversal_is_about_the_charge_and_names_its_capture(paypal: PayPalGateway) -> None:
    up = {"href": f"https://api-m.paypal.com/v2/payments/captures/{CAPTURE}", "rel": "up"}
    resource = {"id": REFUND, "status": "COMPLETED", "amount": AMOUNT, "links": [up]}

    report = paypal.parse_webhook(event("PAYMENT.CAPTURE.REVERSED", resource))

    assert (report.outcome, report.subject, report.about) == (Outcome.REVERSED, Subject.CHARGE, CAPTURE)
    assert (report.amount, report.raw["id"]) == (Money(13_37, "EUR"), REFUND)


def test_a_refund_is_told_as_one(paypal: PayPalGateway) -> None:
    resource = {"id": REFUND, "status": "COMPLETED", "amount": AMOUNT, "custom_id": "ref-back"}

    report = paypal.parse_webhook(event("PAYMENT.CAPTURE.REFUNDED", resource))

    assert (report.outcome, report.subject, report.reference) == (Outcome.SUCCEEDED, Subject.REFUND, "ref-back")


def test_a_payout_item_is_told_by_its_batch(paypal: PayPalGateway) -> None:
    resource = {
        "payout_item_id": "I1",
        "payout_batch_id": "B1",
        "transaction_status": "RETURNED",
        "payout_item": {"sender_item_id": "ref-out", "amount": {"currency": "EUR", "value": "13.37"}},
    }

    report = paypal.parse_webhook(event("PAYMENT.PAYOUTS-ITEM.RETURNED", resource))

    assert (report.outcome, report.subject, report.gateway_payment_id) == (Outcome.REVERSED, Subject.PAYOUT, "B1")
    assert (report.reference, report.amount) == ("ref-out", Money(13_37, "EUR"))


def test_a_dispute_names_what_it_is_about(paypal: PayPalGateway) -> None:
    resource = {
        "dispute_id": "PP-D-1",
        "status": "OPEN",
        "dispute_amount": AMOUNT,
        "disputed_transactions": [{"seller_transaction_id": CAPTURE, "custom": "ref-odd"}],
    }

    report = paypal.parse_webhook(event("CUSTOMER.DISPUTE.CREATED", resource))

    assert (report.outcome, report.subject, report.about) == (Outcome.PENDING, Subject.DISPUTE, CAPTURE)
    assert (report.gateway_payment_id, report.reference) == ("PP-D-1", "ref-odd")


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CATALOG.PRODUCT.CREATED", {"id": "1"}),
        ("BILLING.SUBSCRIPTION.CREATED", {}),
        ("PAYMENT.PAYOUTSBATCH.SUCCESS", {"batch_header": {"payout_batch_id": "B1", "batch_status": "SUCCESS"}}),
    ],
)
def test_events_that_say_nothing_about_money_say_nothing(paypal: PayPalGateway, event_type: str, resource: Any) -> None:
    assert paypal.parse_webhook(event(event_type, resource)) is None


@pytest.mark.parametrize("resource", [None, [], "x", {}, {"id": 1, "status": "COMPLETED"}])
def test_an_event_without_its_object_is_unknown(paypal: PayPalGateway, resource: Any) -> None:
    report = paypal.parse_webhook(event("PAYMENT.CAPTURE.COMPLETED", resource))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")

"""The door for webhooks: who is let in, what a flood costs, what is stored whatever is in it, what monitors read."""

import json
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client import REGISTRY, generate_latest
from pytest_django.fixtures import Settings

from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import WebhookEnvelope
from gateways.forgeries import Patience, patience
from gateways.inbox import KEY_MAX
from gateways.models import InboundEvent, InboundState
from tests.support.api import settle
from tests.support.factories import Merchant, make_merchant, make_payment
from tests.support.webhooks import as_event, signature_of, webhook_of

pytestmark = pytest.mark.django_db

GATEWAYS_OWN, SOMEBODY = "52.31.139.75", "9.9.9.9"


@pytest.fixture(autouse=True)
def _patient() -> Iterator[None]:
    patience.forget()
    yield
    patience.forget()


def deliver(merchant: Merchant, body: bytes, *, source: str = GATEWAYS_OWN, signature: str = "", **meta: str) -> Any:
    stamp = signature or signature_of(body, secret=merchant.webhook_secret)
    return Client().post(
        merchant.webhook_path,
        body,
        content_type="application/json",
        headers={"Stripe-Signature": stamp},
        REMOTE_ADDR=source,
        **meta,
    )


def forge(merchant: Merchant, *, source: str = SOMEBODY) -> int:
    return deliver(merchant, b"{}", source=source, signature="t=1,v1=" + "0" * 64).status_code


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def allow(settings: Settings, *networks: str, proxies: int = 0) -> None:
    settings.WEBHOOK_ALLOWED_SOURCES = {"stripe": tuple(ip_network(text) for text in networks)}
    settings.TRUSTED_PROXIES = proxies


def test_a_gateway_is_heard_from_its_listed_addresses_only(settings: Settings, merchant: Merchant) -> None:
    allow(settings, f"{GATEWAYS_OWN}/32", "52.49.173.0/24")
    body = webhook_of(make_payment(merchant))
    labels = {"gateway": "stripe", "code": "WEBHOOK_SOURCE_REFUSED"}
    before = count("payment_webhooks_refused_total", **labels)

    refused = deliver(merchant, body, source=SOMEBODY)

    assert (refused.status_code, refused.json()["error"]) == (403, "WEBHOOK_SOURCE_REFUSED")
    assert InboundEvent.objects.count() == 0
    assert count("payment_webhooks_refused_total", **labels) == before + 1
    assert deliver(merchant, body, source="52.49.173.169").status_code == 200


def test_a_list_does_not_replace_the_signature(settings: Settings, merchant: Merchant) -> None:
    allow(settings, f"{GATEWAYS_OWN}/32")

    assert forge(merchant, source=GATEWAYS_OWN) == 400


def test_a_gateway_without_a_list_is_heard_from_anywhere(settings: Settings, merchant: Merchant) -> None:
    settings.WEBHOOK_ALLOWED_SOURCES = {"paystack": (ip_network("52.31.139.75/32"),)}

    assert deliver(merchant, webhook_of(make_payment(merchant)), source=SOMEBODY).status_code == 200


def test_nobody_enters_by_writing_a_listed_address_into_a_header(settings: Settings, merchant: Merchant) -> None:
    """Behind one proxy: what stands left of its own entry is the sender's."""
    allow(settings, f"{GATEWAYS_OWN}/32", proxies=1)
    body = webhook_of(make_payment(merchant))

    forged = deliver(merchant, body, source="10.0.0.2", HTTP_X_FORWARDED_FOR=f"{GATEWAYS_OWN}, {SOMEBODY}")
    genuine = deliver(merchant, body, source="10.0.0.2", HTTP_X_FORWARDED_FOR=f"{SOMEBODY}, {GATEWAYS_OWN}")
    past_the_proxy = deliver(merchant, body, source=GATEWAYS_OWN)

    assert (forged.status_code, past_the_proxy.status_code, genuine.status_code) == (403, 403, 200)


@pytest.mark.row("C22")
def test_a_source_of_forgeries_is_no_longer_listened_to(settings: Settings, merchant: Merchant) -> None:
    """C22: the rest is refused without a look; others, and other addresses of ours, are served."""
    settings.WEBHOOK_FORGERIES_PER_MINUTE = 5

    answers = [forge(merchant) for _ in range(8)]

    assert answers == [400] * 5 + [429] * 3
    with_a_secret = webhook_of(make_payment(merchant))
    assert deliver(merchant, with_a_secret, source=SOMEBODY).headers["Retry-After"] == "60"
    assert deliver(merchant, with_a_secret, source=GATEWAYS_OWN).status_code == 200
    other = make_merchant()
    assert deliver(other, webhook_of(make_payment(other)), source=SOMEBODY).status_code == 200


@pytest.mark.row("C22")
def test_a_flood_through_a_proxy_that_is_not_counted_closes_the_door_for_nobody(
    settings: Settings, merchant: Merchant
) -> None:
    """C22: everybody would seem to be the proxy."""
    settings.WEBHOOK_FORGERIES_PER_MINUTE = 5

    assert {forge(merchant, source="10.0.0.2") for _ in range(20)} == {400}
    assert deliver(merchant, webhook_of(make_payment(merchant)), source="10.0.0.2").status_code == 200


@pytest.mark.row("C22")
def test_a_refused_flood_asks_the_database_nothing(settings: Settings, merchant: Merchant) -> None:
    """C22: neither while it is judged, the account being known, nor after."""
    settings.WEBHOOK_FORGERIES_PER_MINUTE = 5
    forge(merchant)

    with connection.execute_wrapper(_refuse_queries):
        answers = [forge(merchant) for _ in range(10)]

    assert answers == [400] * 4 + [429] * 6


def _refuse_queries(*_arguments: Any) -> None:
    raise AssertionError("the database was asked")


def test_patience_comes_back_with_time(settings: Settings) -> None:
    settings.WEBHOOK_FORGERIES_PER_MINUTE = 60
    seconds = [0.0]
    one = Patience(now=lambda: seconds[0])
    source = ip_address(SOMEBODY)
    for _ in range(60):
        one.note_forgery(source, "stripe/a")
    assert one.is_at_end(source, "stripe/a")
    assert not one.is_at_end(source, "stripe/b")

    seconds[0] = 1.5

    assert not one.is_at_end(source, "stripe/a")
    settings.WEBHOOK_FORGERIES_PER_MINUTE = 0
    assert not one.is_at_end(source, "stripe/a")


@pytest.mark.parametrize("event_id", ["evt_\0odd", "evt_" + "x" * KEY_MAX])
def test_an_id_that_no_column_can_hold_does_not_keep_a_webhook_out(merchant: Merchant, event_id: str) -> None:
    """It would be sent again and again, and never be stored."""
    body = json.dumps(
        json.loads(as_event({"object": "charge", "id": "ch_1"}, event_type="charge.odd\0")) | {"id": event_id}
    ).encode()
    answers = [deliver(merchant, body) for _ in range(2)]

    assert [answer.json()["message"] for answer in answers] == ["Stored.", "Known already."]
    event = InboundEvent.objects.get()
    assert (len(event.dedupe_key), event.event_type, bytes(event.body)) == (64, "charge.odd", body)


def test_a_lone_surrogate_in_an_id_is_stored_under_a_hash(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    def envelope(*_arguments: Any) -> WebhookEnvelope:
        return WebhookEnvelope("evt_\ud800", "charge.\ud800odd")

    monkeypatch.setattr(StripeGateway, "verify_webhook", envelope)

    assert deliver(merchant, b"{}").status_code == 200
    assert (len(InboundEvent.objects.get().dedupe_key), InboundEvent.objects.get().event_type) == (64, "charge.?odd")


def test_monitors_read_what_came_what_waits_and_how_old_it_is(merchant: Merchant) -> None:
    labels = {"gateway": "stripe"}
    new, known = (count("payment_webhooks_received_total", kind=kind, **labels) for kind in ("new", "known"))
    body = webhook_of(make_payment(merchant), id="pi_of_somebody_else", metadata={})
    deliver(merchant, body)
    deliver(merchant, body)
    deliver(merchant, webhook_of(make_payment(merchant)))
    InboundEvent.objects.filter(pk=InboundEvent.objects.earliest("pk").pk).update(state=InboundState.DEAD)
    assert count("payment_webhooks_received_total", kind="new", **labels) == new + 2
    assert count("payment_webhooks_received_total", kind="known", **labels) == known + 1

    assert count("payment_webhooks_unfinished", state="dead") == 1
    assert count("payment_webhooks_unfinished", state="received") == 1
    assert 0 < count("payment_webhooks_oldest_seconds", state="dead") < 60
    assert count("payment_webhooks_unfinished", state="parked") == 0


def test_types_without_use_are_counted_by_gateway_and_type(merchant: Merchant) -> None:
    for event_type in ("charge.updated", "charge.updated", "v2.of.the.future"):
        deliver(merchant, as_event({"object": "charge", "id": "ch_1"}, event_type=event_type))
        settle()

    assert count("payment_webhooks_unused_total", gateway="stripe", event_type="charge.updated") == 2
    assert count("payment_webhooks_unused_total", gateway="stripe", event_type="v2.of.the.future") == 1


def test_monitors_are_served_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any, **_more: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("gateways.metrics._unfinished", away)

    assert b"payment_webhooks_received_total" in generate_latest(REGISTRY)


@pytest.mark.parametrize("path", ["/webhooks/no-such-gateway", "/webhooks/" + "x" * 200])
def test_an_address_that_somebody_invents_is_no_label_of_its_own(path: str) -> None:
    """A label is kept for ever."""
    before = count("payment_webhooks_refused_total", gateway="unknown", code="WEBHOOK_ADDRESS_UNKNOWN")

    Client().post(path, b"{}", content_type="application/json")

    assert count("payment_webhooks_refused_total", gateway="unknown", code="WEBHOOK_ADDRESS_UNKNOWN") == before + 1

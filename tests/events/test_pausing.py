"""When an endpoint is no longer called, who is told of it, and how it comes back."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from events import catalog
from events.models import Delivery, OutboxEvent, WebhookEndpoint
from events.services import dispatch, endpoints, pausing
from events.services.pausing import WebhookEndpointDisabled, WebhookEndpointExists
from tenants.models import Tenant
from tests.events.making import Hooked, hook_up, send_once, told
from tests.support.factories import NOON

OTHER = "http://127.0.0.1:9/other"


def notices() -> list[tuple[str, str]]:
    rows = OutboxEvent.objects.filter(subject_type="webhook_endpoint").order_by("id")
    return [(row.type, row.payload["reason"]) for row in rows]


def test_an_endpoint_that_failed_for_long_is_paused_and_the_others_are_told(
    tenant: Tenant, hooked: Hooked, settings: Settings
) -> None:
    settings.WEBHOOK_PAUSE_AFTER_HOURS = 3
    other = hook_up(tenant, OTHER, types=("webhook_endpoint.*",))
    told(tenant, now=NOON)
    for hours in (0, 1, 2):
        send_once(now=NOON + timedelta(hours=hours), result="timeout")
        assert hooked.now().state == "active"
    told(tenant, now=NOON + timedelta(hours=3))

    send_once(now=NOON + timedelta(hours=3), result="refused", status=500)

    endpoint = hooked.now()
    assert (endpoint.state, endpoint.paused_reason) == ("paused", "failing")
    assert endpoint.paused_at == NOON + timedelta(hours=3)
    assert notices() == [(catalog.ENDPOINT_PAUSED, "failing")]
    dispatch.dispatch(now=NOON + timedelta(hours=3))
    assert Delivery.objects.filter(endpoint=other.endpoint).count() == 1


def test_a_single_success_in_between_starts_the_count_anew(tenant: Tenant, hooked: Hooked, settings: Settings) -> None:
    settings.WEBHOOK_PAUSE_AFTER_HOURS = 3
    for hours, result in enumerate(["timeout", "timeout", "delivered", "timeout", "timeout"]):
        told(tenant, now=NOON + timedelta(hours=hours))
        send_once(now=NOON + timedelta(hours=hours), result=result)

    assert hooked.now().state == "active"
    assert hooked.now().failing_since == NOON + timedelta(hours=3)


@pytest.mark.row("H5")
def test_gone_disables_the_endpoint_and_ends_the_delivery(tenant: Tenant, hooked: Hooked) -> None:
    event = told(tenant, now=NOON)

    send_once(now=NOON, result="gone", status=410)

    endpoint = hooked.now()
    assert (endpoint.state, endpoint.paused_reason) == ("disabled", "gone")
    assert Delivery.objects.get(event=event).state == "failed"
    assert notices() == [(catalog.ENDPOINT_DISABLED, "gone")]
    told(tenant, now=NOON)
    assert Delivery.objects.count() == 1


def test_resumed_it_gets_at_once_what_waited(tenant: Tenant) -> None:
    hooked = hook_up(tenant, OTHER, types=("payment.*",))
    told(tenant, now=NOON)
    send_once(now=NOON, result="timeout")
    send_once(now=NOON + timedelta(seconds=5), result="timeout")
    pausing.pause(hooked.endpoint.pk, now=NOON)
    told(tenant, now=NOON)
    later = NOON + timedelta(seconds=30)

    assert send_once(now=later, result="delivered") == 0
    pausing.resume(hooked.endpoint.pk, now=later)

    assert send_once(now=later, result="delivered", status=200) == 2
    endpoint = hooked.now()
    assert (endpoint.state, endpoint.paused_reason, endpoint.failures_in_a_row, endpoint.version) == (
        "active",
        "",
        0,
        3,
    )
    assert notices() == [(catalog.ENDPOINT_PAUSED, "asked"), (catalog.ENDPOINT_RESUMED, "")]


def test_pausing_and_resuming_twice_is_once(hooked: Hooked) -> None:
    pausing.pause(hooked.endpoint.pk, now=NOON)
    pausing.pause(hooked.endpoint.pk, now=NOON)
    pausing.resume(hooked.endpoint.pk, now=NOON)
    pausing.resume(hooked.endpoint.pk, now=NOON)

    assert [kind for kind, _ in notices()] == [catalog.ENDPOINT_PAUSED, catalog.ENDPOINT_RESUMED]


def test_a_disabled_endpoint_cannot_be_paused_and_gives_its_url_free(tenant: Tenant, hooked: Hooked) -> None:
    pausing.disable(hooked.endpoint.pk, now=NOON)

    with pytest.raises(WebhookEndpointDisabled):
        pausing.pause(hooked.endpoint.pk, now=NOON)
    hook_up(tenant, hooked.endpoint.url)
    with pytest.raises(WebhookEndpointExists):
        pausing.resume(hooked.endpoint.pk, now=NOON)

    assert hooked.now().state == "disabled"
    assert WebhookEndpoint.objects.count() == 2


def test_a_paused_endpoint_can_be_disabled(hooked: Hooked) -> None:
    pausing.pause(hooked.endpoint.pk, now=NOON)

    assert pausing.disable(hooked.endpoint.pk, now=NOON).state == "disabled"


def test_a_secret_survives_sealing_anew_under_another_key(tenant: Tenant, hooked: Hooked, settings: Settings) -> None:
    from django.core.management import CommandError, call_command

    from events import secrets

    settings.CREDENTIALS_KEYS = f"new:{'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY='},{settings.CREDENTIALS_KEYS}"
    with pytest.raises(CommandError, match="1 endpoints"):
        call_command("rotate_webhook_secrets_key", check=True)

    call_command("rotate_webhook_secrets_key")
    call_command("rotate_webhook_secrets_key", check=True)

    assert hooked.now().secrets_key_id == "new"
    assert secrets.in_force(hooked.now(), now=NOON) == [hooked.secret]
    assert endpoints.ENDPOINTS_MAX == 20

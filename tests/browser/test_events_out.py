"""Events out in a real browser: readable on a phone, without complaint, and an endpoint resumed by a person's click."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.admin.models import LogEntry
from playwright.sync_api import Browser
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from common import clock
from events.models import Delivery, DeliveryTry
from events.services import dispatch, pausing
from tests.browser import chromium
from tests.browser.chromium import Visit
from tests.browser.test_console import NARROW_TABLES_SCROLL
from tests.console.scene import PASSWORD, Scene
from tests.events.making import Hooked, hook_up, send_once, told

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def hooked(month: Scene, settings: Settings) -> Hooked:
    """An endpoint that took two events, gave up one and waits for another; and one that is paused."""
    dispatch.dispatch(now=clock.now())
    found = hook_up(month.tenant, "https://shop.example.com/hooks/payments", types=("payment.*",))
    for number, result in enumerate(["delivered", "delivered", "refused", "timeout"]):
        told(month.tenant, subject_id=number)
        send_once(now=clock.now(), result=result, status=500 if result == "refused" else None, latency_ms=1_304)
    DeliveryTry.objects.filter(result="refused").update(answer='{"error": "no route to shop", "token": [hidden]}')
    paused = hook_up(month.tenant, "https://old-shop.example.com/in")
    pausing.pause(paused.endpoint.pk, now=clock.now())
    return found


@contextmanager
def opened(browser: Browser, live_server: LiveServer, *, size: dict[str, int], **options: str) -> Iterator[Visit]:
    context = browser.new_context(viewport=size, **options)
    context.set_default_timeout(10_000)
    seen = chromium.visit(context, base=live_server.url)
    chromium.log_in(seen.page, base=live_server.url, user="admin", password=PASSWORD)
    try:
        yield seen
    finally:
        context.close()


@pytest.mark.parametrize("size", [chromium.WIDE, chromium.PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_readable_and_complains_about_nothing(
    hooked: Hooked, browser: Browser, live_server: LiveServer, size: dict[str, int], language: str
) -> None:
    delivery = Delivery.objects.get(last_result="refused")
    addresses = [
        "webhookendpoint/",
        f"webhookendpoint/{hooked.public_id}/",
        "delivery/",
        f"delivery/{delivery.pk}/",
        "outboxevent/",
        f"outboxevent/{delivery.event_id}/",
    ]
    with opened(browser, live_server, size=size) as seen:
        seen.page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        for address in addresses:
            seen.page.goto(f"{live_server.url}/admin/events/{address}")

            assert seen.page.evaluate(NARROW_TABLES_SCROLL) <= 0, address
            if shots := os.environ.get("SHOTS"):
                name = f"{address.replace('/', '_')}{size['width']}-{language}.png"
                seen.page.screenshot(path=f"{shots}/{name}", full_page=True)
        assert seen.complaints == []


def test_a_person_resumes_an_endpoint_with_a_reason(hooked: Hooked, browser: Browser, live_server: LiveServer) -> None:
    pausing.pause(hooked.endpoint.pk, now=clock.now())

    with opened(browser, live_server, size=chromium.WIDE) as seen:
        seen.page.goto(f"{live_server.url}/admin/events/webhookendpoint/{hooked.public_id}/")
        seen.page.fill("[name=reason]", "Their certificate is renewed")
        seen.page.click("button[value=resume]")
        seen.page.wait_for_selector("text=The endpoint is called again")
        if os.environ.get("SHOTS"):
            seen.page.screenshot(path=f"{os.environ['SHOTS']}/resumed.png", full_page=True)
        assert seen.complaints == []

    assert hooked.now().state == "active"
    assert LogEntry.objects.get().user.get_username() == "admin"

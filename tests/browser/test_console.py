"""The console in a real browser: no errors, nothing from outside, nothing sideways on a phone, all by keyboard."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from payments.models import Payment
from tests.browser import chromium
from tests.browser.chromium import Visit
from tests.console import addresses
from tests.console.scene import PASSWORD, Scene

pytestmark = [
    pytest.mark.browser,
    # Playwright runs an event loop in this thread; the database is used beside it, never inside it.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NARROW_TABLES_SCROLL = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def _open(browser: Browser, live_server: LiveServer, *, size: dict[str, int], **options: str) -> Iterator[Visit]:
    context = browser.new_context(viewport=size, **options)
    context.set_default_timeout(10_000)
    seen = chromium.visit(context, base=live_server.url)
    chromium.log_in(seen.page, base=live_server.url, user="admin", password=PASSWORD)
    try:
        yield seen
    finally:
        context.close()


def test_no_page_complains_or_asks_for_anything_outside(
    month: Scene, browser: Browser, live_server: LiveServer
) -> None:
    with _open(browser, live_server, size=chromium.WIDE, color_scheme="dark") as seen:
        for address in [*addresses.everything(), "/admin/auth/user/", "/admin/search/?s=nothing"]:
            seen.page.goto(live_server.url + address, wait_until="networkidle")

        assert seen.complaints == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_runs_sideways_on_a_phone(
    month: Scene, browser: Browser, live_server: LiveServer, language: str
) -> None:
    with _open(browser, live_server, size=chromium.PHONE) as seen:
        seen.page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        for address in addresses.everything():
            seen.page.goto(live_server.url + address, wait_until="networkidle")

            assert seen.page.evaluate(NARROW_TABLES_SCROLL) <= 0, address


def test_a_payment_is_found_by_its_gateway_id_with_ctrl_k_paste_enter(
    month: Scene, browser: Browser, live_server: LiveServer
) -> None:
    payment = Payment.objects.filter(status="completed").latest("pk")
    with _open(browser, live_server, size=chromium.WIDE) as seen:
        seen.page.keyboard.press("Control+k")
        seen.page.keyboard.insert_text(payment.attempts.get().gateway_payment_id)
        seen.page.keyboard.press("Enter")

        seen.page.wait_for_url(f"**/{payment.shown_id}/")
        assert seen.page.get_by_text("Where the money is").is_visible()
        assert seen.complaints == []


def test_the_finder_closes_with_escape_and_gives_the_focus_back(
    month: Scene, browser: Browser, live_server: LiveServer
) -> None:
    with _open(browser, live_server, size=chromium.WIDE) as seen:
        seen.page.focus("[data-find]")
        seen.page.keyboard.press("Enter")
        assert seen.page.locator("#find").is_visible()
        seen.page.keyboard.press("Escape")

        assert not seen.page.locator("#find").is_visible()
        assert seen.page.evaluate("document.activeElement.hasAttribute('data-find')")


def test_the_theme_and_the_language_are_switched_from_any_page(
    month: Scene, browser: Browser, live_server: LiveServer
) -> None:
    with _open(browser, live_server, size=chromium.WIDE, color_scheme="light") as seen:
        seen.page.goto(f"{live_server.url}/admin/payments/payment/?queue=doubt")
        seen.page.get_by_role("button", name="Light or dark").first.click()
        assert "dark" in str(seen.page.get_attribute("html", "class"))
        seen.page.locator(".c-languages [value=fr]").click()

        seen.page.wait_for_load_state()
        assert seen.page.url.endswith("?queue=doubt")
        assert seen.page.locator("h1").inner_text() == "Paiements"
        assert "dark" in str(seen.page.get_attribute("html", "class"))


def test_the_copy_button_gives_the_whole_id(month: Scene, browser: Browser, live_server: LiveServer) -> None:
    payment = Payment.objects.latest("pk")
    with _open(browser, live_server, size=chromium.WIDE) as seen:
        seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        seen.page.goto(f"{live_server.url}/admin/payments/payment/{payment.shown_id}/")
        seen.page.locator(f"[data-copy={payment.shown_id}]").click()

        assert seen.page.evaluate("navigator.clipboard.readText()") == payment.shown_id


def test_every_control_of_a_list_is_reached_by_tab(month: Scene, browser: Browser, live_server: LiveServer) -> None:
    with _open(browser, live_server, size=chromium.WIDE) as seen:
        seen.page.goto(f"{live_server.url}/admin/payments/payment/", wait_until="networkidle")
        reached = set()
        for _ in range(70):
            seen.page.keyboard.press("Tab")
            reached.add(seen.page.evaluate("document.activeElement.name || document.activeElement.className"))

        assert {"q", "status", "gateway", "currency", "purpose", "from", "to", "by", "c-skip", "c-user"} <= reached


def test_each_page_has_one_main_one_heading_and_named_tables(
    month: Scene, browser: Browser, live_server: LiveServer
) -> None:
    with _open(browser, live_server, size=chromium.WIDE) as seen:
        for address in addresses.everything():
            seen.page.goto(live_server.url + address)

            assert seen.page.locator("main").count() == 1, address
            assert seen.page.locator("h1").count() == 1, address
            assert seen.page.locator("table:not(:has(caption))").count() == 0, address
            assert seen.page.locator("th:not([scope])").count() == 0, address

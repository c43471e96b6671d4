"""Pictures of the console for `docs/console/`, taken of a running service: wide and narrow, light and dark.

Run: `make pictures` beside `make run`, or python -m tests.browser.screenshots ADDRESS USER PASSWORD.
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "console"
# Name, address; selectors after ">" are followed first, because ids differ between databases.
PAGES = (
    ("home", "/admin/"),
    ("payments", "/admin/payments/payment/"),
    ("payments-in-doubt", "/admin/payments/payment/?queue=doubt"),
    ("payment", "/admin/payments/payment/?status=completed > tbody th a"),
    ("payment-in-doubt", "/admin/payments/payment/?queue=doubt > tbody th a"),
    ("webhooks", "/admin/gateways/inboundevent/"),
    ("webhook", "/admin/gateways/inboundevent/ > tbody th a"),
    ("trial-balance", "/admin/books/trial-balance/"),
    ("ledger", "/admin/wallets/ledgertransaction/"),
    ("wallet", "/admin/wallets/wallet/ > tbody th a"),
    ("commission-plans", "/admin/commissions/commissionplan/"),
    ("gateways", "/admin/gateways/overview/?amount=15+000&currency=XOF&country=CM&method=mobile_money"),
    ("routing-rules", "/admin/gateways/rules/"),
    ("routing-rule", "/admin/gateways/rules/add/"),
    ("gateway-account", "/admin/gateways/gatewayaccount/ > tbody th a"),
    ("gateway-account-settings", "/admin/gateways/gatewayaccount/ > tbody th a > .c-under a"),
    ("gateway-credentials", "/admin/gateways/gatewayaccount/ > tbody th a > .c-under a + a"),
)
# Longer pages are cut here: the pictures stay small.
TALLEST, TALLEST_LIST = 1700, 1000
_TALL = ("/admin/", "/admin/gateways/overview/", "/admin/gateways/rules/add/")
MAIN = ("home", "payments", "payment", "wallet", "gateways")
# Every page once; the main ones in enough looks that each size meets each theme and each language.
LOOKS: tuple[tuple[int, str, str, tuple[str, ...]], ...] = (
    (1440, "light", "en", tuple(name for name, _ in PAGES)),
    (1440, "light", "fr", (*MAIN, "trial-balance")),
    (1440, "dark", "en", MAIN),
    (1440, "dark", "fr", ("home",)),
    (390, "light", "en", ("home",)),
    (390, "light", "fr", MAIN),
    (390, "dark", "en", MAIN),
    (390, "dark", "fr", ("home",)),
)


def main(base: str, user: str, password: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with chromium.launched() as browser:
        _login_page(browser, base)
        for width, theme, language, names in LOOKS:
            size = chromium.WIDE if width == chromium.WIDE["width"] else chromium.PHONE
            context = browser.new_context(viewport=size, color_scheme=theme)
            page = context.new_page()
            chromium.log_in(page, base=base, user=user, password=password)
            _speak(context, base=base, language=language)
            for name, address in PAGES:
                if name in names:
                    _shoot(page, base=base, address=address, name=f"{name}-{width}-{theme}-{language}")
            context.close()


def _speak(context: BrowserContext, *, base: str, language: str) -> None:
    context.add_cookies([{"name": "django_language", "value": language, "url": base}])


def _shoot(page: Page, *, base: str, address: str, name: str) -> None:
    path, *selectors = address.split(" > ")
    page.goto(base + path, wait_until="networkidle")
    for selector in selectors:
        link = page.locator(selector)
        if link.count() == 0:
            return
        page.goto(base + str(link.first.get_attribute("href")), wait_until="networkidle")
    tall = page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size or chromium.WIDE
    page.set_viewport_size(
        {
            "width": size["width"],
            "height": max(
                size["height"], min(tall, TALLEST if selectors or path.partition("?")[0] in _TALL else TALLEST_LIST)
            ),
        }
    )
    page.screenshot(path=FOLDER / f"{name}.png")
    page.set_viewport_size(size)


def _login_page(browser: Browser, base: str) -> None:
    context = browser.new_context(viewport=chromium.WIDE, color_scheme="light")
    page = context.new_page()
    page.goto(f"{base}/admin/login/", wait_until="networkidle")
    page.screenshot(path=FOLDER / "login-1440-light-en.png")
    context.close()


def _running_demo() -> tuple[str, str, str]:
    """The stack of `make run` on this machine, seen by its administrator."""
    access = json.loads((FOLDER.parents[1] / ".data" / "demo_access.json").read_text())
    return "http://127.0.0.1:8000", access["administrator"]["user"], access["administrator"]["password"]


if __name__ == "__main__":
    main(*(sys.argv[1:4] or _running_demo()))

"""The system's Chromium under Playwright: found on the path or named in CHROMIUM, never downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def find() -> str | None:
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--hide-scrollbars"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Visit:
    """A page and what went wrong on it: console errors, reports of the content policy, requests outside."""

    page: Page
    complaints: list[str] = field(default_factory=list)


def visit(context: BrowserContext, *, base: str) -> Visit:
    page = context.new_page()
    seen = Visit(page)
    host = urlsplit(base).netloc

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.complaints.append(message.text)

    def outside(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.netloc != host:
            seen.complaints.append(f"request outside: {address}")

    page.on("console", said)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: outside(request.url))
    return seen


def log_in(page: Page, *, base: str, user: str, password: str) -> None:
    page.goto(f"{base}/admin/login/?next=/admin/")
    page.fill("#id_username", user)
    page.fill("#id_password", password)
    page.click("#login-form [type=submit]")
    page.wait_for_url(f"{base}/admin/")

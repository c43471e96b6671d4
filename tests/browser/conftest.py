"""The console on Django's test server, in the system's Chromium. Skipped with a reason where there is none."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser

from common import clock
from tests.browser import chromium
from tests.console.gateway_scene import furnish
from tests.console.scene import Scene, make_people, make_scene, play_a_month
from wallets import accounts


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.find() is None:
        pytest.skip("no Chromium on the path and none named in CHROMIUM")
    with chromium.launched() as found:
        yield found


@pytest.fixture
def month(transactional_db: None) -> Scene:
    cache.clear()
    accounts.forget()
    scene = make_scene(now=clock.now())
    make_people()
    play_a_month(scene)
    furnish(scene)
    return scene

"""A merchant who is really there, its API, and a gateway client that does not wait long."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from gateways.http import shared_http
from tests.support.api import Api, api_of
from tests.support.factories import Merchant
from tests.support.simulator import Levers


@pytest.fixture
def api(merchant: Merchant, levers: Levers) -> Api:
    return api_of(merchant)


@pytest.fixture
def short_calls(settings: Settings) -> Iterator[None]:
    """Nobody waits three seconds for a gateway that is known to hang."""
    shared_http.cache_clear()
    settings.GATEWAY_TOTAL_SECONDS = 0.4
    yield
    shared_http.cache_clear()

"""The console with a month of data, an administrator and a finance viewer; nothing is remembered between tests."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from common import clock
from tests.console.scene import Scene, make_people, make_scene
from wallets import accounts

# Django's test response has no type of its own.
Get = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()
    accounts.forget()


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene(now=clock.now())


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return make_people()


@pytest.fixture
def get(people: tuple[User, User], client: Client) -> Get:
    """Open a page as the administrator."""
    client.force_login(people[0])
    return lambda address: client.get(address, headers={"host": "localhost"})


@pytest.fixture
def get_as_viewer(people: tuple[User, User], client: Client) -> Get:
    client.force_login(people[1])
    return lambda address: client.get(address, headers={"host": "localhost"})

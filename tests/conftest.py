"""What every test may use: a forgetful process, a merchant, the simulator and the service's own web processes."""

from collections.abc import Iterator
from contextlib import ExitStack

import hypothesis
import pytest
from pytest_django.fixtures import Settings

from common.remembered import forget_everything
from tests.support.factories import Merchant, make_merchant
from tests.support.simulator import Levers, running_simulator
from tests.support.web import Web, running_web
from wallets import accounts

# How quickly an example is drawn says something about the machine, nothing about the code.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

# Calls have deadlines of half a second here, and processes must be quick: a machine that stalls looks like a fault.
_IN_REAL_TIME = frozenset({"browser", "demo", "devstack", "events", "flows", "gateways", "properties", "simulator"})
# Elsewhere, races above all, a test that fails once has failed, unless it says that its time ran out.
_TIME_RAN_OUT = "total_deadline|_timeout|monotonic|Timeout|timed out|not so after|in time|still missing after"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what a stalled machine may fail be tried again, twice. It is listed at the end, and counted by pyproject."""
    for item in items:
        in_real_time = not _IN_REAL_TIME.isdisjoint(item.nodeid.split("/"))
        only = [] if in_real_time else [_TIME_RAN_OUT]
        item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1, only_rerun=only))


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    """Every test has a database of its own; what a process remembers of the last one would be wrong."""
    forget_everything()
    accounts.forget()


@pytest.fixture
def merchant(db: None) -> Merchant:
    return make_merchant()


@pytest.fixture(scope="session")
def _running_levers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Levers]:
    with running_simulator(tmp_path_factory.mktemp("levers")) as levers:
        yield levers


@pytest.fixture
def levers(_running_levers: Levers, settings: Settings) -> Iterator[Levers]:
    """Stripe, as far as this process is concerned, is the simulator."""
    settings.SIMULATOR_URL = _running_levers.url
    yield _running_levers
    # Webhooks on their way to a merchant who is gone would keep the next test waiting.
    _running_levers.control("POST", "/reset")


@pytest.fixture(scope="session")
def _running_webs(
    _running_levers: Levers, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Web, Web]]:
    folder = tmp_path_factory.mktemp("webs")
    with ExitStack() as stack:
        base = _running_levers.url
        yield (
            stack.enter_context(running_web(folder, simulator=base)),
            stack.enter_context(running_web(folder, simulator=base)),
        )


@pytest.fixture
def webs(levers: Levers, transactional_db: None, _running_webs: tuple[Web, Web]) -> tuple[Web, Web]:
    """Two web processes of the service on the database of this test."""
    return _running_webs


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "row(*ids): the rows of the failure catalogue that this test holds")

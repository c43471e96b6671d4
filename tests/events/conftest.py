"""A tenant with an endpoint at a receiver on loopback."""

from collections.abc import Iterator

import pytest

from events.services import sending
from tenants.models import Tenant
from tests.events.making import Hooked, hook_up
from tests.events.receiver import Receiver, listening
from tests.support.factories import make_tenant


@pytest.fixture(autouse=True)
def _goes_on() -> None:
    sending._stopping.clear()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def hooked(tenant: Tenant, receiver: Receiver) -> Hooked:
    return hook_up(tenant, receiver.url)

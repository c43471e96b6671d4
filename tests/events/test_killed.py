"""A worker killed with SIGKILL while it waits for a receiver: the event is delivered again, under the same id."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from common import clock
from events.models import Delivery, DeliveryTry
from events.services import claims, dispatch, sending
from tests.events.making import hook_up, only_delivery, tell
from tests.events.receiver import Receiver, wait_until
from tests.support.factories import make_tenant
from tests.support.web import ROOT, environment_of_test

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.row("H8", "H6")]

_WORK = "import django; django.setup(); from events.services import sending; sending.deliver()"


@pytest.fixture
def doomed(receiver: Receiver) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has sent the one delivery there is and hears no answer."""
    receiver.let_go.clear()
    hook_up(make_tenant(), receiver.url)
    tenant = hook_up(make_tenant(), receiver.url + "/2").tenant
    tell(tenant)
    dispatch.dispatch(now=clock.now())
    process = subprocess.Popen(
        [sys.executable, "-c", _WORK], cwd=ROOT, env=environment_of_test(simulator="http://127.0.0.1:1")
    )
    wait_until(lambda: receiver.received, seconds=30)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait(timeout=10)


def test_it_is_due_again_after_its_lease_and_delivered_under_the_same_id(
    doomed: subprocess.Popen[bytes], receiver: Receiver
) -> None:
    doomed.kill()
    doomed.wait(timeout=10)
    receiver.let_go.set()

    assert sending.deliver() == 0
    assert (only_delivery().state, DeliveryTry.objects.count()) == ("waiting", 0)

    Delivery.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
    assert sending.deliver() == 1

    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    delivery = only_delivery()
    assert (delivery.state, delivery.tries, delivery.fence) == ("delivered", 1, 2)
    assert timedelta(seconds=15) < claims.LEASE

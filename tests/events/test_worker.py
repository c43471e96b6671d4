"""The worker as it runs in production: told through the broker, it dispatches and delivers, and stops when asked to."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from kombu import Connection

from common.queue import enqueue
from events.models import Delivery
from tests.events.making import hook_up, tell
from tests.events.receiver import Receiver, wait_until
from tests.support.factories import make_tenant
from tests.support.web import ROOT, environment_of_test

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1)
    except OSError:
        pytest.skip("no broker at CELERY_BROKER_URL")
    command = [
        "-W",
        "ignore",
        "-m",
        "celery",
        "--quiet",
        "-A",
        "payments_project.celery:app",
        "worker",
        "-P",
        "threads",
    ]
    command += ["-c", "2", "-Q", "events", "--without-mingle", "--without-gossip", "-n", "events-of-a-test@%h"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment_of_test(simulator="http://127.0.0.1:1"),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield process
    process.kill()
    process.wait(timeout=10)


@pytest.mark.row("H7")
def test_an_event_comes_to_its_receiver_and_a_stop_waits_for_what_is_under_way(
    worker: subprocess.Popen[bytes], receiver: Receiver
) -> None:
    tenant = hook_up(make_tenant(), receiver.url).tenant
    receiver.let_go.clear()
    tell(tenant)
    enqueue("events.tasks.dispatch_events")
    wait_until(lambda: receiver.received, seconds=30)

    worker.send_signal(signal.SIGTERM)
    # The signal is heard before the receiver answers.
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(timeout=1)
    receiver.let_go.set()

    assert worker.wait(timeout=20) == 0
    assert Delivery.objects.get().state == "delivered"
    assert len(receiver.received) == 1

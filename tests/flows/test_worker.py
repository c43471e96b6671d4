"""The settle worker as it runs in production: woken through the broker by the web process that took the webhook."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from kombu import Connection

from tests.flows.conftest import Shop
from tests.support.books import assert_books_balance, counts
from tests.support.web import ROOT, environment_of_test

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(shop: Shop, tmp_path: Path) -> Iterator[None]:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1)
    except OSError:
        pytest.skip("no broker at CELERY_BROKER_URL")
    command = ["-W", "ignore", "-m", "celery", "--quiet", "-A", "payments_project.celery:app", "worker"]
    command += ["-Q", "settle", "-P", "solo", "--without-mingle", "--without-gossip", "-n", "of-a-test@%h"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment_of_test(simulator=shop.levers.url),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield
    process.kill()
    process.wait(timeout=10)


@pytest.mark.usefixtures("worker")
def test_a_webhook_wakes_the_worker_that_settles_it(shop: Shop) -> None:
    made = shop.pay()
    shop.levers.pay(shop.intent(made))

    shop.wait_for(made, "completed")

    assert counts() == (1, 3)
    assert_books_balance()

"""A shop in front of running processes: web and simulator over HTTP, webhooks settled as they come."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from common import clock
from payments.models import PaymentAttempt
from reconciliation.apply import apply_inbox
from tests.support.api import attempt_of, let_leases_run_out, sweep
from tests.support.factories import Merchant, make_merchant, make_plan
from tests.support.simulator import Levers, wait_until
from tests.support.web import Answer, Web

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Shop:
    """The core platform, as it sees us: HTTP and nothing else. Payers are at the simulator."""

    web: Web
    levers: Levers
    merchant: Merchant

    def pay(self, *, key: str = "key-1", **fields: Any) -> Answer:
        return self.web.create(self.merchant, key=key, **fields)

    def status(self, answer: Answer) -> str:
        path = f"/api/v1/payments/{answer.data['transactionId']}/status"
        return str(self.web.get(self.merchant, path).data["status"])

    def wait_for(self, answer: Answer, status: str) -> None:
        wait_until(lambda: self.status(answer) == status, seconds=PATIENCE_SECONDS)

    def cancel(self, answer: Answer) -> Answer:
        path = f"/api/v1/payments/{answer.data['transactionId']}/cancel"
        return self.web.request("POST", path, body={}, headers={"Authorization": f"Bearer {self.merchant.key}"})

    def intent(self, answer: Answer) -> str:
        return attempt_of(answer).gateway_payment_id

    def time_passes(self, span: timedelta = timedelta(0)) -> None:
        """Until everything that was to be asked is asked."""
        let_leases_run_out()
        wait_until(lambda: self._has_swept(span))

    def _has_swept(self, span: timedelta) -> bool:
        """The sweep passes by an attempt that a webhook holds at this moment; then it comes again."""
        sweep(after=span)
        return not PaymentAttempt.objects.filter(next_check_at__lte=clock.now()).exists()

    def nothing_is_left_to_ask(self) -> bool:
        return not PaymentAttempt.objects.filter(next_check_at__isnull=False).exists()


@pytest.fixture
def merchant(transactional_db: None) -> Merchant:
    merchant = make_merchant()
    make_plan(merchant.tenant, currency="XOF")
    return merchant


@pytest.fixture
def settling(webs: tuple[Web, Web]) -> Iterator[None]:
    """The settle worker, at home in this process."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.wait(0.02):
            apply_inbox(now=clock.now())
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    stopping.set()
    worker.join(timeout=10)


@pytest.fixture
def shop(webs: tuple[Web, Web], levers: Levers, merchant: Merchant) -> Shop:
    levers.announce(merchant, webs[1].url + merchant.webhook_path)
    return Shop(webs[0], levers, merchant)

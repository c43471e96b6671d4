"""The API inside the process of the test: quick, and with the same words as the one over the wire."""

import json
from datetime import timedelta
from typing import Any

from django.test import Client

from common import clock
from payments.models import Payment, PaymentAttempt
from payments.services.check import claim_due, run_claim
from payments.services.outcome import Applied
from reconciliation.apply import apply_inbox
from tenants.models import IdempotencyRecord
from tests.support.factories import Merchant, body_of_payment, public_id_of
from tests.support.web import Answer

PAYMENTS = "/api/v1/payments"


class Api:
    """A caller with the key of one merchant."""

    def __init__(self, key: str, *, raises: bool = True) -> None:
        self._key = key
        self._client = Client(raise_request_exception=raises)

    def post(
        self,
        body: Any = None,
        *,
        key: str | None = "key-1",
        path: str = PAYMENTS,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self._key}"} | (headers or {})
        if key is not None:
            sent["Idempotency-Key"] = key
        data = body if isinstance(body, bytes) else json.dumps(body_of_payment() if body is None else body)
        return _answer(self._client.post(path, data, content_type="application/json", headers=sent))

    def create(self, *, key: str = "key-1", **fields: Any) -> Answer:
        return self.post(body_of_payment(**fields), key=key)

    def get(self, path: str) -> Answer:
        return _answer(self._client.get(path, headers={"Authorization": f"Bearer {self._key}"}))

    def payment(self, transaction_id: str) -> Answer:
        return self.get(f"{PAYMENTS}/{transaction_id}")

    def cancel(self, transaction_id: str) -> Answer:
        return self.post({}, key=None, path=f"{PAYMENTS}/{transaction_id}/cancel")


def _answer(response: Any) -> Answer:
    return Answer(response.status_code, {name.lower(): value for name, value in response.items()}, response.content)


def api_of(merchant: Merchant) -> Api:
    return Api(merchant.key)


def attempt_of(answer: Answer) -> PaymentAttempt:
    """The attempt of the payment that an answer shows."""
    payment = Payment.objects.get(public_id=public_id_of(answer.data["transactionId"]))
    return PaymentAttempt.objects.select_related("payment", "gateway_account").get(payment=payment)


def let_leases_run_out() -> None:
    """As if the minute had passed after which a sender that has not concluded is taken to be dead."""
    past = clock.now() - timedelta(seconds=1)
    IdempotencyRecord.objects.filter(status=0).update(locked_until=past)
    PaymentAttempt.objects.filter(next_check_at__isnull=False).update(next_check_at=past)


def sweep(*, after: timedelta = timedelta(0)) -> list[Applied]:
    """What the sweep and its workers do, `after` from now."""
    now = clock.now() + after
    return [run_claim(claim, now=now) for claim in claim_due(now=now, limit=100)]


def settle(*, after: timedelta = timedelta(0)) -> int:
    """What the settle worker does, `after` from now: every webhook that is due."""
    return apply_inbox(now=clock.now() + after)

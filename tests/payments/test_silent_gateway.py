"""A gateway that charges and says nothing, for an hour, while another one stands ready: nobody else may be asked."""

from datetime import timedelta
from typing import Any

import pytest

from common.remembered import forget_everything
from gateways.models import Breaker
from payments.models import Payment, PaymentAttempt
from payments.states import AttemptState, Status
from tests.support.api import Api, api_of, let_leases_run_out, sweep
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_gateway_account
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(merchant: Merchant, levers: Levers) -> Api:
    """Stripe first, and Paystack as the next best for the same payment."""
    make_gateway_account(
        merchant.tenant, gateway="paystack", name="Paystack", secrets={"secret_key": "sk_test_odd"}, priority=200
    )
    return api_of(merchant)


def received(levers: Levers, gateway: str) -> int:
    told: dict[str, Any] = levers.control("GET", "/requests?limit=1000")
    return sum(1 for call in told["calls"] if call["gateway"] == gateway)


@pytest.mark.row("B1", "B4", "B20")
@pytest.mark.usefixtures("short_calls")
def test_for_an_hour_of_silence_nobody_else_is_asked(api: Api, levers: Levers, merchant: Merchant) -> None:
    """B1, B4: executed and not answered, the status endpoint down; then it answers, and was paid once."""
    levers.fault("execute_then_hang", times=None, delay_ms=1500)
    for operation in ("retrieve", "list"):
        levers.fault("status_503", operation=operation, times=None)

    answer = api.create(paymentToken="", customerEmail="payer@example.org", orderId="A-1042")
    for minutes in range(0, 60, 6):
        let_leases_run_out()
        sweep(after=timedelta(minutes=minutes))

    assert answer.status == 202
    again = api.create(key="key-2", customerEmail="payer@example.org", orderId="A-1042", preferredGateways=["paystack"])
    assert (again.status, again.json["error"]) == (409, "ORDER_HAS_PAYMENT")
    assert received(levers, "paystack") == 0
    attempt = PaymentAttempt.objects.get()
    assert attempt.state == AttemptState.UNKNOWN
    assert levers.executed(attempt.reference)["create"] == 1

    levers.clear_faults()
    Breaker.objects.all().delete()
    forget_everything()
    let_leases_run_out()
    sweep()

    attempt.refresh_from_db()
    assert Payment.objects.get().status == Status.REQUIRES_ACTION
    levers.pay(attempt.gateway_payment_id)
    let_leases_run_out()
    sweep()
    assert Payment.objects.get().status == Status.COMPLETED
    assert len(levers.payments(merchant)) == 1
    assert_books_balance()

"""While nobody knows whether the gateway charged, the key stays taken: the same request is the same payment."""

import pytest

from payments.models import Payment
from tests.payments.doubt import assert_charged_once, assert_unresolved, the_attempt
from tests.support.api import Api, let_leases_run_out, sweep
from tests.support.factories import Merchant
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.row("A15", "B1")
@pytest.mark.usefixtures("short_calls")
def test_the_same_request_in_doubt_makes_no_second_payment(api: Api, levers: Levers, merchant: Merchant) -> None:
    """A15, B1: without an order to hold it, the key alone stands between the payer and a second charge."""
    levers.fault("execute_then_reset")

    first = api.create(paymentToken="pm_card_visa")
    again = api.create(paymentToken="pm_card_visa")

    assert_unresolved(first.status)
    assert (again.status, again.body, again.is_replay) == (first.status, first.body, True)
    assert Payment.objects.count() == 1
    let_leases_run_out()
    sweep()
    assert levers.executed(the_attempt().reference)["create"] == 1
    assert_charged_once(levers, merchant)
